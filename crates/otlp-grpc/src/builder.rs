use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body::Body;
use meterport_core::{
    AggregationSelector, Clock, Component, ConfigError, TemporalitySelector, Variables,
};
use meterport_net::{
    BatchSender, BoxError, Compression, Endpoint, HttpClient, HttpClientBuilder, Proxy,
    RESPONSE_LIMIT, RequestBody, RequestHook, RequestHooks, Tls,
};
use meterport_otlp::{OtlpSettings, Protocol};
use tower_service::Service;

use crate::channel::{Channels, Settings};
use crate::metadata::{self, Binary};
use crate::timeout::GrpcTimeout;
use crate::wire::{self, PREFIX, Wire};
use crate::{OtlpGrpcExporter, Resolve, answer, target};

/// Settings of an [`OtlpGrpcExporter`].
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
    pub fn service<S, B>(mut self, service: S) -> Self
    where
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
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

    /// How long a connection may take to open: 10 s by default, divided among the addresses of
    /// the receiver's name; `None` leaves it to the deadline.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Option<Duration>) -> Self {
        self.channels.connect_timeout = limit;
        self
    }

    /// How long nothing is heard of the other side before it is pinged, while an answer is
    /// awaited: 30 s by default; `None` never pings. Below 10 s, servers may take it for abuse.
    #[must_use]
    pub fn keepalive_interval(mut self, idle: Option<Duration>) -> Self {
        self.channels.keepalive_interval = idle;
        self
    }

    /// How long a ping may go unanswered before the connection is given up: 5 s by default.
    #[must_use]
    pub fn keepalive_timeout(mut self, limit: Duration) -> Self {
        self.channels.keepalive_timeout = limit;
        self
    }

    /// Whether the other side is pinged while no answer is awaited, too: not by default, since
    /// servers of grpc-go close connections for it, unless they are told to permit it.
    #[must_use]
    pub fn keepalive_while_idle(mut self, enabled: bool) -> Self {
        self.channels.keepalive_while_idle = enabled;
        self
    }

    /// How long a TCP connection is idle before the system probes it: 30 s by default; `None`
    /// never does.
    #[must_use]
    pub fn tcp_keepalive(mut self, idle: Option<Duration>) -> Self {
        self.channels.tcp_keepalive = idle;
        self
    }

    /// After how long the receiver's name is resolved anew, if an export is due then: 60 s by
    /// default; `None` does so only when a connection fails.
    #[must_use]
    pub fn resolve_interval(mut self, interval: Option<Duration>) -> Self {
        self.channels.resolve_interval = interval;
        self
    }

    /// Finds the receiver's addresses in place of the system's resolver. Its name stays what
    /// certificates are checked against.
    #[must_use]
    pub fn resolver(mut self, resolver: impl Resolve) -> Self {
        self.channels.resolver = Some(Arc::new(resolver));
        self
    }

    /// How connections to an `https` endpoint are secured: by the system's roots by default. Set
    /// in code, the variables mean nothing.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_CERTIFICATE`, `OTEL_EXPORTER_OTLP_CLIENT_KEY`,
    /// `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and their `OTEL_EXPORTER_OTLP_METRICS_` forms.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.channels.tls = Some(tls);
        self
    }

    /// Through which proxy the receiver is reached: none by default.
    ///
    /// Variables: `http_proxy`, `https_proxy`, `all_proxy`, `no_proxy`.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.channels.proxy = Some(proxy);
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

    /// The exporter. Connects to nothing and spawns nothing.
    ///
    /// # Errors
    /// A setting that cannot be used; the text names it, and the Cargo feature where one is
    /// missing: `https` without TLS, a codec.
    pub fn build(mut self) -> Result<OtlpGrpcExporter, ConfigError> {
        let settings = &self.settings;
        settings.protocol(speaks_grpc)?;
        let endpoint = target::resolve(self.endpoint.as_deref(), settings)?;
        let compression =
            settings.compression(self.compression, |found: &Compression| found.available())?;
        let headers = settings.headers(|texts| metadata::headers(texts, &self.binary))?;
        let user_agent = HeaderValue::try_from(settings.user_agent()?)
            .map_err(|_| ConfigError::new("user_agent_prefix", "can be in no header"))?;
        let said = self.channels.tls.take();
        self.channels.tls = settings.tls(said, endpoint.is_tls(), Tls::from_files)?;
        let mut client = client(&endpoint, self.service, self.channels)?
            .response_limit(self.response_limit.saturating_add(PREFIX))
            .refusal(answer::refuses);
        if !headers.is_empty() {
            client = client.hook(headers);
        }
        let client = client.hook(self.hooks).hook(GrpcTimeout).build()?;
        let component = Component::new("otlp_grpc_metric_exporter");
        let component = settings.named(endpoint.describe(component));
        let wire = Wire {
            endpoint,
            compression,
            request_limit: settings.size_limit(),
            response_limit: self.response_limit,
            user_agent,
            accepted: wire::accepted(),
            clock: self.clock,
        };
        let sender = BatchSender::new(wire, client, component, settings.time_limit());
        Ok(OtlpGrpcExporter::new(sender, settings.preferences()))
    }
}

fn client(
    endpoint: &Endpoint,
    service: Option<ServiceSetting>,
    channels: Settings,
) -> Result<HttpClientBuilder, ConfigError> {
    let client = HttpClient::builder(endpoint);
    Ok(match service {
        Some(own) => own(client),
        None => client.service(Channels::new(endpoint, channels)?),
    })
}

fn speaks_grpc(protocol: Option<Protocol>) -> Result<(), ConfigError> {
    match protocol {
        None | Some(Protocol::Grpc) => Ok(()),
        Some(_) => Err(ConfigError::new(
            "protocol",
            "is OTLP over HTTP, which this exporter does not speak",
        )),
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
