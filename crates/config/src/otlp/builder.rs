use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use meterport_core::{
    AggregationSelector, Clock, ConfigError, MetricExporter, TemporalitySelector, Variables,
};
use meterport_decorators::Reliability;
use meterport_net::{Compression, Proxy, RequestHook, Tls};
use meterport_otlp::{OtlpEnv, PROTOCOL_VARIABLES, Protocol};

use super::setting::Setting;
use super::{grpc, http};
use crate::OtlpExporter;

/// Settings of an [`OtlpExporter`]: those that every protocol has. `grpc` and `http` lead to the
/// builders of the transports, which have the others.
///
/// What is set in code counts more than what [`with_env`](Self::with_env) finds, in whatever order
/// the two are called.
///
/// ```no_run
/// use meterport_config::{Compression, OtlpExporter, auth::Bearer};
///
/// let exporter = OtlpExporter::builder()
///     .endpoint("https://otlp.example.com")
///     .hook(Bearer::from_file("/var/run/secrets/otlp-token")?)
///     .compression(Compression::GZIP)
///     .with_env()?
///     .build()?;
/// # Ok::<(), meterport_core::ConfigError>(())
/// ```
#[derive(Default)]
pub struct OtlpBuilder {
    protocol: Option<Protocol>,
    /// The protocol that a variable asks for, and which variable.
    env_protocol: Option<(Protocol, &'static str)>,
    timeout: Option<Duration>,
    env_timeout: Option<Duration>,
    reliability: Reliability,
    pub(super) grpc: grpc::Grpc,
    pub(super) http: http::Http,
}

impl OtlpBuilder {
    /// gRPC, protobuf over HTTP, or JSON over HTTP; the Cargo features are `otlp-grpc`,
    /// `otlp-http`, and `json` with it. By default protobuf over HTTP, as the specification has it;
    /// where HTTP is not compiled in, gRPC.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_PROTOCOL`, `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`.
    #[must_use]
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// The address of the receiver: `http://host:port` or `https://host:port`, over HTTP also with
    /// a path, to which `v1/metrics` is added; `unix:/path/of/socket`; or a bare `host:port`, which
    /// is `https` unless [`insecure`](Self::insecure). By default `http://localhost` with port 4317
    /// for gRPC and 4318 for HTTP.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_ENDPOINT`; `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`, which HTTP
    /// takes as it is.
    #[must_use]
    pub fn endpoint(self, endpoint: impl Into<String>) -> Self {
        self.set(Setting::Endpoint(endpoint.into()))
    }

    /// Whether an address without a scheme is reached without TLS. Where there is a scheme, it
    /// wins.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_INSECURE`, `OTEL_EXPORTER_OTLP_METRICS_INSECURE`.
    #[must_use]
    pub fn insecure(self, insecure: bool) -> Self {
        self.set(Setting::Insecure(insecure))
    }

    /// How bodies are compressed: not at all by default, as the specification has it.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_COMPRESSION`, `OTEL_EXPORTER_OTLP_METRICS_COMPRESSION`.
    #[must_use]
    pub fn compression(self, compression: Compression) -> Self {
        self.set(Setting::Compression(compression))
    }

    /// Adds a header (gRPC: metadata) to every request. The value is secret: it is in no log and no
    /// error. As soon as one is set in code, those of the environment are not used.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_METRICS_HEADERS`.
    #[must_use]
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(Setting::Header(name.into(), value.into()))
    }

    /// Adds a hook that prepares every attempt, after the headers: one of
    /// [`auth`](meterport_net::auth), or of one's own.
    #[must_use]
    pub fn hook(self, hook: impl RequestHook) -> Self {
        self.set(Setting::Hook(Arc::new(hook)))
    }

