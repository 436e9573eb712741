use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use meterport_core::{
    AggregationSelector, Clock, Component, ConfigError, TemporalitySelector, Variables,
};
use meterport_net::{BatchSender, Compression, HttpClientBuilder, Proxy, StaticHeaders, Tls};
use meterport_otlp::{Format, OtlpSettings, Protocol};

use crate::OtlpHttpExporter;
use crate::target::Target;
use crate::wire::{Encoding, Wire};

/// Settings of an [`OtlpHttpExporter`].
///
/// What is set in code counts more than what [`with_env`](Self::with_env) finds, in whatever
/// order the two are called.
#[derive(Default)]
pub struct OtlpHttpBuilder {
    settings: OtlpSettings,
    target: Target,
    format: Option<Format>,
    compression: Option<Compression>,
    clock: Option<Arc<dyn Clock>>,
    tls: Option<Tls>,
    proxy: Option<Proxy>,
    /// That of the environment.
    found_proxy: Option<Proxy>,
    client: HttpClientBuilder,
}

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
        self.settings.insecure(insecure);
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
        self.settings.header(name, value);
        self
    }

    /// How long an export may take: 10 s by default; zero means no limit. The deadline of a call
    /// bounds it too.
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

    /// The largest body of a request, in bytes before compression: 64 MiB by default. What is
    /// larger fails with [`ErrorKind::TooLarge`](meterport_core::ErrorKind::TooLarge), unsent.
    #[must_use]
    pub fn request_limit(mut self, bytes: u64) -> Self {
        self.settings.request_limit(bytes);
        self
    }

    /// How connections to an `https` endpoint are secured: by the system's roots by default. Set
    /// in code, the variables mean nothing.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_CERTIFICATE`, `OTEL_EXPORTER_OTLP_CLIENT_KEY`,
    /// `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and their `OTEL_EXPORTER_OTLP_METRICS_` forms.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Through which proxy the receiver is reached: none by default.
    ///
    /// Variables: `http_proxy`, `https_proxy`, `all_proxy`, `no_proxy`.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// A name for errors, logs and metrics about exporting, where several exporters of one type
    /// must be told apart.
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.settings.name(name);
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
        self.settings.read(variables)?;
        self.found_proxy = Some(Proxy::from_variables(variables)?);
        Ok(self)
    }

    meterport_net::client_settings!(hook service response_limit connect_timeout pool_idle_timeout http2);

    /// The exporter. Connects to nothing and spawns nothing.
    ///
    /// # Errors
    /// A setting that cannot be used; the text names it, and the Cargo feature where one is
    /// missing: `https` without TLS, JSON, a codec.
    pub fn build(self) -> Result<OtlpHttpExporter, ConfigError> {
        let settings = &self.settings;
        let endpoint = self.target.resolve(settings)?;
        let encoding = self.encoding()?;
        let headers = settings.headers(|headers| {
            StaticHeaders::from_pairs(headers.iter().map(|(name, value)| (&**name, &**value)))
        })?;
        let user_agent = HeaderValue::try_from(settings.user_agent()?)
            .map_err(|_| ConfigError::new("user_agent_prefix", "can be in no header"))?;
        let mut client = self.client.endpoint(&endpoint).headers(headers);
        if let Some(tls) = settings.tls(self.tls, endpoint.is_tls(), Tls::from_files)? {
            client = client.tls(tls);
        }
        if let Some(proxy) = self.proxy.or(self.found_proxy) {
            client = client.proxy(proxy);
        }
        let component = settings.named(endpoint.describe(component(encoding.format)));
        let wire = Wire { endpoint, encoding, user_agent, clock: self.clock };
        let sender = BatchSender::new(wire, client.build()?, component, settings.time_limit());
        Ok(OtlpHttpExporter::new(sender, settings.preferences()))
    }

    fn encoding(&self) -> Result<Encoding, ConfigError> {
        let compression =
            self.settings.compression(self.compression, |found: &Compression| found.available())?;
        let limit = self.settings.size_limit();
        if let Some(format) = self.format {
            return Encoding::new(format, compression, limit);
        }
        self.settings.protocol(|protocol| {
            let format = match protocol {
                Some(Protocol::HttpJson) => Format::Json,
                Some(Protocol::HttpProtobuf) | None => Format::Protobuf,
                Some(Protocol::Grpc) => {
                    let problem = "grpc, which this exporter does not speak";
                    return Err(ConfigError::new("protocol", problem));
                }
            };
            Encoding::new(format, compression, limit)
        })
    }
}

/// The types are those of the semantic conventions for SDK components.
fn component(format: Format) -> Component {
    Component::new(match format {
        Format::Json => "otlp_http_json_metric_exporter",
        Format::Protobuf => "otlp_http_metric_exporter",
    })
}

/// Header values, addresses and services are left out.
impl fmt::Debug for OtlpHttpBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpHttpBuilder")
            .field("settings", &self.settings)
            .field("target", &self.target)
            .field("format", &self.format)
            .field("compression", &self.compression)
            .field("client", &self.client)
            .field("tls", &self.tls)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}
