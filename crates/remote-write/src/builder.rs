use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use meterport_core::{AggregationSelector, Clock, Component, ConfigError};
use meterport_net::{Endpoint, HttpClientBuilder};
use meterport_prom::Translation;

use crate::exporter::{Parts, RemoteWriteExporter};
use crate::metadata::Metadata;
use crate::request::Limits;
use crate::wire::{VERSION, Wire};
use crate::{BoundFormat, Encoder, Protocol, Version};

/// Prometheus' own (`remote_timeout`).
const TIMEOUT: Duration = Duration::from_secs(30);
/// What receivers take: Prometheus' refuses more than 32 MiB, compressed or not.
const REQUEST_LIMIT: u64 = 32 << 20;
/// Prometheus' own (`metadata_config.send_interval`).
const METADATA_INTERVAL: Duration = Duration::from_secs(60);
const USER_AGENT: &str = concat!("meterport-remote-write/", env!("CARGO_PKG_VERSION"));

const RESERVED: [&str; 6] =
    ["accept-encoding", "host", "keep-alive", "user-agent", "www-authenticate", VERSION];

/// Settings of a [`RemoteWriteExporter`].
pub struct RemoteWriteBuilder {
    endpoint: Option<String>,
    protocol: Protocol,
    translation: Translation,
    external: Vec<(String, String)>,
    bounds: BoundFormat,
    exemplars: bool,
    custom_buckets: bool,
    aggregation: AggregationSelector,
    retry_throttled: bool,
    divide_refused: bool,
    metadata_interval: Option<Duration>,
    user_agent_prefix: Option<String>,
    timeout: Option<Duration>,
    request_limit: u64,
    sample_limit: Option<u64>,
    clock: Option<Arc<dyn Clock>>,
    name: Option<Arc<str>>,
    client: HttpClientBuilder,
}

impl Default for RemoteWriteBuilder {
    fn default() -> Self {
        Self {
            endpoint: None,
            protocol: Protocol::default(),
            translation: Translation::default(),
            external: Vec::new(),
            bounds: BoundFormat::default(),
            exemplars: true,
            custom_buckets: false,
            aggregation: AggregationSelector::default(),
            retry_throttled: true,
            divide_refused: true,
            metadata_interval: Some(METADATA_INTERVAL),
            user_agent_prefix: None,
            timeout: Some(TIMEOUT),
            request_limit: REQUEST_LIMIT,
            sample_limit: None,
            clock: None,
            name: None,
            client: HttpClientBuilder::default(),
        }
    }
}

impl RemoteWriteBuilder {
    /// The address that is written to, all of it: the protocol has no path of its own. Prometheus has
    /// `http://localhost:9090/api/v1/write`. Without a scheme it is `http`.
    #[must_use]
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Which version is spoken: 2.0, and 1.0 to receivers that know nothing else, by default.
    #[must_use]
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// How names, scopes and resources become Prometheus': by the specification's default, with
    /// `job`, `instance` and `target_info`, unless said otherwise. [`Target::Info`](crate::Target::Info)
    /// means the same here as [`Target::JobAndInstance`](crate::Target::JobAndInstance): nobody scrapes
    /// what is pushed.
    ///
    /// `target_info` is written once a minute for each resource, at the time of a batch's newest
    /// point: more often, and requests that overtake each other would disorder its samples.
    #[must_use]
    pub fn translation(mut self, translation: Translation) -> Self {
        self.translation = translation;
        self
    }

