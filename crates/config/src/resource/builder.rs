use std::sync::Arc;

use meterport_core::{AttributeSet, ConfigError, Resource, Value, Variables};

use super::{DetectedResource, host, instance, process, variables};

/// The semantic conventions that the detectors follow.
const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.40.0";
const INSTANCE_ID: &str = "service.instance.id";

/// A part of the detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detector {
    /// `host.arch`, `host.id`, `host.name`, `os.description`, `os.name`, `os.type`, `os.version`;
    /// with the feature `host`.
    Host,
    /// `process.pid`, `process.executable.name`, `process.executable.path`. The process's
    /// arguments are not told: secrets stand there.
    Process,
    /// `service.instance.id`: a random UUID, the same for all resources of a process.
    ServiceInstance,
}

/// Settings of a [`DetectedResource`].
///
/// Of two attributes with one key the later in this list stays (`resource/sdk.md`, "Merge"):
///
/// 1. the defaults: `service.name` as `unknown_service:<executable>` and `telemetry.sdk.*`,
/// 2. the [detectors](Detector),
/// 3. `OTEL_RESOURCE_ATTRIBUTES`, then `OTEL_SERVICE_NAME`, when the environment is read,
/// 4. what is set in code.
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is detected before build()"]
pub struct ResourceBuilder {
    without: Vec<Detector>,
    environment: Vec<(String, String)>,
    code: Vec<(String, Value)>,
    schema_url: Option<Arc<str>>,
}

impl ResourceBuilder {
    /// The `service.name`: the one attribute that every program should set.
    pub fn service_name(self, name: impl Into<String>) -> Self {
        self.attribute("service.name", name.into())
    }

    /// A further attribute.
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.code.push((key.into(), value.into()));
        self
    }

    /// Further attributes.
    pub fn attributes<K, V>(mut self, attributes: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<String>,
        V: Into<Value>,
    {
        self.code.extend(attributes.into_iter().map(|(key, value)| (key.into(), value.into())));
        self
    }

    /// The schema of the attributes; by default that of the semantic conventions which the
    /// detectors follow, version 1.40.0.
    pub fn schema_url(mut self, url: impl Into<Arc<str>>) -> Self {
        self.schema_url = Some(url.into());
        self
    }

    /// Leaves a part of the detection out.
    pub fn without(mut self, detector: Detector) -> Self {
        self.without.push(detector);
        self
    }

    /// Reads this process's environment, as [`with_variables`](Self::with_variables).
    ///
    /// # Errors
    /// A variable cannot be understood.
    pub fn with_env(self) -> Result<Self, ConfigError> {
        self.with_variables(&Variables::new(&|name| std::env::var_os(name)))
    }

    /// Reads `OTEL_RESOURCE_ATTRIBUTES` (`key=value,key=value`, percent-encoded) and
    /// `OTEL_SERVICE_NAME`. All values are strings.
    ///
    /// # Errors
    /// A variable cannot be understood: nothing of it is used then.
    pub fn with_variables(mut self, variables: &Variables<'_>) -> Result<Self, ConfigError> {
        self.environment = variables::attributes(variables)?;
        Ok(self)
    }

    /// The resource.
    ///
    /// # Errors
    /// There are no random numbers to be had for `service.instance.id`.
    pub fn build(self) -> Result<DetectedResource, ConfigError> {
        let without = self.without;
        let wants = |detector| !without.contains(&detector);
        let owned = |key: &str, value: Value| (key.to_owned(), value);
        let mut all = vec![
            owned("service.name", process::default_service_name().into()),
            owned("telemetry.sdk.language", "rust".into()),
            // `opentelemetry` is reserved for OpenTelemetry's own SDKs.
            owned("telemetry.sdk.name", "meterport".into()),
            owned("telemetry.sdk.version", env!("CARGO_PKG_VERSION").into()),
        ];
        if wants(Detector::Host) {
            all.extend(host::attributes().iter().map(|(key, value)| owned(key, value.to_value())));
        }
        if wants(Detector::Process) {
            all.extend(process::attributes().into_iter().map(|(key, value)| owned(key, value)));
        }
        let environment = self.environment.into_iter().map(|(key, value)| (key, value.into()));
        let said: Vec<_> = environment.chain(self.code).collect();
        let is_told = said.iter().any(|(key, _)| key == INSTANCE_ID);
        if !is_told && wants(Detector::ServiceInstance) {
            all.push(owned(INSTANCE_ID, instance::id()?.into()));
        }
        Ok(DetectedResource {
            resource: Resource::new(all.into_iter().chain(said).collect::<AttributeSet>()),
            schema_url: self.schema_url.unwrap_or_else(|| SCHEMA_URL.into()),
        })
    }
}
