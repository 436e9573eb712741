use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use meterport_core::{
    AggregationSelector, Clock, Component, ConfigError, TemporalitySelector, Variables,
};
use meterport_net::{
    BoxError, Compression, Endpoint, HttpClient, HttpClientBuilder, REQUEST_LIMIT, RequestBody,
    RequestHook, RequestHooks, StaticHeaders,
};
use meterport_otlp::{
    COMPRESSION_VARIABLES, Format, HEADERS_VARIABLES, OtlpEnv, PROTOCOL_VARIABLES, Protocol,
};
use tower_service::Service;

use crate::OtlpHttpExporter;
use crate::exporter::Parts;
use crate::target::Target;
use crate::wire::Wire;

/// Settings of an [`OtlpHttpExporter`].
///
/// What is set in code counts more than what [`with_env`](Self::with_env) finds, in whatever
/// order the two are called.
#[derive(Default)]
pub struct OtlpHttpBuilder {
    target: Target,
    format: Option<Format>,
    compression: Option<Compression>,
    headers: Option<Vec<(String, String)>>,
    hooks: RequestHooks,
    timeout: Option<Option<Duration>>,
    user_agent_prefix: Option<String>,
    temporality: Option<TemporalitySelector>,
    aggregation: Option<AggregationSelector>,
    request_limit: Option<u64>,
    name: Option<Arc<str>>,
    clock: Option<Arc<dyn Clock>>,
    client: Vec<ClientSetting>,
    env: OtlpEnv,
    names: EnvNames,
}

/// The variables that were found, for errors that show only when the exporter is built.
#[derive(Default)]
struct EnvNames {
    protocol: Option<&'static str>,
    headers: Option<&'static str>,
    compression: Option<&'static str>,
}

impl EnvNames {
    fn find(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        let find = |names: [&'static str; 2]| Ok(variables.text(&names)?.map(|(name, _)| name));
        Ok(Self {
            protocol: find(PROTOCOL_VARIABLES)?,
            headers: find(HEADERS_VARIABLES)?,
            compression: find(COMPRESSION_VARIABLES)?,
        })
    }
}

/// The error, under the name of the variable that led to it, if one did.
fn blame(variable: Option<&'static str>, error: ConfigError) -> ConfigError {
    match variable {
        Some(name) => ConfigError::new(name, error.to_string()),
        None => error,
    }
}

/// Settings of the client, which is only begun when the endpoint is known.
type ClientSetting = Box<dyn FnOnce(HttpClientBuilder) -> HttpClientBuilder + Send>;

impl OtlpHttpBuilder {
    /// The address of the receiver, to which `v1/metrics` is added: `http://host:port`, with a
    /// path and a query if need be; `unix:/path/of/socket`; or a bare `host:port`, which is
    /// `https` unless [`insecure`](Self::insecure). `http://localhost:4318` by default.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_ENDPOINT`.
    #[must_use]
    pub fn endpoint(mut self, base: impl Into<String>) -> Self {
        self.target.base(base.into());
        self
    }

    /// The address of the receiver, used as it is.
    ///
    /// Variable: `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.target.url(url.into());
        self
    }

