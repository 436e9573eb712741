use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use meterport_core::{
    Aggregation, AggregationSelector, Clock, Component, Deadline, ErrorKind, ExportError,
    InstrumentKind, MetricBatch, MetricExporter, MetricProducer, Outcome, ProduceError,
    RetryAdvice, Temporality,
};
use meterport_worker::SystemClock;

/// How long a batch is shown if nothing says otherwise: as the Collector's `metric_expiration`.
const EXPIRY: Duration = Duration::from_secs(5 * 60);

/// Keeps the last batch that was exported, for scrapers to fetch: an exporter on one side, a
/// [`MetricProducer`] on the other. Clones are the same exporter.
///
/// A batch takes the place of the one before as a whole, so it must hold everything that is to be
/// seen: no splitting decorator belongs around this. Where metrics can be collected when a scraper
/// asks, let a [`ScrapeService`](crate::ScrapeService) do that instead; its numbers are never old.
///
/// ```
/// use meterport_core::{Deadline, MetricBatch, MetricExporter};
/// use meterport_prom_pull::{PrometheusExporter, ScrapeService};
///
/// let exporter = PrometheusExporter::builder().build();
/// let metrics = ScrapeService::builder().producer(exporter.clone()).build()?;
/// # let _ = metrics;
/// # Ok::<(), meterport_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PrometheusExporter(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    state: Mutex<State>,
    expiry: Option<Duration>,
    aggregation: AggregationSelector,
    clock: Arc<dyn Clock>,
    component: Component,
}

#[derive(Debug)]
enum State {
    /// Nothing has been exported.
    Empty,
    Last {
        batch: MetricBatch,
        since: Instant,
    },
    ShutDown,
}

/// Settings of a [`PrometheusExporter`].
#[derive(Clone, Debug)]
pub struct PrometheusExporterBuilder {
    expiry: Option<Duration>,
    aggregation: AggregationSelector,
    clock: Arc<dyn Clock>,
    name: Option<Arc<str>>,
}

impl Default for PrometheusExporterBuilder {
    fn default() -> Self {
        Self {
            expiry: Some(EXPIRY),
            aggregation: AggregationSelector::default(),
            clock: Arc::new(SystemClock),
            name: None,
        }
    }
}

impl PrometheusExporterBuilder {
    /// How long a batch is shown when no other follows: 5 minutes by default, for ever with `None`.
    /// Numbers that nobody renews look alive to a scraper, which cannot know how old they are.
    #[must_use]
    pub fn expiry(mut self, expiry: Option<Duration>) -> Self {
        self.expiry = expiry;
        self
    }

    /// How instruments are to be aggregated: as the specification's default, unless scrapers read
    /// native histograms.
    #[must_use]
    pub fn aggregation(mut self, aggregation: AggregationSelector) -> Self {
        self.aggregation = aggregation;
        self
    }

    /// The clock by which batches expire: the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// A name for errors, logs and metrics about exporting, where several exporters of one type
    /// must be told apart.
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The exporter.
    pub fn build(self) -> PrometheusExporter {
        // The type is that of the semantic conventions for SDK components.
        let mut component = Component::new("prometheus_http_text_metric_exporter");
        component.name = self.name;
        PrometheusExporter(Arc::new(Kept {
            state: Mutex::new(State::Empty),
            expiry: self.expiry,
            aggregation: self.aggregation,
            clock: self.clock,
            component,
        }))
    }
}

impl PrometheusExporter {
    /// Begins an exporter.
    pub fn builder() -> PrometheusExporterBuilder {
        PrometheusExporterBuilder::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, batch: &MetricBatch, deadline: Deadline) -> Result<(), ExportError> {
        let now = self.0.clock.now();
        let mut state = self.state();
        if matches!(*state, State::ShutDown) {
            return Err(ExportError::new(ErrorKind::Shutdown, ""));
        }
        // An empty batch is news too: what was there has gone.
        if !batch.is_empty() && deadline.has_passed(now) {
            let error = ExportError::new(ErrorKind::Timeout, "the deadline had passed before");
            return Err(error.with_advice(RetryAdvice::Backoff));
        }
        *state = State::Last { batch: batch.bare(), since: now };
        Ok(())
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl MetricExporter for PrometheusExporter {
    /// Keeps the batch in place of the one before. Points count as delivered: whether a scraper
    /// comes is not known. What Prometheus has no form for, such as deltas, is counted by the
    /// service that writes the page.
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        match self.keep(batch, deadline) {
            Ok(()) => Ok(Outcome::delivered(batch.points())),
            Err(error) => Err(error.with_component(&self.0.component)),
        }
    }

    /// Nothing is held back.
    async fn force_flush(&self, _: Deadline) -> Result<Outcome, ExportError> {
        Ok(Outcome::default())
    }

    /// Forgets the last batch. A scrape fails from now on.
    async fn shutdown(&self, _: Deadline) -> Result<Outcome, ExportError> {
        *self.state() = State::ShutDown;
        Ok(Outcome::default())
    }

    /// Cumulative, whatever the kind: the specification demands it (`sdk_exporters/prometheus.md`,
    /// "Temporality").
    fn temporality(&self, _: InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.0.aggregation.of(kind)
    }

    fn component(&self) -> &Component {
        &self.0.component
    }
}

#[async_trait]
impl MetricProducer for PrometheusExporter {
    /// The last batch; an empty one before the first export, and once the last has expired.
    async fn produce(&self, _: Deadline) -> Result<MetricBatch, ProduceError> {
        let now = self.0.clock.now();
        match &*self.state() {
            State::ShutDown => Err(ProduceError::new("the exporter has been shut down")),
            State::Empty => Ok(MetricBatch::default()),
            State::Last { batch, since } => {
                let age = now.saturating_duration_since(*since);
                let is_fresh = self.0.expiry.is_none_or(|expiry| age <= expiry);
                Ok(if is_fresh { batch.clone() } else { MetricBatch::default() })
            }
        }
    }
}