    /// Adds a label to every series that has none of the name, as Prometheus' `external_labels`:
    /// `cluster`, or `__replica__` where receivers tell a pair of senders apart by it.
    #[must_use]
    pub fn external_label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.external.push((name.into(), value.into()));
        self
    }

    /// How bounds of buckets and quantiles are written; see [`BoundFormat`] for the default and its
    /// reason.
    #[must_use]
    pub fn bound_format(mut self, format: BoundFormat) -> Self {
        self.bounds = format;
        self
    }

    /// Whether exemplars are sent: yes by default. A receiver that has no use for them leaves them
    /// out.
    #[must_use]
    pub fn exemplars(mut self, exemplars: bool) -> Self {
        self.exemplars = exemplars;
        self
    }

    /// Whether explicit histograms are sent as native histograms with custom buckets, one series
    /// instead of one for each bucket: no by default. 1.0 has none: there they stay classic.
    #[must_use]
    pub fn custom_buckets(mut self, custom_buckets: bool) -> Self {
        self.custom_buckets = custom_buckets;
        self
    }

    /// How instruments are aggregated.
    #[must_use]
    pub fn aggregation(mut self, aggregation: AggregationSelector) -> Self {
        self.aggregation = aggregation;
        self
    }

    /// Whether 429 is to be tried again ("MAY"): yes by default. Prometheus does not by default,
    /// because its queue would wait for ever; retries here are bounded.
    #[must_use]
    pub fn retry_throttled(mut self, retry: bool) -> Self {
        self.retry_throttled = retry;
        self
    }

    /// Whether a request that the receiver calls too large (413) may come again in pieces: yes by
    /// default, as an error that a splitting decorator acts on. By the letter of the specification a
    /// 4xx is final ("MUST NOT retry"), and all of it is lost.
    #[must_use]
    pub fn divide_refused(mut self, divide: bool) -> Self {
        self.divide_refused = divide;
        self
    }

    /// How often types, help and units are sent by 1.0, which has requests of their own for it: once a
    /// minute by default, as Prometheus does; never with `None`. New ones follow the first export
    /// that has them. 2.0 has them with each series.
    #[must_use]
    pub fn metadata_interval(mut self, interval: Option<Duration>) -> Self {
        self.metadata_interval = interval;
        self
    }

    /// The tenant at receivers that have several: the header `X-Scope-OrgID` of Mimir, Cortex and
    /// others.
    #[must_use]
    pub fn tenant(self, id: impl AsRef<str>) -> Self {
        self.header("x-scope-orgid", id)
    }

    /// What comes before this crate's name and version in the header `User-Agent`: the program's own,
    /// as `my-app/1.2`.
    #[must_use]
    pub fn user_agent_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.user_agent_prefix = Some(prefix.into());
        self
    }

    /// How long a request may take: 30 s by default, as in Prometheus; `None` leaves it to the
    /// deadline of the call, which bounds it too.
    #[must_use]
    pub fn timeout(mut self, limit: Option<Duration>) -> Self {
        self.timeout = limit;
        self
    }

    /// The largest message, in bytes before compression: 32 MiB by default, what Prometheus takes.
    /// What is larger fails with [`ErrorKind::TooLarge`](meterport_core::ErrorKind::TooLarge), unsent,
    /// so that a splitting decorator cuts it.
    #[must_use]
    pub fn request_limit(mut self, bytes: u64) -> Self {
        self.request_limit = bytes;
        self
    }

    /// The most samples and histograms of a request: without a limit by default. What has more fails as
    /// what is [too large](Self::request_limit) does. It is for receivers that count them: a point may
    /// have many samples, one for each bucket.
    #[must_use]
    pub fn sample_limit(mut self, samples: Option<u64>) -> Self {
        self.sample_limit = samples;
        self
    }

    /// The clock by which dates in `Retry-After` are read, and points without a time are dated: the
    /// system's by default.
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
    /// A setting that cannot be used, or no endpoint; the text names it, and the Cargo feature where
    /// one is missing: `https` without TLS.
    pub fn build(self) -> Result<RemoteWriteExporter, ConfigError> {
        let encoders = self.encoders()?;
        let user_agent = self.user_agent()?;
        let missing = || ConfigError::new("endpoint", "is not set");
        let url = self.endpoint.as_deref().ok_or_else(missing)?;
        let endpoint = Endpoint::parse("endpoint", url, true)?;
        let client = self.client.endpoint(&endpoint).reserved_headers(is_reserved).build()?;
        let mut component = endpoint.describe(Component::new("prometheus_remote_write_exporter"));
        component.name = self.name;
        let (targets, totals) = (Arc::default(), Arc::default());
        let wires = encoders.map(|encoder| Wire {
            endpoint: endpoint.clone(),
            encoder,
            limits: Limits { bytes: self.request_limit, samples: self.sample_limit },
            user_agent: user_agent.clone(),
            clock: self.clock.clone(),
            retry_throttled: self.retry_throttled,
            divide_refused: self.divide_refused,
            targets: Arc::clone(&targets),
            totals: Arc::clone(&totals),
        });
        Ok(RemoteWriteExporter::new(Parts {
            wires,
            client,
            component,
            protocol: self.protocol,
            timeout: self.timeout,
            aggregation: self.aggregation,
            metadata: Metadata::new(self.metadata_interval),
            targets,
            totals,
        }))
    }

    /// One for each version.
    fn encoders(&self) -> Result<[Encoder; 2], ConfigError> {
        let [v1, v2] = Version::ALL.map(|version| {
            let encoder = Encoder::new(version)
                .with_translation(self.translation.clone())
                .with_bound_format(self.bounds)
                .with_exemplars(self.exemplars)
                .with_custom_buckets(self.custom_buckets);
            self.external.iter().try_fold(encoder, |encoder, (name, value)| {
                encoder.with_external_label(name, value)
            })
        });
        Ok([v1?, v2?])
    }

    fn user_agent(&self) -> Result<HeaderValue, ConfigError> {
        let text = match self.user_agent_prefix.as_deref().map(str::trim) {
            None | Some("") => return Ok(HeaderValue::from_static(USER_AGENT)),
            Some(prefix) => format!("{prefix} {USER_AGENT}"),
        };
        HeaderValue::try_from(text)
            .map_err(|_| ConfigError::new("user_agent_prefix", "can be in no header"))
    }
}

/// Whether a header, beside those that [`StaticHeaders`](crate::StaticHeaders) refuses, is the
/// protocol's ("MUST NOT allow users to override reserved headers").
fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || name.starts_with("proxy-")
}

/// Header values, addresses and services are left out.
impl fmt::Debug for RemoteWriteBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteWriteBuilder")
            .field("protocol", &self.protocol)
            .field("translation", &self.translation)
            .field("external", &self.external)
            .field("bounds", &self.bounds)
            .field("exemplars", &self.exemplars)
            .field("custom_buckets", &self.custom_buckets)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
