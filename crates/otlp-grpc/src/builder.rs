mod assemble;
mod connections;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use meterport_core::{AggregationSelector, Clock, ConfigError, TemporalitySelector, Variables};
use meterport_net::{
    Compression, HttpClientBuilder, HttpService, Proxy, RESPONSE_LIMIT, RequestHook, RequestHooks,
};
use meterport_otlp::OtlpSettings;

use crate::channel::Settings;
use crate::metadata::Binary;

/// Settings of an [`OtlpGrpcExporter`](crate::OtlpGrpcExporter).
///
/// What is set in code counts more than what [`with_env`](Self::with_env) finds, in whatever
/// order the two are called.
pub struct OtlpGrpcBuilder {
    settings: OtlpSettings,
    endpoint: Option<String>,
    compression: Option<Compression>,
    binary: Binary,
    hooks: RequestHooks,
    clock: Option<Arc<dyn Clock>>,
    response_limit: usize,
    channels: Settings,
    service: Option<ServiceSetting>,
}

/// Gives a client the user's service.
type ServiceSetting = Box<dyn FnOnce(HttpClientBuilder) -> HttpClientBuilder + Send>;

impl Default for OtlpGrpcBuilder {
    fn default() -> Self {
        Self {
            settings: OtlpSettings::default(),
            endpoint: None,
            compression: None,
            binary: Binary::new(),
            hooks: RequestHooks::new(),
            clock: None,
            response_limit: RESPONSE_LIMIT,
            channels: Settings::default(),
            service: None,
        }
    }
}

impl OtlpGrpcBuilder {
    /// The address of the receiver: `http://host:port` or `https://host:port`;
    /// `unix:/path/of/socket`; or a bare `host:port`, which is `https` unless
    /// [`insecure`](Self::insecure). `http://localhost:4317` by default.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Whether an address without a scheme is reached without TLS. Where there is a scheme, it
    /// wins.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_INSECURE`, `OTEL_EXPORTER_OTLP_METRICS_INSECURE`.
    #[must_use]
    pub fn insecure(mut self, insecure: bool) -> Self {
        self.settings.insecure(insecure);
        self
    }

    /// How messages are compressed: not at all by default, as the specification has it.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_COMPRESSION`, `OTEL_EXPORTER_OTLP_METRICS_COMPRESSION`.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// Adds metadata to every call. The value is secret: it is in no log and no error. As soon as
    /// one is set in code, those of the environment are not used.
    ///
    /// If the name ends in `-bin`, the UTF-8 bytes of the value are sent as base64, so that the
    /// receiver sees the value as it is given here; [`binary_header`](Self::binary_header) takes
    /// any bytes.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_METRICS_HEADERS`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.header(name, value);
        self
    }

    /// Adds metadata whose value is bytes, under a name that ends in `-bin`, beside whatever
    /// headers there are.
    #[must_use]
    pub fn binary_header(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.binary.push((name.into(), value.into()));
        self
    }

    /// Adds a hook that prepares every attempt, after the headers: authentication, say. Metadata
    /// are headers to it, and the body is the message without its prefix. It is asked for one
    /// more attempt when the receiver answers `UNAUTHENTICATED`.
    #[must_use]
    pub fn hook(mut self, hook: impl RequestHook) -> Self {
        self.hooks.push(hook);
        self
    }

    /// Sends through a service of one's own instead of Meterport's connections, such as a tonic
    /// `Channel` with layers around it: the request is gRPC's, and the answer must be, with its
    /// trailers. The settings of connections mean nothing then; deadline, limits, headers and
    /// hooks stay.
    #[must_use]
    pub fn service(mut self, service: impl HttpService) -> Self {
        self.service = Some(Box::new(|client| client.service(service)));
        self
    }

    /// How long an export may take: 10 s by default; zero means no limit. The deadline of a call
    /// bounds it too. The receiver is told what is left of it (`grpc-timeout`).
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_TIMEOUT`, `OTEL_EXPORTER_OTLP_METRICS_TIMEOUT`, in
    /// milliseconds.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.settings.timeout(limit);
        self
    }

    /// A product to name in front of `OTel-OTLP-Exporter-Rust/…` in the `User-Agent` header, such
    /// as `my-app/1.2`.
    #[must_use]
    pub fn user_agent_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.settings.user_agent_prefix(prefix);
        self
    }

    /// Which instruments are cumulative, and which delta: cumulative all by default.
    ///
    /// Variable: `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`.
    #[must_use]
    pub fn temporality(mut self, temporality: TemporalitySelector) -> Self {
        self.settings.temporality(temporality);
        self
    }

    /// How instruments are aggregated.
    ///
    /// Variable: `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`.
    #[must_use]
    pub fn aggregation(mut self, aggregation: AggregationSelector) -> Self {
        self.settings.aggregation(aggregation);
        self
    }

    /// The largest message of a request, in bytes before compression: 64 MiB by default. What is
    /// larger fails with [`ErrorKind::TooLarge`](meterport_core::ErrorKind::TooLarge), unsent.
    /// Many receivers take no more than 4 MiB.
    #[must_use]
    pub fn request_limit(mut self, bytes: u64) -> Self {
        self.settings.request_limit(bytes);
        self
    }

    /// The largest message of an answer, in bytes after decompression: 4 MiB by default.
    #[must_use]
    pub fn response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = bytes;
        self
    }

    /// A name for errors, logs and metrics about exporting, where several exporters of one type
    /// must be told apart.
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.settings.name(name);
        self
    }

    /// The clock by which dates in a proxy's `Retry-After` are read: the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Takes what is not set in code from the `OTEL_EXPORTER_OTLP_*` variables of the process.
    ///
    /// # Errors
    /// A variable cannot be understood; the text names it.
    pub fn with_env(self) -> Result<Self, ConfigError> {
        self.with_variables(&Variables::new(&|name| std::env::var_os(name)))
    }

    /// As [`with_env`](Self::with_env), from variables of the caller's.
    ///
    /// # Errors
    /// A variable cannot be understood; the text names it.
    pub fn with_variables(mut self, variables: &Variables<'_>) -> Result<Self, ConfigError> {
        self.settings.read(variables)?;
        self.channels.found_proxy = Proxy::from_variables(variables)?;
        Ok(self)
    }
}

/// Header values, addresses and services are left out.
impl fmt::Debug for OtlpGrpcBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpGrpcBuilder")
            .field("settings", &self.settings)
            .field("compression", &self.compression)
            .field("hooks", &self.hooks)
            .field("channels", &self.channels)
            .field("response_limit", &self.response_limit)
            .finish_non_exhaustive()
    }
}
