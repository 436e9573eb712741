use std::sync::Arc;

use meterport_core::{ConfigError, MetricProducer, Resource, Variables};

use super::{ResourceBuilder, WithResource};

/// Who is measured: the resource of a program, with the schema of its attributes.
///
/// Made once and given to every source, so that what a program says of itself is the same
/// wherever its metrics come from.
///
/// ```
/// use meterport_config::DetectedResource;
///
/// let detected = DetectedResource::builder()
///     .service_name("checkout")
///     .attribute("deployment.environment.name", "production")
///     .build()?;
/// let attributes = &detected.resource.attributes;
/// assert!(attributes.get("service.instance.id").is_some());
/// # Ok::<(), meterport_core::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DetectedResource {
    /// What is known.
    pub resource: Resource,
    /// The schema of the attributes; empty if they have none.
    pub schema_url: Arc<str>,
}

impl DetectedResource {
    /// Settings, to begin with.
    pub fn builder() -> ResourceBuilder {
        ResourceBuilder::default()
    }

    /// What this machine and this process's environment say.
    ///
    /// # Errors
    /// A variable cannot be understood, or there are no random numbers to be had.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::builder().with_env()?.build()
    }

    /// What these variables say, with what this machine says beneath.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn from_variables(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        Self::builder().with_variables(variables)?.build()
    }

    /// The producer with this resource over its own; see [`WithResource`].
    pub fn on<P: MetricProducer>(&self, producer: P) -> WithResource<P> {
        WithResource::new(self.clone(), producer)
    }
}
