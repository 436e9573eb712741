//! The books of a stack, and its metrics about itself.

mod accounting;
mod measures;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use meterport_core::{
    Aggregation, AttributeSet, Clock, Component, Deadline, DropReason, ExportError, InstrumentKind,
    MetricBatch, MetricExporter, Outcome, Temporality,
};
use meterport_registry::{InstrumentError, Registry, RegistryProducer};
use meterport_worker::SystemClock;

use self::accounting::Ledger;
use self::measures::{Failed, Measures, identity};

pub use self::accounting::Accounting;

/// Keeps the books of all that the exporter inside is given, and measures it with the metrics that
/// OpenTelemetry's semantic conventions have for exporters.
///
/// | Metric | What it says |
/// |---|---|
/// | `otel.sdk.exporter.metric_data_point.inflight` | points given to it that are neither exported nor failed; also those that a queue inside holds |
/// | `otel.sdk.exporter.metric_data_point.exported` | points whose export has ended; those that failed have `error.type` |
/// | `otel.sdk.exporter.operation.duration` | seconds of an export with all its attempts and pauses; one that failed has `error.type` and the last status |
///
/// Each point is counted once for an operation, never for an attempt. All have `otel.component.type`,
/// `otel.component.name` (`<type>/<number>` if the exporter has none), `server.address` and
/// `server.port` where they are known. `error.type` of points is the
/// [reason](DropReason::as_str) for which they were dropped, or `rejected`; that of an operation is the
/// [kind](meterport_core::ErrorKind::as_str) of its error, or that of the points which it lost.
/// Points that were [meant](DropReason::is_intended) to go, as by a filter inside, are in neither.
/// `http.response.status_code` and `rpc.response.status_code` are there for operations that failed:
/// those that went well do not tell theirs.
///
/// # Place
/// Outside of retries and pieces. Inside of a [`Queue`](crate::Queue) it measures what leaves; outside
/// of one, its points are queued until a flush or the shutdown tells what became of them.
///
/// # Reading
/// ```
/// use meterport_core::MetricExporter;
/// use meterport_decorators::ExporterExt;
///
/// # fn stack(exporter: impl MetricExporter) {
/// let exporter = exporter.reliable().instrumented();
/// let monitor = exporter.monitor();
/// // Give `exporter` to a reader; and, if you like, `monitor.producer()` too.
/// println!("{}", monitor.accounting());
/// # }
/// ```
pub struct Instrumented<E> {
    inner: E,
    who: AttributeSet,
    monitor: ExportMonitor,
    /// `None` only if nothing can be measured: a registry of its own has no other instruments.
    measures: Option<Measures>,
    clock: Arc<dyn Clock>,
}

/// Tells how an [`Instrumented`] exporter does, wherever that is now. A clone tells the same.
#[derive(Clone, Debug)]
pub struct ExportMonitor {
    ledger: Arc<Ledger>,
    registry: Registry,
}

impl ExportMonitor {
    /// What the exporter was given and what became of it, now.
    pub fn accounting(&self) -> Accounting {
        self.ledger.snapshot()
    }

    /// Where it is measured: for a producer with another temporality, see
    /// [`Registry::producer_for`].
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// A producer of all metrics of the [`registry`](Self::registry), cumulative.
    pub fn producer(&self) -> RegistryProducer {
        self.registry.producer().build()
    }
}

impl<E: MetricExporter> Instrumented<E> {
    /// Measures `exporter` in a registry of its own.
    pub fn new(exporter: E) -> Self {
        let registry = Registry::new();
        let who = identity(exporter.component());
        let measures = Measures::new(&registry, &who).ok();
        let monitor = ExportMonitor { ledger: Arc::default(), registry };
        Self { inner: exporter, who, monitor, measures, clock: Arc::new(SystemClock) }
    }

    /// The same, measured in `registry`, which may have other metrics too, such as those of several
    /// exporters.
    ///
    /// # Errors
    /// The registry has instruments of these names and of another kind.
    pub fn with_registry(mut self, registry: &Registry) -> Result<Self, InstrumentError> {
        self.measures = Some(Measures::new(registry, &self.who)?);
        self.monitor.registry = registry.clone();
        Ok(self)
    }

    /// The same with another clock for durations.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// What it was given and what became of it, now.
    pub fn accounting(&self) -> Accounting {
        self.monitor.accounting()
    }

    /// Tells the same wherever the exporter is.
    pub fn monitor(&self) -> ExportMonitor {
        self.monitor.clone()
    }

    fn begin(&self, points: u64) -> UnderWay<'_, E> {
        self.monitor.ledger.began(points);
        if let Some(measures) = &self.measures {
            measures.began(points);
        }
        UnderWay { exporter: self, points, began: self.clock.now(), ended: false }
    }

    /// A flush or a shutdown has told of points that were queued.
    fn told(&self, result: Result<Outcome, ExportError>) -> Result<Outcome, ExportError> {
        let told = match &result {
            Ok(outcome) => outcome,
            Err(error) => error.settled(),
        };
        let news = self.monitor.ledger.settled(told.clone());
        if let Some(measures) = &self.measures {
            measures.settled(news.points(), &news);
        }
        result
    }
}

/// An export that has not ended. If it is dropped so, the export was cancelled.
struct UnderWay<'a, E: MetricExporter> {
    exporter: &'a Instrumented<E>,
    points: u64,
    began: Instant,
    ended: bool,
}

impl<E: MetricExporter> UnderWay<'_, E> {
    fn end(mut self, result: &Result<Outcome, ExportError>) {
        self.ended = true;
        let Instrumented { monitor, measures, .. } = self.exporter;
        let (books, settled) = monitor.ledger.ended(self.points, result.as_ref());
        if let Some(measures) = measures {
            measures.settled(self.points, &books);
            measures.settled(settled.points(), &settled);
            self.took(measures, failure(result));
        }
    }

    fn took(&self, measures: &Measures, failed: Option<Failed>) {
        measures.took(self.exporter.clock.now().saturating_duration_since(self.began), failed);
    }
}

impl<E: MetricExporter> Drop for UnderWay<'_, E> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let Instrumented { monitor, measures, .. } = self.exporter;
        let books = monitor.ledger.cancelled(self.points);
        if let Some(measures) = measures {
            measures.settled(self.points, &books);
            let error = DropReason::Cancelled.as_str();
            self.took(measures, Some(Failed { error, status: None }));
        }
    }
}

fn failure(result: &Result<Outcome, ExportError>) -> Option<Failed> {
    let error = match result {
        Err(error) => {
            return Some(Failed { error: error.kind().as_str(), status: error.status() });
        }
        Ok(outcome) if outcome.rejected > 0 => "rejected",
        Ok(outcome) => {
            let mut lost = outcome.dropped.iter().filter(|(reason, _)| !reason.is_intended());
            lost.next()?.0.as_str()
        }
    };
    Some(Failed { error, status: None })
}

impl<E: MetricExporter> fmt::Debug for Instrumented<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Instrumented").field(&self.inner).finish()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<E: MetricExporter> MetricExporter for Instrumented<E> {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        if batch.is_empty() {
            return self.inner.export(batch, deadline).await;
        }
        let under_way = self.begin(batch.points());
        let result = self.inner.export(batch, deadline).await;
        under_way.end(&result);
        result
    }

    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.told(self.inner.force_flush(deadline).await)
    }

    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.told(self.inner.shutdown(deadline).await)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.inner.temporality(kind)
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.inner.aggregation(kind)
    }

    fn component(&self) -> &Component {
        self.inner.component()
    }
}
