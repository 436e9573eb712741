use std::fmt;
use std::sync::Arc;

use meterport_core::{Clock, Resource, Value};

use crate::producer::RealClock;
use crate::{Family, HostProducer};

/// Settings of a [`HostProducer`].
#[must_use = "nothing is made before build()"]
#[derive(Clone)]
pub struct HostBuilder {
    attributes: Vec<(String, Value)>,
    clock: Arc<dyn Clock>,
    without: Vec<Family>,
}

impl HostBuilder {
    pub(crate) fn new() -> Self {
        Self { attributes: Vec::new(), clock: Arc::new(RealClock), without: Vec::new() }
    }

    /// The resource's `service.name`; `unknown_service` by default, as OpenTelemetry's resource
    /// conventions demand.
    pub fn service_name(self, name: impl Into<String>) -> Self {
        self.resource_attribute("service.name", name.into())
    }

    /// A further attribute of the resource. It wins over what the operating system says under
    /// the same key: `host.arch`, `host.name`, `os.description`, `os.name`, `os.type`,
    /// `os.version`, `process.pid`.
    pub fn resource_attribute(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.attributes.push((key.into(), value.into()));
        self
    }

    /// The attributes of a resource that was put together elsewhere, such as a detected one. They
    /// win as those of [`resource_attribute`](Self::resource_attribute) do.
    pub fn resource(mut self, resource: &Resource) -> Self {
        let attributes = resource.attributes.iter();
        self.attributes.extend(attributes.map(|(key, value)| (key.to_owned(), value.to_value())));
        self
    }

    /// Leaves a family of metrics out: it is not even read.
    pub fn without(mut self, family: Family) -> Self {
        self.without.push(family);
        self
    }

    /// Where the time of a snapshot comes from; the machine's clock by default. The figures and
    /// the start times of their sums are the operating system's own in any case.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The producer. Reads what does not change, such as the host's name.
    #[must_use]
    pub fn build(self) -> HostProducer {
        HostProducer::new(self.attributes, self.without, self.clock)
    }
}

impl fmt::Debug for HostBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostBuilder")
            .field("without", &self.without)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
