use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderValue;
use meterport_core::{Clock, ConfigError, Resource};
use meterport_net::{Endpoint, HttpClientBuilder};
use meterport_prom::Format;
use meterport_worker::{FailureLog, SystemClock};

use crate::model::Model;
use crate::negotiation::{FORMATS, accept};
use crate::producer::{ScrapeProducer, Shared, State};
use crate::reader::SAMPLE_LIMIT;
use crate::target::Labels;

const TIMEOUT: Duration = Duration::from_secs(10);
const BODY_LIMIT: usize = 64 << 20;
const USER_AGENT: &str = concat!("meterport-prom-scrape/", env!("CARGO_PKG_VERSION"));

/// Where the name of the job and the address of the instance stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "on the resource, or on the series")]
pub enum TargetLabels {
    /// In the resource, as `service.name` and `service.instance.id` (OpenTelemetry,
    /// `prometheus_and_openmetrics.md`, "Resource Attributes"); series stay as they are on the page.
    #[default]
    Resource,
    /// On each series, as labels `job` and `instance`: what Prometheus stores. The resource is
    /// empty.
    Series,
}

/// Settings of a [`ScrapeProducer`].
pub struct ScrapeBuilder {
    job: Arc<str>,
    instance: Option<Arc<str>>,
    address: String,
    labels: Vec<(Arc<str>, Arc<str>)>,
    target_labels: TargetLabels,
    honor_labels: bool,
    timestamps: bool,
    report: bool,
    formats: Vec<Format>,
    fallback: Option<Format>,
    timeout: Duration,
    body_limit: usize,
    sample_limit: u64,
    clock: Option<Arc<dyn Clock>>,
    client: HttpClientBuilder,
}

impl ScrapeBuilder {
    pub(crate) fn new(job: Arc<str>, address: String) -> Self {
        Self {
            job,
            instance: None,
            address,
            labels: Vec::new(),
            target_labels: TargetLabels::default(),
            honor_labels: false,
            timestamps: true,
            report: true,
            formats: FORMATS.to_vec(),
            fallback: None,
            timeout: TIMEOUT,
            body_limit: BODY_LIMIT,
            sample_limit: SAMPLE_LIMIT,
            clock: None,
            client: HttpClientBuilder::default(),
        }
    }

    /// The name of the instance: host and port of the address by default.
    #[must_use]
    pub fn instance(mut self, instance: impl Into<Arc<str>>) -> Self {
        self.instance = Some(instance.into());
        self
    }

    /// Where job and instance stand: in the resource by default.
    #[must_use]
    pub fn target_labels(mut self, labels: TargetLabels) -> Self {
        self.target_labels = labels;
        self
    }

    /// Adds a label to every series, or an attribute to the resource: where
    /// [`target_labels`](Self::target_labels) says.
    #[must_use]
    pub fn label(mut self, name: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        self.labels.push((name.into(), value.into()));
        self
    }

    /// Whether a series keeps its own label where it has one of the target's name, as behind a
    /// Pushgateway. By default it becomes `exported_job` and the like, as with Prometheus.
    #[must_use]
    pub fn honor_labels(mut self, honor: bool) -> Self {
        self.honor_labels = honor;
        self
    }

    /// Whether timestamps of the page count: they do by default. Without, every sample is of the
    /// time of the scrape.
    #[must_use]
    pub fn honor_timestamps(mut self, honor: bool) -> Self {
        self.timestamps = honor;
        self
    }

    /// Whether there are metrics of the scrape itself, `up`, `scrape_duration_seconds` and
    /// `scrape_samples_scraped`: by default there are.
    #[must_use]
    pub fn scrape_metrics(mut self, enabled: bool) -> Self {
        self.report = enabled;
        self
    }

    /// The formats to ask for, the preferred one first. By default protobuf, which alone has native
    /// histograms and start timestamps at no cost, then OpenMetrics, then text.
    #[must_use]
    pub fn formats(mut self, formats: impl IntoIterator<Item = Format>) -> Self {
        self.formats.clear();
        for format in formats {
            if !self.formats.contains(&format) {
                self.formats.push(format);
            }
        }
        self
    }

    /// The format of a page whose Content-Type is missing or not known. By default there is none,
    /// and such a scrape fails, as with Prometheus 3.
    #[must_use]
    pub fn fallback_format(mut self, format: Format) -> Self {
        self.fallback = Some(format);
        self
    }

    /// How long a scrape may take: 10 s by default, and never more than nine tenths of the time up
    /// to the deadline of the call. The target is told
    /// (`X-Prometheus-Scrape-Timeout-Seconds`).
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// The largest page, in bytes after decompression: 64 MiB by default.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The most samples of a page, each line of a histogram counted: 1,000,000 by default. A page
    /// with more is none at all, as with Prometheus.
    #[must_use]
    pub fn sample_limit(mut self, samples: u64) -> Self {
        self.sample_limit = samples;
        self
    }

    /// Where the time comes from; the machine's clock by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    meterport_net::client_settings!(header hook service tls proxy);

    /// The producer. Connects to nothing and spawns nothing.
    ///
    /// # Errors
    /// A setting that cannot be used; the text names it, and the Cargo feature where one is
    /// missing: `https` without TLS.
    pub fn build(self) -> Result<ScrapeProducer, ConfigError> {
        if let Some(format) =
            self.formats.iter().chain(&self.fallback).find(|format| !FORMATS.contains(format))
        {
            return Err(ConfigError::new("formats", format!("{format} is not read")));
        }
        let mut endpoint = Endpoint::parse("address", &self.address, true)?;
        if endpoint.uri().path() == "/" && endpoint.uri().query().is_none() {
            endpoint = endpoint.with_path("/metrics")?;
        }
        let instance = self.instance.unwrap_or_else(|| match endpoint.port() {
            Some(port) if endpoint.server().contains(':') => {
                format!("[{}]:{port}", endpoint.server()).into()
            }
            Some(port) => format!("{}:{port}", endpoint.server()).into(),
            None => endpoint.server().into(),
        });
        let client = self.client.endpoint(&endpoint).response_limit(self.body_limit).build()?;
        let accept = HeaderValue::try_from(accept(&self.formats));
        let names = match self.target_labels {
            TargetLabels::Resource => ["service.name", "service.instance.id"],
            TargetLabels::Series => ["job", "instance"],
        };
        let own = [(names[0].into(), self.job), (names[1].into(), instance)];
        let said: Vec<_> = own.into_iter().chain(self.labels).collect();
        let (resource, labels) = match self.target_labels {
            TargetLabels::Resource => {
                let pairs = said.iter().map(|(name, value)| (&**name, &**value));
                (Resource::new(pairs.collect::<meterport_core::AttributeSet>()), Vec::new())
            }
            TargetLabels::Series => (Resource::default(), said),
        };
        Ok(ScrapeProducer::new(Shared {
            endpoint,
            client,
            accept: accept.map_err(|_| ConfigError::new("formats", "are no header"))?,
            user_agent: HeaderValue::from_static(USER_AGENT),
            fallback: self.fallback,
            timeout: self.timeout,
            sample_limit: self.sample_limit,
            timestamps: self.timestamps,
            report: self.report,
            resource,
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock)),
            state: Mutex::new(State {
                model: Model::new(Labels::new(labels, self.honor_labels)),
                failures: FailureLog::default(),
            }),
        }))
    }
}

/// Header values, the address and services are left out.
impl fmt::Debug for ScrapeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScrapeBuilder")
            .field("job", &self.job)
            .field("instance", &self.instance)
            .field("target_labels", &self.target_labels)
            .field("formats", &self.formats)
            .field("timeout", &self.timeout)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
