use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use meterport_core::{
    Clock, Deadline, MetricBatch, MetricProducer, ProduceError, Resource, ResourceMetrics,
    Timestamp,
};
use prometheus::Registry;

use crate::families::{Conversion, Times};

/// The metrics of a [`Registry`] as a [`MetricProducer`]. See the [crate's page](crate) for what
/// becomes what.
pub struct PrometheusProducer {
    settings: PrometheusProducerBuilder,
    start: Timestamp,
    conversion: Mutex<Conversion>,
}

/// Settings of a [`PrometheusProducer`].
#[must_use = "nothing is made before build()"]
#[derive(Clone, Default)]
pub struct PrometheusProducerBuilder {
    registry: Option<Registry>,
    resource: Resource,
    schema_url: Arc<str>,
    start: Option<Timestamp>,
    clock: Option<Arc<dyn Clock>>,
}

impl PrometheusProducerBuilder {
    /// The registry; the library's default one if not said otherwise.
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Who is measured: the registry does not know.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resource = resource;
        self
    }

    /// The schema of the resource's attributes.
    pub fn schema_url(mut self, url: impl Into<Arc<str>>) -> Self {
        self.schema_url = url.into();
        self
    }

    /// Since when sums count. The library does not know either: by default since the producer
    /// was made, which should be early in the program.
    pub fn start_time(mut self, start: Timestamp) -> Self {
        self.start = Some(start);
        self
    }

    /// Where the time of a snapshot comes from; the machine's clock by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The producer.
    #[must_use]
    pub fn build(self) -> PrometheusProducer {
        let start = self.start.unwrap_or_else(|| self.now());
        PrometheusProducer { settings: self, start, conversion: Mutex::new(Conversion::new()) }
    }

    fn now(&self) -> Timestamp {
        match &self.clock {
            Some(clock) => clock.wall(),
            None => SystemTime::now().into(),
        }
    }
}

impl PrometheusProducer {
    /// Settings, to begin with.
    pub fn builder() -> PrometheusProducerBuilder {
        PrometheusProducerBuilder::default()
    }

    /// Takes a snapshot, on the calling thread.
    ///
    /// A panic of a collector goes on in the caller; readers catch it.
    pub fn collect(&self) -> MetricBatch {
        let settings = &self.settings;
        let families = match &settings.registry {
            Some(registry) => registry.gather(),
            None => prometheus::gather(),
        };
        let now = settings.now();
        let start = self.start.unless_after(now);
        let mut conversion = self.conversion.lock().unwrap_or_else(PoisonError::into_inner);
        let scope = conversion.scope(&families, Times { start, now });
        let entry = ResourceMetrics::new(settings.resource.clone())
            .with_schema_url(Arc::clone(&settings.schema_url))
            .with_scope(scope);
        entry.into()
    }
}

/// Never fails, and ignores the deadline: a snapshot cannot be divided.
#[async_trait]
impl MetricProducer for PrometheusProducer {
    async fn produce(&self, _: Deadline) -> Result<MetricBatch, ProduceError> {
        Ok(self.collect())
    }
}

impl fmt::Debug for PrometheusProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrometheusProducer")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PrometheusProducerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrometheusProducerBuilder")
            .field("resource", &self.resource)
            .field("start", &self.start)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
