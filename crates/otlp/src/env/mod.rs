//! `OTEL_EXPORTER_OTLP_*`: the specification's `protocol/exporter.md` and
//! `metrics/sdk_exporters/otlp.md`.

mod endpoint;
mod headers;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use meterport_core::{
    Aggregation, AggregationSelector, ConfigError, TemporalitySelector, Variables,
};

pub use self::endpoint::Endpoint;
pub use self::headers::parse_headers;

/// How long an export may take with its retries, if nobody says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// What the `OTEL_EXPORTER_OTLP_*` variables say of metrics; `None` where they say nothing.
///
/// Each variable exists for all signals and for metrics alone (`OTEL_EXPORTER_OTLP_METRICS_*`);
/// the latter is the one that counts if it is set and not empty. What is set in code counts more
/// than either: that is for the builders to see to.
///
/// ```
/// use meterport_core::Variables;
/// use meterport_otlp::{Endpoint, OtlpEnv};
///
/// let lookup = |name: &str| {
///     (name == "OTEL_EXPORTER_OTLP_ENDPOINT").then(|| "http://collector:4318".into())
/// };
/// let env = OtlpEnv::read(&Variables::new(&lookup)).unwrap();
/// assert_eq!(env.endpoint, Some(Endpoint::Base("http://collector:4318".into())));
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct OtlpEnv {
    /// Where to send.
    pub endpoint: Option<Endpoint>,
    /// By which protocol.
    pub protocol: Option<Protocol>,
    /// Headers of every request, names in lower case. May hold credentials.
    pub headers: Option<Vec<(String, String)>>,
    /// How long an export may take with its retries; zero means no limit.
    pub timeout: Option<Duration>,
    /// How bodies are compressed.
    pub compression: Option<Compression>,
    /// A file with the certificates that are trusted, in PEM.
    pub certificate: Option<String>,
    /// A file with the client's private key, in PEM.
    pub client_key: Option<String>,
    /// A file with the client's certificate chain, in PEM.
    pub client_certificate: Option<String>,
    /// Whether an endpoint without a scheme is reached without TLS.
    pub insecure: Option<bool>,
    /// Which instruments are cumulative, and which delta.
    pub temporality: Option<TemporalitySelector>,
    /// How instruments are aggregated.
    pub aggregation: Option<AggregationSelector>,
}

/// The protocol of an OTLP exporter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the specification's list")]
pub enum Protocol {
    /// gRPC.
    Grpc,
    /// JSON over HTTP.
    HttpJson,
    /// Protobuf over HTTP: the default.
    #[default]
    HttpProtobuf,
}

/// How the bodies of an OTLP exporter are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// gzip.
    Gzip,
    /// Not at all: the default.
    #[default]
    None,
    /// Zstandard: not in the specification, but taken by many receivers.
    Zstd,
}

impl Compression {
    /// The name, as the variable has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::None => "none",
            Self::Zstd => "zstd",
        }
    }
}

/// The names of a variable, the one for metrics first.
macro_rules! names {
    ($name:literal) => {
        [concat!("OTEL_EXPORTER_OTLP_METRICS_", $name), concat!("OTEL_EXPORTER_OTLP_", $name)]
    };
}

/// The variables of [`OtlpEnv::protocol`], in order of precedence.
pub const PROTOCOL_VARIABLES: [&str; 2] = names!("PROTOCOL");
/// The variables of [`OtlpEnv::headers`], in order of precedence.
pub const HEADERS_VARIABLES: [&str; 2] = names!("HEADERS");
/// The variables of [`OtlpEnv::compression`], in order of precedence.
pub const COMPRESSION_VARIABLES: [&str; 2] = names!("COMPRESSION");
/// The variables of [`OtlpEnv::certificate`], in order of precedence.
pub(crate) const CERTIFICATE_VARIABLES: [&str; 2] = names!("CERTIFICATE");
/// The variables of [`OtlpEnv::client_key`], in order of precedence.
pub(crate) const CLIENT_KEY_VARIABLES: [&str; 2] = names!("CLIENT_KEY");
/// The variables of [`OtlpEnv::client_certificate`], in order of precedence.
pub(crate) const CLIENT_CERTIFICATE_VARIABLES: [&str; 2] = names!("CLIENT_CERTIFICATE");

impl OtlpEnv {
    /// Reads all of them.
    ///
    /// # Errors
    /// A value cannot be understood. The error names the variable, and never holds the value of
    /// one that may be secret.
    pub fn read(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        let text = |names: &[&str]| Ok(variables.text(names)?.map(|(_, text)| text));
        let headers = match variables.text(&HEADERS_VARIABLES)? {
            Some((name, list)) => {
                Some(parse_headers(&list).map_err(|problem| ConfigError::new(name, problem))?)
            }
            None => None,
        };
        Ok(Self {
            endpoint: Endpoint::read(variables)?,
            protocol: variables.choice(
                &PROTOCOL_VARIABLES,
                &[
                    ("grpc", Protocol::Grpc),
                    ("http/protobuf", Protocol::HttpProtobuf),
                    ("http/json", Protocol::HttpJson),
                ],
            )?,
            headers,
            timeout: variables.millis(&names!("TIMEOUT"))?,
            compression: variables.choice(
                &COMPRESSION_VARIABLES,
                &[
                    ("gzip", Compression::Gzip),
                    ("none", Compression::None),
                    ("zstd", Compression::Zstd),
                ],
            )?,
            certificate: text(&CERTIFICATE_VARIABLES)?,
            client_key: text(&CLIENT_KEY_VARIABLES)?,
            client_certificate: text(&CLIENT_CERTIFICATE_VARIABLES)?,
            insecure: variables.boolean(&names!("INSECURE"))?,
            temporality: variables.choice(
                &["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"],
                &[
                    ("cumulative", TemporalitySelector::Cumulative),
                    ("delta", TemporalitySelector::Delta),
                    ("lowmemory", TemporalitySelector::LowMemory),
                ],
            )?,
            aggregation: variables.choice(
                &["OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"],
                &[
                    ("explicit_bucket_histogram", AggregationSelector::Default),
                    (
                        "base2_exponential_bucket_histogram",
                        AggregationSelector::histograms(Aggregation::BASE2),
                    ),
                ],
            )?,
        })
    }

    /// How long an export may take with its retries: what the variables say, or
    /// [`DEFAULT_TIMEOUT`]; `None` for no limit.
    pub fn time_limit(&self) -> Option<Duration> {
        Some(self.timeout.unwrap_or(DEFAULT_TIMEOUT)).filter(|limit| !limit.is_zero())
    }
}

/// Headers by name alone, the endpoint without its text.
impl fmt::Debug for OtlpEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            endpoint,
            protocol,
            headers,
            timeout,
            compression,
            certificate,
            client_key,
            client_certificate,
            insecure,
            temporality,
            aggregation,
        } = self;
        let names: Option<Vec<_>> =
            headers.as_ref().map(|headers| headers.iter().map(|header| &header.0).collect());
        f.debug_struct("OtlpEnv")
            .field("endpoint", endpoint)
            .field("protocol", protocol)
            .field("headers", &names)
            .field("timeout", timeout)
            .field("compression", compression)
            .field("certificate", certificate)
            .field("client_key", client_key)
            .field("client_certificate", client_certificate)
            .field("insecure", insecure)
            .field("temporality", temporality)
            .field("aggregation", aggregation)
            .finish()
    }
}
