use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use meterport_core::{
    Clock, Deadline, MetricBatch, MetricProducer, ProduceError, Resource, ResourceMetrics,
    Timestamp,
};
use prometheus_client::encoding::prometheus_protobuf::encode;
use prometheus_client::registry::Registry;

use crate::families::{Conversion, Times};

/// Shows a registry to whoever wants to read it.
type Access = dyn Fn(&mut dyn FnMut(&Registry)) + Send + Sync;

/// The metrics of a [`Registry`] as a [`MetricProducer`]. See the [crate's page](crate) for what
/// becomes what.
pub struct PrometheusClientProducer {
    settings: PrometheusClientProducerBuilder,
    start: Timestamp,
    conversion: Mutex<Conversion>,
}

/// Settings of a [`PrometheusClientProducer`].
#[must_use = "nothing is made before build()"]
#[derive(Clone)]
pub struct PrometheusClientProducerBuilder {
    access: Arc<Access>,
    resource: Resource,
    schema_url: Arc<str>,
    keeps_units: bool,
    start: Option<Timestamp>,
    clock: Option<Arc<dyn Clock>>,
}

impl PrometheusClientProducerBuilder {
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

    /// Leaves units as the registry has them, such as `seconds`: for exporters that give Prometheus'
    /// data back unaltered. By default they become UCUM's symbols, such as `s`, as OpenTelemetry's
    /// rules of compatibility ask for.
    pub fn keep_units(mut self) -> Self {
        self.keeps_units = true;
        self
    }

    /// Since when sums count. The library does not know it: by default since the producer was
    /// made, which should be early in the program.
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
    pub fn build(self) -> PrometheusClientProducer {
        let start = self.start.unwrap_or_else(|| self.now());
        let conversion = Mutex::new(Conversion::new(self.keeps_units));
        PrometheusClientProducer { settings: self, start, conversion }
    }

    fn now(&self) -> Timestamp {
        match &self.clock {
            Some(clock) => clock.wall(),
            None => SystemTime::now().into(),
        }
    }
}

impl PrometheusClientProducer {
    /// Of a registry in which everything is registered.
    pub fn builder(registry: Arc<Registry>) -> PrometheusClientProducerBuilder {
        Self::reading(move |read| read(&registry))
    }

    /// Of a registry that others may still change: `access` shows it for the time of a snapshot.
    ///
    /// ```
    /// use std::sync::{Arc, RwLock};
    ///
    /// use meterport_prometheus_client::PrometheusClientProducer;
    /// use prometheus_client::registry::Registry;
    ///
    /// let registry = Arc::new(RwLock::new(Registry::default()));
    /// let locked = Arc::clone(&registry);
    /// let producer =
    ///     PrometheusClientProducer::reading(move |read| read(&locked.read().unwrap())).build();
    /// assert!(producer.collect()?.is_empty());
    /// # Ok::<(), meterport_core::ProduceError>(())
    /// ```
    pub fn reading(
        access: impl Fn(&mut dyn FnMut(&Registry)) + Send + Sync + 'static,
    ) -> PrometheusClientProducerBuilder {
        PrometheusClientProducerBuilder {
            access: Arc::new(access),
            resource: Resource::default(),
            schema_url: Arc::default(),
            keeps_units: false,
            start: None,
            clock: None,
        }
    }

    /// Takes a snapshot, on the calling thread.
    ///
    /// A panic of a collector goes on in the caller; readers catch it.
    ///
    /// # Errors
    /// A collector failed, or no registry was shown.
    pub fn collect(&self) -> Result<MetricBatch, ProduceError> {
        let settings = &self.settings;
        let mut encoded = None;
        (settings.access)(&mut |registry| encoded = Some(encode(registry)));
        let families = match encoded {
            Some(Ok(families)) => families,
            Some(Err(error)) => {
                return Err(ProduceError::new("a collector failed").with_source(error));
            }
            None => return Err(ProduceError::new("no registry was shown")),
        };
        let now = settings.now();
        let start = self.start.unless_after(now);
        let mut conversion = self.conversion.lock().unwrap_or_else(PoisonError::into_inner);
        let scope = conversion.scope(&families, Times { start, now });
        let entry = ResourceMetrics::new(settings.resource.clone())
            .with_schema_url(Arc::clone(&settings.schema_url))
            .with_scope(scope);
        Ok(entry.into())
    }
}

/// Ignores the deadline: a snapshot cannot be divided.
#[async_trait]
impl MetricProducer for PrometheusClientProducer {
    async fn produce(&self, _: Deadline) -> Result<MetricBatch, ProduceError> {
        self.collect()
    }
}

impl fmt::Debug for PrometheusClientProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrometheusClientProducer")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PrometheusClientProducerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrometheusClientProducerBuilder")
            .field("resource", &self.resource)
            .field("keeps_units", &self.keeps_units)
            .field("start", &self.start)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