    /// How long the export of one piece may take with its retries: 10 s by default; zero means no
    /// limit. The deadline of a call bounds it too.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_TIMEOUT`, `OTEL_EXPORTER_OTLP_METRICS_TIMEOUT`, in
    /// milliseconds.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Changes parts of what stands around the transport: retries, pieces, the limit of one attempt,
    /// the log. Its limit of the whole is [`timeout`](Self::timeout) under another name.
    ///
    /// ```no_run
    /// use meterport_config::{OtlpExporter, RetryPolicy};
    ///
    /// let exporter = OtlpExporter::builder()
    ///     .reliability(|parts| parts.with_retry(RetryPolicy::disabled()).with_max_points(1_000))
    ///     .build()?;
    /// # Ok::<(), meterport_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn reliability(mut self, set: impl FnOnce(Reliability) -> Reliability) -> Self {
        let before = match self.timeout {
            Some(limit) => self.reliability.with_timeout(limit),
            None => self.reliability,
        };
        let limit = before.timeout;
        self.reliability = set(before);
        if self.reliability.timeout != limit {
            self.timeout = Some(self.reliability.timeout);
        }
        self
    }

    /// A product to name in front of `OTel-OTLP-Exporter-Rust/…` in the `User-Agent` header, such
    /// as `my-app/1.2`.
    #[must_use]
    pub fn user_agent_prefix(self, prefix: impl Into<String>) -> Self {
        self.set(Setting::UserAgentPrefix(prefix.into()))
    }

    /// Which instruments are cumulative, and which delta: cumulative all by default.
    ///
    /// Variable: `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`.
    #[must_use]
    pub fn temporality(self, temporality: TemporalitySelector) -> Self {
        self.set(Setting::Temporality(temporality))
    }

    /// How instruments are aggregated.
    ///
    /// Variable: `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`.
    #[must_use]
    pub fn aggregation(self, aggregation: AggregationSelector) -> Self {
        self.set(Setting::Aggregation(aggregation))
    }

    /// The largest body of a request, in bytes before compression: 64 MiB by default. What is
    /// larger fails with [`ErrorKind::TooLarge`](meterport_core::ErrorKind::TooLarge), unsent.
    #[must_use]
    pub fn request_limit(self, bytes: u64) -> Self {
        self.set(Setting::RequestLimit(bytes))
    }

    /// The largest body of an answer, in bytes after decompression: 4 MiB by default.
    #[must_use]
    pub fn response_limit(self, bytes: usize) -> Self {
        self.set(Setting::ResponseLimit(bytes))
    }

    /// How long a connection may take to open: 10 s by default; `None` leaves it to the deadline.
    #[must_use]
    pub fn connect_timeout(self, limit: Option<Duration>) -> Self {
        self.set(Setting::ConnectTimeout(limit))
    }

    /// How connections to an `https` endpoint are secured: by the system's roots by default. Set
    /// in code, the variables mean nothing.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_CERTIFICATE`, `OTEL_EXPORTER_OTLP_CLIENT_KEY`,
    /// `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and their `OTEL_EXPORTER_OTLP_METRICS_` forms.
    #[must_use]
    pub fn tls(self, tls: Tls) -> Self {
        self.set(Setting::Tls(tls))
    }

    /// Through which proxy the receiver is reached: none by default.
    ///
    /// Variables: `http_proxy`, `https_proxy`, `all_proxy`, `no_proxy`.
    #[must_use]
    pub fn proxy(self, proxy: Proxy) -> Self {
        self.set(Setting::Proxy(proxy))
    }

    /// A name for errors, logs and metrics about exporting, where several exporters of one type
    /// must be told apart.
    #[must_use]
    pub fn name(self, name: impl Into<Arc<str>>) -> Self {
        self.set(Setting::Name(name.into()))
    }

    /// The clock by which dates in `Retry-After` are read: the system's by default.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        self.set(Setting::Clock(clock))
    }

    fn set(mut self, setting: Setting) -> Self {
        self.grpc = self.grpc.set(setting.clone());
        self.http = self.http.set(setting);
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
        let OtlpEnv { protocol, timeout, .. } = OtlpEnv::read(variables)?;
        let name = variables.text(&PROTOCOL_VARIABLES)?.map(|(name, _)| name);
        self.env_protocol = protocol.zip(name);
        self.env_timeout = timeout;
        self.grpc = self.grpc.read(variables)?;
        self.http = self.http.read(variables)?;
        Ok(self)
    }

    /// The exporter: the transport with retries, pieces and a log around it. Connects to nothing
    /// and spawns nothing.
    ///
    /// # Errors
    /// A setting that cannot be used; the text names it, and the Cargo feature where one is
    /// missing.
    pub fn build(self) -> Result<OtlpExporter, ConfigError> {
        let limit = self.timeout.or(self.env_timeout).unwrap_or(self.reliability.timeout);
        let reliability = self.reliability.clone().with_timeout(limit);
        let transport = self.timeout(limit).build_transport()?;
        Ok(OtlpExporter::new(reliability.wrap(transport)))
    }

    /// The transport alone, for a stack of one's own: one export is one request, and its
    /// [`timeout`](Self::timeout) is that of the request.
    ///
    /// ```no_run
    /// use std::num::NonZeroU16;
    /// use meterport_config::OtlpExporter;
    /// use meterport_decorators::ExporterExt;
    ///
    /// let transport = OtlpExporter::builder().with_env()?.build_transport()?;
    /// let stack = transport.reliable().shard(NonZeroU16::MIN);
    /// # Ok::<(), meterport_core::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_transport(mut self) -> Result<Box<dyn MetricExporter>, ConfigError> {
        if let Some(limit) = self.timeout {
            self = self.set(Setting::Timeout(limit));
        }
        // What would have to be changed if that is not compiled in.
        let (asked, setting) = match (self.protocol, self.env_protocol) {
            (None, Some((protocol, name))) => (Some(protocol), name),
            (said, _) => (said, "protocol"),
        };
        match asked {
            Some(Protocol::Grpc) => self.grpc.build(setting),
            None if grpc::IS_COMPILED && !http::IS_COMPILED => self.grpc.build(setting),
            Some(Protocol::HttpJson | Protocol::HttpProtobuf) | None => {
                self.http.build(self.protocol, setting)
            }
        }
    }
}

/// As the builders of the transports print themselves: without header values and addresses.
impl fmt::Debug for OtlpBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpBuilder")
            .field("protocol", &self.protocol)
            .field("env_protocol", &self.env_protocol)
            .field("timeout", &self.timeout)
            .field("env_timeout", &self.env_timeout)
            .field("reliability", &self.reliability)
            .field("grpc", &self.grpc)
            .field("http", &self.http)
            .finish()
    }
}
