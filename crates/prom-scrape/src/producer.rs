use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderName, USER_AGENT};
use http::{HeaderValue, Method, Request, StatusCode};
use meterport_core::{
    Clock, Deadline, MetricBatch, MetricProducer, ProduceError, Resource, ResourceMetrics,
};
use meterport_net::{Answer, Endpoint, HttpClient};
use meterport_prom::Format;
use meterport_worker::FailureLog;

use crate::ScrapeBuilder;
use crate::error::ScrapeError;
use crate::model::Model;
use crate::negotiation::format_of;
use crate::page::Page;
use crate::parse::parse;

/// The metrics of a Prometheus endpoint as a [`MetricProducer`]: each snapshot is a scrape. Clones
/// are the same producer. See the [crate's page](crate) for what becomes what.
///
/// Needs a tokio runtime to be polled in; readers have one.
#[derive(Clone, Debug)]
pub struct ScrapeProducer(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) endpoint: Endpoint,
    pub(crate) client: HttpClient,
    pub(crate) accept: HeaderValue,
    pub(crate) user_agent: HeaderValue,
    pub(crate) fallback: Option<Format>,
    pub(crate) timeout: Duration,
    pub(crate) sample_limit: u64,
    pub(crate) timestamps: bool,
    pub(crate) report: bool,
    pub(crate) resource: Resource,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) model: Model,
    pub(crate) failures: FailureLog,
}

/// What a scrape has brought.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scrape {
    /// The metrics of the page, and `up`, `scrape_duration_seconds` and `scrape_samples_scraped`.
    pub batch: MetricBatch,
    /// Why there is no page, if there is none.
    pub error: Option<ScrapeError>,
    /// How many samples the page has, each line of a histogram counted.
    pub samples: u64,
    /// How many of them were there before with the same name, labels and time: the first counts.
    pub repeated: u64,
    /// How many of them have no form in the model: native histograms that count halves.
    pub skipped: u64,
    /// How long it took.
    pub duration: Duration,
}

/// The seconds that the target has for its answer, as Prometheus tells it.
const TIMEOUT_HEADER: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

/// What of the time up to a deadline a scrape may take: who gave the deadline has to hear of a
/// target that does not answer.
const SHARE: f64 = 0.9;

impl ScrapeProducer {
    /// Begins a producer: the job's name, and the address. Without a scheme it is `http`, without a
    /// path `/metrics`.
    pub fn builder(job: impl Into<Arc<str>>, address: impl Into<String>) -> ScrapeBuilder {
        ScrapeBuilder::new(job.into(), address.into())
    }

    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// Scrapes. A failure is no error: there are metrics of it, `up` being 0.
    pub async fn scrape(&self, deadline: Deadline) -> Scrape {
        let shared = &*self.0;
        let (wall, began) = (shared.clock.wall(), shared.clock.now());
        let limit = match deadline.remaining(began) {
            Some(left) => left.mul_f64(SHARE).min(shared.timeout),
            None => shared.timeout,
        };
        let answer = shared.ask(limit, Deadline::after(began, limit)).await;
        let page = match &answer {
            Ok((format, body)) => {
                parse(body, *format, shared.sample_limit).map_err(ScrapeError::from)
            }
            Err(error) => Err(error.clone()),
        };
        let (mut page, error) = match page {
            Ok(page) => (page, None),
            Err(error) => (Page::default(), Some(error)),
        };
        if !shared.timestamps {
            let rows = page.families.iter_mut().flat_map(|family| &mut family.rows);
            rows.for_each(|row| row.time = None);
        }
        let Page { samples, repeated, skipped, .. } = page;
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scope = state.model.metrics(&mut page, wall);
        let ended = shared.clock.now();
        let duration = ended.saturating_duration_since(began);
        if shared.report {
            let figures = [
                ("up", if error.is_none() { 1.0 } else { 0.0 }),
                ("scrape_duration_seconds", duration.as_secs_f64()),
                ("scrape_samples_scraped", samples as f64),
            ];
            let gauges = figures.map(|(name, value)| state.model.gauge(name, value, wall));
            scope.metrics.extend(gauges);
        }
        state.tell(error.as_ref(), &shared.endpoint, ended);
        drop(state);
        let batch = ResourceMetrics::new(shared.resource.clone()).with_scope(scope).into();
        Scrape { batch, error, samples, repeated, skipped, duration }
    }
}

impl Shared {
    async fn ask(&self, limit: Duration, by: Deadline) -> Result<(Format, Bytes), ScrapeError> {
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = Method::GET;
        *request.uri_mut() = self.endpoint.uri().clone();
        let headers = request.headers_mut();
        headers.insert(ACCEPT, self.accept.clone());
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(ENCODINGS));
        headers.insert(USER_AGENT, self.user_agent.clone());
        if let Ok(seconds) = HeaderValue::try_from(limit.as_secs_f64().to_string()) {
            headers.insert(TIMEOUT_HEADER, seconds);
        }
        let answer = self.client.send(request, by).await?;
        if answer.status != StatusCode::OK {
            return Err(ScrapeError::Status(answer.status.as_u16()));
        }
        Ok((self.format(&answer)?, answer.body))
    }

    fn format(&self, answer: &Answer) -> Result<Format, ScrapeError> {
        let header = answer.headers.get(CONTENT_TYPE).and_then(|header| header.to_str().ok());
        let header = header.filter(|header| !header.trim().is_empty());
        let known = header.and_then(format_of).or(self.fallback);
        known.ok_or_else(|| ScrapeError::ContentType { content_type: header.map(Arc::from) })
    }
}

const ENCODINGS: &str = if cfg!(feature = "gzip") { "gzip" } else { "identity" };

impl State {
    /// A line in the log for the first failure, for one in a while, and for the end of them.
    fn tell(&mut self, error: Option<&ScrapeError>, endpoint: &Endpoint, now: Instant) {
        match error {
            Some(error) => {
                if let Some(suppressed) = self.failures.failed(now) {
                    tracing::warn!(%endpoint, %error, suppressed, "scrape failed");
                }
            }
            None => {
                if let Some(failures) = self.failures.succeeded() {
                    tracing::info!(%endpoint, failures, "scrape succeeded again");
                }
            }
        }
    }
}

/// Never fails: what went wrong with a scrape is in `up`, in the log, and in what
/// [`scrape`](ScrapeProducer::scrape) gives.
#[async_trait]
impl MetricProducer for ScrapeProducer {
    async fn produce(&self, deadline: Deadline) -> Result<MetricBatch, ProduceError> {
        Ok(self.scrape(deadline).await.batch)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("endpoint", &self.endpoint)
            .field("client", &self.client)
            .field("timeout", &self.timeout)
            .field("sample_limit", &self.sample_limit)
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}
