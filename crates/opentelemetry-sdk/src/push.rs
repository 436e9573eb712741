use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use meterport_core::{
    AggregationSelector, Deadline, ErrorKind, ExportError, MetricBatch, MetricExporter, Outcome,
};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{Instrument, Stream, Temporality};

use crate::conversion::Conversion;
use crate::select::aggregation_view;

mod builder;
mod calls;
mod stats;
#[cfg(test)]
mod tests;

pub use builder::{PushAdapterBuilder, PushAdapterError};
use calls::Calls;
pub use stats::PushStats;

/// Any Meterport exporter as a [`PushMetricExporter`] of `opentelemetry_sdk`.
///
/// It works under the SDK's own reader thread, under any executor and from any runtime shape:
/// metrics are converted where the SDK calls, and exported on a thread with a runtime of its own.
/// Each call ends by its deadline, whatever the exporter does, and a panic of it is an error. So
/// does the SDK's `shutdown` from inside asynchronous code, where other exporters hang.
///
/// The SDK sees an error as text, and a partial success not at all: [`stats`](Self::stats) and
/// [`PushAdapterBuilder::observe`] have the outcome. It makes no second attempt either: put the
/// retries into the exporter.
///
/// A clone is the same adapter: keep one to ask it.
///
/// ```
/// use meterport_core::MetricExporter;
/// use meterport_opentelemetry_sdk::{PushAdapter, PushAdapterError};
/// use opentelemetry_sdk::metrics::SdkMeterProvider;
///
/// fn provider(exporter: impl MetricExporter) -> Result<SdkMeterProvider, PushAdapterError> {
///     let adapter = PushAdapter::new(exporter)?;
///     let view = adapter.view();
///     Ok(SdkMeterProvider::builder().with_periodic_exporter(adapter).with_view(view).build())
/// }
/// ```
#[derive(Clone)]
pub struct PushAdapter(Arc<Adapter>);

struct Adapter {
    calls: Calls,
    conversion: Mutex<Conversion>,
    temporality: Temporality,
    aggregation: AggregationSelector,
    timeout: Duration,
    /// By when every call ends, from now on.
    end_by: Mutex<Deadline>,
    is_shut: AtomicBool,
}

impl PushAdapter {
    /// With the default settings.
    ///
    /// # Errors
    /// See [`PushAdapterBuilder::build`].
    pub fn new(exporter: impl MetricExporter) -> Result<Self, PushAdapterError> {
        Self::builder(exporter).build()
    }

    /// Settings, to begin with.
    pub fn builder(exporter: impl MetricExporter) -> PushAdapterBuilder {
        PushAdapterBuilder::new(Arc::new(exporter))
    }

    /// What it has done so far.
    pub fn stats(&self) -> PushStats {
        self.0.calls.stats()
    }

    /// A view that gives instruments the aggregation that the exporter asks for; see
    /// [`aggregation_view`]. Without it, the SDK's defaults stay.
    pub fn view(&self) -> impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static {
        aggregation_view(self.0.aggregation.clone())
    }

    /// From now on, every export, flush and shutdown ends by `deadline` at the latest.
    ///
    /// The SDK's `shutdown` waits for five seconds, whatever timeout it is given, and cannot tell
    /// the exporter that this export is the last. Who calls this before it with a deadline of four
    /// seconds has the last export's outcome in time.
    pub fn end_by(&self, deadline: Deadline) {
        *self.0.end_by.lock().unwrap_or_else(PoisonError::into_inner) = deadline;
    }
}

impl Adapter {
    fn deadline(&self) -> Deadline {
        self.deadline_within((!self.timeout.is_zero()).then_some(self.timeout))
    }

    fn deadline_within(&self, timeout: Option<Duration>) -> Deadline {
        let end_by = *self.end_by.lock().unwrap_or_else(PoisonError::into_inner);
        Deadline::within(Instant::now(), timeout).earliest(end_by)
    }

    fn convert(&self, metrics: &ResourceMetrics) -> MetricBatch {
        self.conversion.lock().unwrap_or_else(PoisonError::into_inner).batch(metrics)
    }

    fn result(&self, result: Result<Outcome, ExportError>) -> OTelSdkResult {
        result.map(drop).map_err(|error| match error.kind() {
            ErrorKind::Shutdown => OTelSdkError::AlreadyShutdown,
            ErrorKind::Timeout => OTelSdkError::Timeout(self.timeout),
            _ => OTelSdkError::InternalFailure(error.to_string()),
        })
    }
}

#[deny(clippy::missing_trait_methods)]
impl PushMetricExporter for PushAdapter {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let adapter = &*self.0;
        if adapter.is_shut.load(Ordering::Acquire) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        let batch = adapter.convert(metrics);
        adapter.result(adapter.calls.export(batch, adapter.deadline()).await)
    }

    fn force_flush(&self) -> OTelSdkResult {
        if self.0.is_shut.load(Ordering::Acquire) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        self.0.result(self.0.calls.force_flush(self.0.deadline()))
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        if self.0.is_shut.swap(true, Ordering::AcqRel) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        let deadline = self.0.deadline_within(Some(timeout));
        self.0.calls.shutdown(deadline).map(drop).map_err(|error| match error.kind() {
            ErrorKind::Timeout => OTelSdkError::Timeout(timeout),
            _ => OTelSdkError::InternalFailure(error.to_string()),
        })
    }

    fn shutdown(&self) -> OTelSdkResult {
        // What the SDK's trait gives every exporter.
        self.shutdown_with_timeout(Duration::from_secs(5))
    }

    fn temporality(&self) -> Temporality {
        self.0.temporality
    }
}

impl fmt::Debug for PushAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushAdapter")
            .field("calls", &self.0.calls)
            .field("temporality", &self.0.temporality)
            .field("timeout", &self.0.timeout)
            .finish_non_exhaustive()
    }
}
