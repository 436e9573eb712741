use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use meterport_core::{AggregationSelector, Clock, Component, ConfigError};
use meterport_net::{Compression, Endpoint, HttpClientBuilder};
use meterport_prom::{Escaping, Exposition, Format, Translation};

use crate::encoding::Pushed;
use crate::exporter::{AtShutdown, Parts, PushgatewayExporter};
use crate::grouping::Grouping;
use crate::wire::{PushMethod, Wire};

/// Where the gateway is if nobody says otherwise.
const DEFAULT: &str = "http://localhost:9091";
const TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_LIMIT: u64 = 64 << 20;
const USER_AGENT: &str = concat!("meterport-prom-push/", env!("CARGO_PKG_VERSION"));

/// Settings of a [`PushgatewayExporter`].
pub struct PushgatewayBuilder {
    grouping: Result<Grouping, ConfigError>,
    endpoint: Option<String>,
    method: PushMethod,
    format: Format,
    escaping: Escaping,
    compression: Compression,
    translation: Arc<Translation>,
    aggregation: AggregationSelector,
    at_shutdown: AtShutdown,
    timeout: Option<Duration>,
    request_limit: u64,
    clock: Option<Arc<dyn Clock>>,
    name: Option<Arc<str>>,
    client: HttpClientBuilder,
}

impl PushgatewayBuilder {
    pub(crate) fn new(job: String) -> Self {
        Self {
            grouping: Grouping::new(job),
            endpoint: None,
            method: PushMethod::default(),
            format: Format::Protobuf,
            escaping: Escaping::default(),
            compression: Compression::Identity,
            translation: Arc::default(),
            aggregation: AggregationSelector::default(),
            at_shutdown: AtShutdown::default(),
            timeout: Some(TIMEOUT),
            request_limit: REQUEST_LIMIT,
            clock: None,
            name: None,
            client: HttpClientBuilder::default(),
        }
    }

    /// The address of the gateway, with the prefix of its routes if it has one:
    /// `http://localhost:9091` by default. Without a scheme it is `http`.
    #[must_use]
    pub fn endpoint(mut self, base: impl Into<String>) -> Self {
        self.endpoint = Some(base.into());
        self
    }

    /// Adds a label to the group; see [`Grouping::with`].
    #[must_use]
    pub fn grouping(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.grouping = self.grouping.and_then(|grouping| grouping.with(name, value));
        self
    }

    /// What a push does to the group: it replaces all of it by default.
    #[must_use]
    pub fn method(mut self, method: PushMethod) -> Self {
        self.method = method;
        self
    }

    /// [`Format::Protobuf`] (default), which has native histograms, exemplars and start timestamps;
    /// or [`Format::Text`]. Gateways read nothing else.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Whether names may have any character: no by default, as gateways need
    /// `--push.enable-utf8-names` for it. Without, what is not legal becomes `_`.
    #[must_use]
    pub fn utf8_names(mut self, allowed: bool) -> Self {
        self.escaping = if allowed { Escaping::AllowUtf8 } else { Escaping::Underscores };
        self
    }

    /// How bodies are compressed: not at all by default, or gzip.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// How names and labels become Prometheus': by the specification's default unless said
    /// otherwise.
    #[must_use]
    pub fn translation(mut self, translation: impl Into<Arc<Translation>>) -> Self {
        self.translation = translation.into();
        self
    }

    /// How instruments are aggregated.
    #[must_use]
    pub fn aggregation(mut self, aggregation: AggregationSelector) -> Self {
        self.aggregation = aggregation;
        self
    }

    /// What a shutdown does: pushes what is owed, by default.
    #[must_use]
    pub fn at_shutdown(mut self, what: AtShutdown) -> Self {
        self.at_shutdown = what;
        self
    }

    /// How long a push may take: 10 s by default; `None` leaves it to the deadline of the call,
    /// which bounds it too.
    #[must_use]
    pub fn timeout(mut self, limit: Option<Duration>) -> Self {
        self.timeout = limit;
        self
    }

    /// The largest body of a request, in bytes before compression: 64 MiB by default. What is
    /// larger fails with [`ErrorKind::TooLarge`](meterport_core::ErrorKind::TooLarge), unsent.
    #[must_use]
    pub fn request_limit(mut self, bytes: u64) -> Self {
        self.request_limit = bytes;
        self
    }

    /// The clock by which dates in `Retry-After` are read: the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// A name for errors, logs and metrics about exporting, where several exporters of one type
    /// must be told apart.
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    meterport_net::client_settings!(header hook service connect_timeout tls proxy);

    /// The exporter. Connects to nothing and spawns nothing.
    ///
    /// # Errors
    /// A setting that cannot be used; the text names it, and the Cargo feature where one is
    /// missing: `https` without TLS, gzip.
    pub fn build(self) -> Result<PushgatewayExporter, ConfigError> {
        if !matches!(self.format, Format::Protobuf | Format::Text) {
            let text = format!("a Pushgateway does not read {}", self.format);
            return Err(ConfigError::new("format", text));
        }
        if matches!(self.compression, Compression::Zstd { .. }) {
            return Err(ConfigError::new("compression", "a Pushgateway does not read zstd"));
        }
        self.compression.available()?;
        let grouping = self.grouping?;
        let base = self.endpoint.as_deref().unwrap_or(DEFAULT);
        let endpoint = Endpoint::parse("endpoint", base, true)?.join(&grouping.path())?;
        let client = self.client.endpoint(&endpoint).build()?;
        let mut component = endpoint.describe(Component::new("prometheus_pushgateway_exporter"));
        component.name = self.name;
        let exposition = Exposition::new(self.translation, self.format, self.escaping);
        let wire = Wire {
            endpoint,
            method: self.method,
            format: self.format,
            encoder: Pushed(exposition),
            compression: self.compression,
            limit: self.request_limit,
            user_agent: HeaderValue::from_static(USER_AGENT),
            clock: self.clock,
        };
        Ok(PushgatewayExporter::new(Parts {
            wire,
            client,
            component,
            timeout: self.timeout,
            aggregation: self.aggregation,
            at_shutdown: self.at_shutdown,
        }))
    }
}

/// Header values, addresses and services are left out.
impl fmt::Debug for PushgatewayBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushgatewayBuilder")
            .field("grouping", &self.grouping)
            .field("method", &self.method)
            .field("format", &self.format)
            .field("compression", &self.compression)
            .field("at_shutdown", &self.at_shutdown)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