    /// The path of requests, in place of whatever the address and `v1/metrics` make.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.target.path = Some(path.into());
        self
    }

    /// Whether an address without a scheme is reached without TLS. Where there is a scheme, it
    /// wins.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_INSECURE`, `OTEL_EXPORTER_OTLP_METRICS_INSECURE`.
    #[must_use]
    pub fn insecure(mut self, insecure: bool) -> Self {
        self.target.insecure = Some(insecure);
        self
    }

    /// Protobuf (default) or JSON; the latter needs the Cargo feature `json`.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_PROTOCOL`, `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// How bodies are compressed: not at all by default, as the specification has it.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_COMPRESSION`, `OTEL_EXPORTER_OTLP_METRICS_COMPRESSION`.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// Adds a header to every request. The value is secret: it is in no log and no error. As soon
    /// as one is set in code, those of the environment are not used.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_METRICS_HEADERS`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.get_or_insert_default().push((name.into(), value.into()));
        self
    }

    /// Adds a hook that prepares every attempt, after the headers: authentication, say.
    #[must_use]
    pub fn hook(mut self, hook: impl RequestHook) -> Self {
        self.hooks.push(hook);
        self
    }

    /// Sends through a service of one's own instead of Meterport's client. The settings of
    /// connections mean nothing then; deadline, limits, headers and hooks stay.
    #[must_use]
    pub fn service<S, B>(self, service: S) -> Self
    where
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.client(|client| client.service(service))
    }

    /// How long an export may take: 10 s by default; zero means no limit. The deadline of a call
    /// bounds it too.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_TIMEOUT`, `OTEL_EXPORTER_OTLP_METRICS_TIMEOUT`, in
    /// milliseconds.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(Some(limit).filter(|limit| !limit.is_zero()));
        self
    }

    /// A product to name in front of `OTel-OTLP-Exporter-Rust/…` in the `User-Agent` header, such
    /// as `my-app/1.2`.
    #[must_use]
    pub fn user_agent_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.user_agent_prefix = Some(prefix.into());
        self
    }

    /// Which instruments are cumulative, and which delta: cumulative all by default.
    ///
    /// Variable: `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`.
    #[must_use]
    pub fn temporality(mut self, temporality: TemporalitySelector) -> Self {
        self.temporality = Some(temporality);
        self
    }

    /// How instruments are aggregated.
    ///
    /// Variable: `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`.
    #[must_use]
    pub fn aggregation(mut self, aggregation: AggregationSelector) -> Self {
        self.aggregation = Some(aggregation);
        self
    }

    /// The largest body of a request, in bytes before compression: 64 MiB by default. What is
    /// larger fails with [`ErrorKind::TooLarge`](meterport_core::ErrorKind::TooLarge), unsent.
    #[must_use]
    pub fn request_limit(mut self, bytes: u64) -> Self {
        self.request_limit = Some(bytes);
        self
    }

    /// The largest body of an answer, in bytes after decompression: 4 MiB by default.
    #[must_use]
    pub fn response_limit(self, bytes: usize) -> Self {
        self.client(move |client| client.response_limit(bytes))
    }

    /// How long a connection may take to open: 10 s by default; `None` leaves it to the deadline.
    #[must_use]
    pub fn connect_timeout(self, limit: Option<Duration>) -> Self {
        self.client(move |client| client.connect_timeout(limit))
    }

    /// How long an idle connection is kept open: 90 s by default; zero keeps none.
    #[must_use]
    pub fn pool_idle_timeout(self, idle: Duration) -> Self {
        self.client(move |client| client.pool_idle_timeout(idle))
    }

    /// HTTP/2 with prior knowledge instead of HTTP/1.1; Cargo feature `http2`.
    #[must_use]
    pub fn http2(self, enabled: bool) -> Self {
        self.client(move |client| client.http2(enabled))
    }

    /// A name for errors, logs and metrics about exporting, where several exporters of one type
    /// must be told apart.
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The clock by which dates in `Retry-After` are read: the system's by default.
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
        self.env = OtlpEnv::read(variables)?;
        self.names = EnvNames::find(variables)?;
        Ok(self)
    }

    fn client(
        mut self,
        setting: impl FnOnce(HttpClientBuilder) -> HttpClientBuilder + Send + 'static,
    ) -> Self {
        self.client.push(Box::new(setting));
        self
    }

    /// The exporter. Connects to nothing and spawns nothing.
    ///
    /// # Errors
    /// A setting that cannot be used; the text names it, and the Cargo feature where one is
    /// missing: `https` without TLS, JSON, a codec.
    pub fn build(self) -> Result<OtlpHttpExporter, ConfigError> {
        let endpoint = self.target.resolve(&self.env)?;
        let wire = self.wire()?;
        let headers = self.headers.as_ref().or(self.env.headers.as_ref());
        let headers = headers.into_iter().flatten().map(|(name, value)| (&**name, &**value));
        let headers = StaticHeaders::from_pairs(headers).map_err(|error| match &self.headers {
            Some(_) => error,
            None => blame(self.names.headers, error),
        })?;
        let timeout = self.timeout.unwrap_or_else(|| self.env.time_limit());
        let user_agent = user_agent(self.user_agent_prefix.as_deref())?;
        let mut client = HttpClient::builder(&endpoint);
        for setting in self.client {
            client = setting(client);
        }
        if !headers.is_empty() {
            client = client.hook(headers);
        }
        let client = client.hook(self.hooks).build()?;
        Ok(OtlpHttpExporter::new(Parts {
            component: component(&endpoint, wire.format, self.name),
            client,
            endpoint,
            wire,
            user_agent,
            timeout,
            temporality: self.temporality.or(self.env.temporality).unwrap_or_default(),
            aggregation: self.aggregation.or(self.env.aggregation).unwrap_or_default(),
            clock: self.clock,
        }))
    }

    fn wire(&self) -> Result<Wire, ConfigError> {
        let format = match (self.format, self.env.protocol) {
            (Some(format), _) => format,
            (None, Some(Protocol::HttpJson)) => Format::Json,
            (None, Some(Protocol::HttpProtobuf) | None) => Format::Protobuf,
            (None, Some(Protocol::Grpc)) => {
                let problem = "asks for grpc, which this exporter does not speak";
                let name = self.names.protocol.unwrap_or(PROTOCOL_VARIABLES[1]);
                return Err(ConfigError::new(name, problem));
            }
        };
        let compression = self.compression.unwrap_or(match self.env.compression {
            Some(meterport_otlp::Compression::Gzip) => Compression::GZIP,
            Some(meterport_otlp::Compression::Zstd) => Compression::ZSTD,
            _ => Compression::Identity,
        });
        let by_env = |said: bool, name| if said { None } else { name };
        compression.available().map_err(|error| {
            blame(by_env(self.compression.is_some(), self.names.compression), error)
        })?;
        Wire::new(format, compression, self.request_limit.unwrap_or(REQUEST_LIMIT as u64))
            .map_err(|error| blame(by_env(self.format.is_some(), self.names.protocol), error))
    }
}

