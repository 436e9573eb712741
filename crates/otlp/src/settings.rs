mod certificates;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use meterport_core::{
    Aggregation, AggregationSelector, Component, ConfigError, InstrumentKind, Temporality,
    TemporalitySelector, Variables,
};

use crate::env::{
    CERTIFICATE_VARIABLES, CLIENT_CERTIFICATE_VARIABLES, CLIENT_KEY_VARIABLES,
    COMPRESSION_VARIABLES, HEADERS_VARIABLES, OtlpEnv, PROTOCOL_VARIABLES, Protocol,
};

/// The default limit of a request before compression: 64 MiB, in bytes.
///
/// OTLP specification, "OTLP/gRPC Request" and "OTLP/HTTP Request": a client should limit the size
/// of a request before compression, must not send a larger one and should record it.
pub const REQUEST_LIMIT: u64 = 64 * 1024 * 1024;

/// What every OTLP exporter can be told, whatever its transport: in code, by these methods, and by
/// the environment. What is said in code counts more, in whatever order the two are.
///
/// ```
/// use meterport_core::Variables;
/// use meterport_otlp::OtlpSettings;
///
/// let lookup = |name: &str| (name == "OTEL_EXPORTER_OTLP_INSECURE").then(|| "true".into());
/// let mut settings = OtlpSettings::default();
/// settings.read(&Variables::new(&lookup)).unwrap();
/// assert!(settings.is_insecure());
/// settings.insecure(false);
/// assert!(!settings.is_insecure());
/// ```
#[derive(Default)]
pub struct OtlpSettings {
    headers: Option<Vec<(String, String)>>,
    insecure: Option<bool>,
    timeout: Option<Option<Duration>>,
    user_agent_prefix: Option<String>,
    temporality: Option<TemporalitySelector>,
    aggregation: Option<AggregationSelector>,
    request_limit: Option<u64>,
    name: Option<Arc<str>>,
    env: OtlpEnv,
    found: Found,
}

/// The variables that were found, for errors that show only when the exporter is built.
#[derive(Clone, Copy, Default)]
struct Found {
    protocol: Option<&'static str>,
    headers: Option<&'static str>,
    compression: Option<&'static str>,
    certificate: Option<&'static str>,
    client_key: Option<&'static str>,
    client_certificate: Option<&'static str>,
}

/// How batches are aggregated for an exporter, by the kind of instrument.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Preferences {
    /// Cumulative or delta.
    pub temporality: TemporalitySelector,
    /// Into what.
    pub aggregation: AggregationSelector,
}

impl Preferences {
    /// Whether instruments of this kind are cumulative or delta.
    pub fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.temporality.of(kind)
    }

    /// Into what instruments of this kind are aggregated.
    pub fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.aggregation.of(kind)
    }
}

impl OtlpSettings {
    /// Adds a header. As soon as there is one, those of the environment are not used.
    pub fn header(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.headers.get_or_insert_default().push((name.into(), value.into()));
    }

    /// Whether an address without a scheme is reached without TLS.
    pub fn insecure(&mut self, insecure: bool) {
        self.insecure = Some(insecure);
    }

    /// How long an export may take; zero means no limit.
    pub fn timeout(&mut self, limit: Duration) {
        self.timeout = Some(Some(limit).filter(|limit| !limit.is_zero()));
    }

    /// A product to name in front of the exporter's own.
    pub fn user_agent_prefix(&mut self, prefix: impl Into<String>) {
        self.user_agent_prefix = Some(prefix.into());
    }

    /// Which instruments are cumulative, and which delta.
    pub fn temporality(&mut self, temporality: TemporalitySelector) {
        self.temporality = Some(temporality);
    }

    /// How instruments are aggregated.
    pub fn aggregation(&mut self, aggregation: AggregationSelector) {
        self.aggregation = Some(aggregation);
    }

    /// The largest request, in bytes before compression.
    pub fn request_limit(&mut self, bytes: u64) {
        self.request_limit = Some(bytes);
    }

    /// A name that tells the exporter from others of its type.
    pub fn name(&mut self, name: impl Into<Arc<str>>) {
        self.name = Some(name.into());
    }

