use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use meterport_core::{
    AggregationSelector, Deadline, MetricBatch, MetricExporter, MetricProducer, ProduceError,
    Temporality, TemporalitySelector,
};
use meterport_worker::Panicked;
use opentelemetry::Context;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    Instrument, InstrumentKind as SdkKind, ManualReader, Pipeline, Stream,
    Temporality as SdkTemporality,
};

use crate::conversion::Conversion;
use crate::select::{aggregation_view, kind, selectors, to_sdk};

#[cfg(test)]
mod tests;
mod turns;

use turns::Turns;

/// The metrics of an `SdkMeterProvider` as a [`MetricProducer`]: a reader to the SDK, a source to
/// everything of Meterport.
///
/// One reader can be scraped and pushed at once: the SDK aggregates each measurement once,
/// whatever the number of exporters behind. It gives each instrument kind the temporality asked
/// for, which no push exporter of the SDK can.
///
/// - One reader has one temporality. Deltas are told once, to whoever asks first: behind a delta
///   reader there must be one exporter. A delta push beside a scrape is a cumulative reader with a
///   converting decorator in front of the push.
/// - When the provider is shut down, the last metrics are kept for those who still ask: cumulative
///   ones for everyone, deltas for the first. So provider and reader may end in any order.
/// - Callbacks of observable instruments run in [`produce`](MetricProducer::produce), on the
///   calling thread, and nothing interrupts them. One that panics is an error; the SDK then gives
///   nothing any more.
///
/// A clone is the same reader: one goes to the provider, one to each exporter's reader.
///
/// ```
/// use meterport_core::{Aggregation, AggregationSelector};
/// use meterport_opentelemetry_sdk::SdkReader;
/// use opentelemetry::metrics::MeterProvider;
/// use opentelemetry_sdk::metrics::SdkMeterProvider;
///
/// let reader = SdkReader::builder()
///     .aggregation(AggregationSelector::histograms(Aggregation::BASE2))
///     .build();
/// let provider = SdkMeterProvider::builder()
///     .with_reader(reader.clone())
///     .with_view(reader.view())
///     .build();
/// provider.meter("shop").u64_counter("orders").build().add(1, &[]);
/// assert_eq!(reader.collect().unwrap().points(), 1);
/// ```
#[derive(Clone)]
pub struct SdkReader(Arc<Reader>);

struct Reader {
    manual: ManualReader,
    temporality: TemporalitySelector,
    aggregation: AggregationSelector,
    state: Turns<State>,
}

#[derive(Default)]
struct State {
    /// Used again and again: the SDK keeps the room of its vectors.
    metrics: ResourceMetrics,
    conversion: Conversion,
    /// Set once the provider is shut down.
    ended: Option<Ended>,
}

/// What the last collection gave.
struct Ended {
    last: Result<MetricBatch, ProduceError>,
    has_deltas: bool,
}

/// Settings of an [`SdkReader`].
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is made before build()"]
pub struct SdkReaderBuilder {
    temporality: TemporalitySelector,
    aggregation: AggregationSelector,
}

impl SdkReaderBuilder {
    /// The temporality of each instrument kind; cumulative by default. The SDK asks for it when an
    /// instrument is made. A gauge with delta temporality is told of only when it was set since.
    pub fn temporality(mut self, selector: TemporalitySelector) -> Self {
        self.temporality = selector;
        self
    }

    /// The aggregation of each instrument kind; the SDK's defaults, if not said otherwise. It
    /// takes effect by [`SdkReader::view`].
    pub fn aggregation(mut self, selector: AggregationSelector) -> Self {
        self.aggregation = selector;
        self
    }

    /// Temporality and aggregation as this exporter asks for them.
    pub fn for_exporter(mut self, exporter: &dyn MetricExporter) -> Self {
        (self.temporality, self.aggregation) = selectors(exporter);
        self
    }

    /// The reader.
    #[must_use]
    pub fn build(self) -> SdkReader {
        SdkReader(Arc::new(Reader {
            manual: ManualReader::builder().build(),
            temporality: self.temporality,
            aggregation: self.aggregation,
            state: Turns::new(State::default()),
        }))
    }
}

impl SdkReader {
    /// Settings, to begin with.
    pub fn builder() -> SdkReaderBuilder {
        SdkReaderBuilder::default()
    }

    /// A view that gives instruments the aggregation of their kind; see [`aggregation_view`].
    pub fn view(&self) -> impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static {
        aggregation_view(self.0.aggregation.clone())
    }

    /// Collects, on the calling thread.
    ///
    /// # Errors
    /// The reader belongs to no provider, a callback panicked, or the deltas of a provider that
    /// has been shut down were told before.
    pub fn collect(&self) -> Result<MetricBatch, ProduceError> {
        self.0.collect(Deadline::NONE)
    }
}

impl Reader {
    fn collect(&self, deadline: Deadline) -> Result<MetricBatch, ProduceError> {
        let turn = self.state.take(deadline);
        let Some(mut state) = turn else {
            return Err(ProduceError::new("another collection still runs"));
        };
        match &mut state.ended {
            None => self.now(&mut state),
            Some(ended) if ended.has_deltas => {
                let told = Err(ProduceError::new("the meter provider has been shut down"));
                std::mem::replace(&mut ended.last, told)
            }
            Some(ended) => ended.last.clone(),
        }
    }

    fn now(&self, state: &mut State) -> Result<MetricBatch, ProduceError> {
        let State { metrics, conversion, .. } = state;
        let collected = catch_unwind(AssertUnwindSafe(|| {
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            self.manual.collect(metrics)
        }));
        match collected {
            Ok(Ok(())) => Ok(conversion.batch(metrics)),
            Ok(Err(error)) => Err(ProduceError::new(error.to_string()).with_source(error)),
            Err(payload) => {
                let panicked = Panicked::new(&*payload);
                Err(ProduceError::new(format!("a callback {panicked}")).with_source(panicked))
            }
        }
    }

    fn end(&self, deadline: Deadline) -> OTelSdkResult {
        let Some(mut state) = self.state.take(deadline) else {
            return Err(OTelSdkError::InternalFailure("a collection still runs".to_owned()));
        };
        if state.ended.is_some() {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        let last = self.now(&mut state);
        let has_deltas = last
            .iter()
            .flat_map(MetricBatch::metrics)
            .any(|metric| metric.data.temporality() == Some(Temporality::Delta));
        state.ended = Some(Ended { last, has_deltas });
        Ok(())
    }
}

/// Ends by the deadline, but for callbacks that do not.
#[async_trait]
impl MetricProducer for SdkReader {
    async fn produce(&self, deadline: Deadline) -> Result<MetricBatch, ProduceError> {
        self.0.collect(deadline)
    }
}

/// For the SDK alone.
#[deny(clippy::missing_trait_methods)]
impl MetricReader for SdkReader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.manual.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.manual.collect(metrics)
    }

    /// There is nothing to flush: exporters collect by themselves.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let ended = self.0.end(Deadline::after(Instant::now(), timeout));
        let shut = self.0.manual.shutdown_with_timeout(timeout);
        ended.and(shut)
    }

    fn shutdown(&self) -> OTelSdkResult {
        // What the SDK's trait gives every reader.
        self.shutdown_with_timeout(Duration::from_secs(5))
    }

    fn temporality(&self, of: SdkKind) -> SdkTemporality {
        to_sdk(self.0.temporality.of(kind(of)))
    }
}

impl fmt::Debug for SdkReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SdkReader")
            .field("temporality", &self.0.temporality)
            .field("aggregation", &self.0.aggregation)
            .finish_non_exhaustive()
    }
}