/// The types are those of the semantic conventions for SDK components.
fn component(endpoint: &Endpoint, format: Format, name: Option<Arc<str>>) -> Component {
    let kind = match format {
        Format::Json => "otlp_http_json_metric_exporter",
        Format::Protobuf => "otlp_http_metric_exporter",
    };
    let component = endpoint.describe(Component::new(kind));
    match name {
        Some(name) => component.with_name(name),
        None => component,
    }
}

/// The specification's form (OTLP exporter, "User Agent"), with who it is in a comment.
fn user_agent(prefix: Option<&str>) -> Result<http::HeaderValue, ConfigError> {
    let own = concat!("OTel-OTLP-Exporter-Rust/", env!("CARGO_PKG_VERSION"), " (meterport)");
    let whole = match prefix.map(str::trim).filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => format!("{prefix} {own}"),
        None => own.to_owned(),
    };
    http::HeaderValue::try_from(whole)
        .map_err(|_| ConfigError::new("user_agent_prefix", "has characters no header can have"))
}

/// Header values, addresses and services are left out.
impl fmt::Debug for OtlpHttpBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpHttpBuilder")
            .field("target", &self.target)
            .field("format", &self.format)
            .field("compression", &self.compression)
            .field("timeout", &self.timeout)
            .field("hooks", &self.hooks)
            .field("env", &self.env)
            .finish_non_exhaustive()
    }
}