    /// Reads the `OTEL_EXPORTER_OTLP_*` variables.
    ///
    /// # Errors
    /// A variable cannot be understood; the text names it.
    pub fn read(&mut self, variables: &Variables<'_>) -> Result<(), ConfigError> {
        self.env = OtlpEnv::read(variables)?;
        let find = |names: [&'static str; 2]| Ok(variables.text(&names)?.map(|(name, _)| name));
        self.found = Found {
            protocol: find(PROTOCOL_VARIABLES)?,
            headers: find(HEADERS_VARIABLES)?,
            compression: find(COMPRESSION_VARIABLES)?,
            certificate: find(CERTIFICATE_VARIABLES)?,
            client_key: find(CLIENT_KEY_VARIABLES)?,
            client_certificate: find(CLIENT_CERTIFICATE_VARIABLES)?,
        };
        Ok(())
    }

    /// What the environment says.
    pub fn env(&self) -> &OtlpEnv {
        &self.env
    }

    /// Whether an address without a scheme is reached without TLS: not unless somebody says so.
    pub fn is_insecure(&self) -> bool {
        self.insecure.or(self.env.insecure).unwrap_or(false)
    }

    /// How long an export may take; `None` for no limit.
    pub fn time_limit(&self) -> Option<Duration> {
        self.timeout.unwrap_or_else(|| self.env.time_limit())
    }

    /// The largest request, in bytes before compression.
    pub fn size_limit(&self) -> u64 {
        self.request_limit.unwrap_or(REQUEST_LIMIT)
    }

    /// How batches are to be aggregated.
    pub fn preferences(&self) -> Preferences {
        Preferences {
            temporality: first(&self.temporality, &self.env.temporality),
            aggregation: first(&self.aggregation, &self.env.aggregation),
        }
    }

    /// `component` under the name that was given, if one was.
    pub fn named(&self, component: Component) -> Component {
        match &self.name {
            Some(name) => component.with_name(name.clone()),
            None => component,
        }
    }

    /// The `User-Agent` in the specification's form (OTLP exporter, "User Agent"), with who it is
    /// in a comment.
    ///
    /// # Errors
    /// The prefix has characters that no header can have.
    pub fn user_agent(&self) -> Result<String, ConfigError> {
        let own = concat!("OTel-OTLP-Exporter-Rust/", env!("CARGO_PKG_VERSION"), " (meterport)");
        let prefix = self.user_agent_prefix.as_deref().map(str::trim);
        let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) else {
            return Ok(own.to_owned());
        };
        if prefix.bytes().any(|byte| !matches!(byte, b' '..=b'~')) {
            let problem = "has characters other than printable ASCII";
            return Err(ConfigError::new("user_agent_prefix", problem));
        }
        Ok(format!("{prefix} {own}"))
    }

    /// What `take` makes of the headers, as pairs of name and value.
    ///
    /// # Errors
    /// That of `take`, under the name of the variable that the headers come from, if they do.
    pub fn headers<T>(
        &self,
        take: impl FnOnce(&[(String, String)]) -> Result<T, ConfigError>,
    ) -> Result<T, ConfigError> {
        match (&self.headers, &self.env.headers) {
            (Some(headers), _) => take(headers),
            (None, Some(headers)) => {
                take(headers).map_err(|error| blame(self.found.headers, error))
            }
            (None, None) => take(&[]),
        }
    }

    /// The compression: `said` in code, or by its name in the environment, or the default. It must
    /// be `usable`.
    ///
    /// # Errors
    /// It is not: the error of `usable`, under the name of the variable that asks for it, if one
    /// does.
    pub fn compression<C>(
        &self,
        said: Option<C>,
        usable: impl FnOnce(&C) -> Result<(), ConfigError>,
    ) -> Result<C, ConfigError>
    where
        C: FromStr<Err = ConfigError> + Default,
    {
        let (compression, variable) = match (said, self.env.compression) {
            (Some(said), _) => (Ok(said), None),
            (None, Some(found)) => (found.as_str().parse(), self.found.compression),
            (None, None) => (Ok(C::default()), None),
        };
        let checked = compression.and_then(|found| usable(&found).map(|()| found));
        checked.map_err(|error| blame(variable, error))
    }

    /// What `take` makes of the protocol that the environment asks for.
    ///
    /// # Errors
    /// That of `take`, under the name of the variable.
    pub fn protocol<T>(
        &self,
        take: impl FnOnce(Option<Protocol>) -> Result<T, ConfigError>,
    ) -> Result<T, ConfigError> {
        take(self.env.protocol).map_err(|error| blame(self.found.protocol, error))
    }
}

fn first<T: Clone + Default>(said: &Option<T>, found: &Option<T>) -> T {
    said.as_ref().or(found.as_ref()).cloned().unwrap_or_default()
}

/// The error, under the name of the variable that led to it, if one did.
fn blame(variable: Option<&'static str>, error: ConfigError) -> ConfigError {
    match variable {
        Some(name) => ConfigError::new(name, error.to_string()),
        None => error,
    }
}

/// Headers by name alone.
impl fmt::Debug for OtlpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Option<Vec<_>> =
            self.headers.as_ref().map(|headers| headers.iter().map(|header| &header.0).collect());
        f.debug_struct("OtlpSettings")
            .field("headers", &names)
            .field("insecure", &self.insecure)
            .field("timeout", &self.timeout)
            .field("user_agent_prefix", &self.user_agent_prefix)
            .field("temporality", &self.temporality)
            .field("aggregation", &self.aggregation)
            .field("request_limit", &self.request_limit)
            .field("name", &self.name)
            .field("env", &self.env)
            .finish()
    }
}
