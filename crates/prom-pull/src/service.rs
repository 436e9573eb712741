use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::{
    ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use meterport_core::{Clock, Deadline, MetricBatch, MetricProducer, Timestamp};
use meterport_prom::{Exposition, Format, Translation};
use meterport_worker::{FailureLog, within};
use tower_service::Service;

use crate::ScrapeServiceBuilder;
use crate::body::PageBody;
use crate::collect::{CollectError, Collected, collect};
use crate::flight::Flight;
use crate::page::{Page, PageKey};
use crate::request::Asked;
use crate::stats::{Counters, ScrapeStats};

/// What a scraper's timeout leaves for the way there and back: a tenth of it, at most this.
const MARGIN: Duration = Duration::from_millis(500);

/// Answers scrapes: a `tower::Service` for any HTTP server, whatever its paths and bodies. Clones
/// are the same service.
///
/// It never fails, and needs no particular runtime. A request's body is not read.
#[derive(Clone, Debug)]
pub struct ScrapeService(Arc<Shared>);

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) producers: Vec<Arc<dyn MetricProducer>>,
    pub(crate) translation: Arc<Translation>,
    pub(crate) formats: Vec<Format>,
    pub(crate) created_lines: bool,
    pub(crate) timeout: Option<Duration>,
    pub(crate) in_flight: u64,
    pub(crate) page_limit: u64,
    pub(crate) self_metrics: bool,
    pub(crate) continue_on_error: bool,
    pub(crate) clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct Shared {
    settings: Settings,
    start: Timestamp,
    flight: Flight,
    counters: Counters,
    log: Mutex<FailureLog>,
}

/// An answer in the making.
pub struct ScrapeFuture(Pin<Box<dyn Future<Output = Response<PageBody>> + Send>>);

impl Future for ScrapeFuture {
    type Output = Result<Response<PageBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context).map(Ok)
    }
}

impl fmt::Debug for ScrapeFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScrapeFuture(..)")
    }
}

impl<B> Service<Request<B>> for ScrapeService {
    type Response = Response<PageBody>;
    type Error = Infallible;
    type Future = ScrapeFuture;

    /// Always ready: what is too much is answered with 503.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ScrapeFuture {
        let shared = Arc::clone(&self.0);
        let (parts, _) = request.into_parts();
        ScrapeFuture(Box::pin(async move {
            let response = shared.answer(&parts).await;
            shared.counters.answered(response.status());
            response
        }))
    }
}

impl ScrapeService {
    /// Begins a service.
    pub fn builder() -> ScrapeServiceBuilder {
        ScrapeServiceBuilder::default()
    }

    pub(crate) fn new(settings: Settings) -> Self {
        Self(Arc::new(Shared {
            start: settings.clock.wall(),
            settings,
            flight: Flight::default(),
            counters: Counters::default(),
            log: Mutex::default(),
        }))
    }

    /// What a scraper would be shown now; a snapshot that is being taken is shared.
    ///
    /// # Errors
    /// As a scrape would fail.
    pub async fn collect(&self, deadline: Deadline) -> Result<MetricBatch, CollectError> {
        self.0.collect(deadline).await
    }

    /// What it has done so far.
    pub fn stats(&self) -> ScrapeStats {
        self.0.counters.read()
    }

    /// How names and labels become Prometheus'.
    pub fn translation(&self) -> &Arc<Translation> {
        &self.0.settings.translation
    }

    /// The formats that scrapers may have.
    pub fn formats(&self) -> &[Format] {
        &self.0.settings.formats
    }
}

impl Shared {
    async fn answer(&self, parts: &Parts) -> Response<PageBody> {
        let settings = &self.settings;
        let Ok(asked) = Asked::read(parts, &settings.formats) else {
            let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, "GET and HEAD alone", false);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        };
        let Some(_place) = self.counters.enter(settings.in_flight) else {
            let text = "too many scrapes are being answered; try again later";
            return refusal(StatusCode::SERVICE_UNAVAILABLE, text, asked.is_head);
        };
        let collected = self.collect(self.deadline(&asked)).await;
        let batch = match collected {
            Ok(batch) => batch,
            Err(error) => {
                let status = match error {
                    CollectError::Timeout => StatusCode::SERVICE_UNAVAILABLE,
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                };
                let text = format!("the metrics could not be collected: {error}");
                return refusal(status, &text, asked.is_head);
            }
        };
        let exposition = Exposition::new(
            Arc::clone(&settings.translation),
            asked.negotiated.format,
            asked.negotiated.escaping,
        );
        let key = PageKey {
            exposition: exposition.with_created_lines(settings.created_lines),
            compression: asked.compression,
            names: asked.names.clone(),
            limit: settings.page_limit,
        };
        let page = key.page(&batch, |written| {
            if let Ok(page) = written {
                self.counters.page_written(&page.losses);
            }
        });
        match page {
            Ok(page) => success(&asked, page),
            Err(error) => {
                self.counters.encoding_failed();
                tracing::warn!(%error, "a page of metrics could not be written");
                let text = format!("the metrics could not be written: {error}");
                refusal(StatusCode::INTERNAL_SERVER_ERROR, &text, asked.is_head)
            }
        }
    }

    /// The service's limit and the scraper's, whichever is shorter.
    fn deadline(&self, asked: &Asked) -> Deadline {
        let now = self.settings.clock.now();
        let asked = asked.timeout.map(|timeout| timeout - MARGIN.min(timeout / 10));
        Deadline::within(now, self.settings.timeout).earliest(Deadline::within(now, asked))
    }

    async fn collect(&self, deadline: Deadline) -> Result<MetricBatch, CollectError> {
        let taken = self.flight.join(|| self.take(deadline));
        let result = within(deadline, taken).await.unwrap_or(Err(CollectError::Timeout));
        if matches!(result, Err(CollectError::Timeout)) {
            self.failed(&[CollectError::Timeout]);
        }
        result
    }

    /// A snapshot of all producers, and of the service itself.
    async fn take(&self, deadline: Deadline) -> Result<MetricBatch, CollectError> {
        let Collected { mut batches, errors } = collect(&self.settings.producers, deadline).await;
        if errors.is_empty() {
            self.succeeded();
        }
        self.failed(&errors);
        let is_enough = self.settings.continue_on_error && !batches.is_empty();
        if let Some(error) = errors.into_iter().next().filter(|_| !is_enough) {
            return Err(error);
        }
        if self.settings.self_metrics {
            batches.push(self.counters.read().metrics(self.start).into());
        }
        // What a producer keeps must not remember pages that nobody will ask for again.
        Ok(match <[_; 1]>::try_from(batches) {
            Ok([batch]) => batch.bare(),
            Err(batches) => MetricBatch::join(batches),
        })
    }

    fn failed(&self, errors: &[CollectError]) {
        let Some(error) = errors.first() else { return };
        self.counters.gathering_failed(errors.len());
        let now = self.settings.clock.now();
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(suppressed) = log.failed(now) {
            let panic = match error {
                CollectError::Panicked(message) => Some(&**message),
                _ => None,
            };
            tracing::warn!(%error, panic, suppressed, "metrics could not be collected for a scrape");
        }
    }

    fn succeeded(&self) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(failures) = log.succeeded() {
            tracing::info!(failures, "metrics are collected for scrapes again");
        }
    }
}

fn success(asked: &Asked, page: Page) -> Response<PageBody> {
    let content_type = HeaderValue::try_from(asked.negotiated.content_type());
    let mut response = sized(PageBody::from(page.bytes), asked.is_head);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type.unwrap_or(HeaderValue::from_static("text/plain")));
    headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    if let Some(encoding) = asked.compression.content_encoding() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// Nothing of the request is in the text: it goes to whoever looks.
fn refusal(status: StatusCode, text: &str, is_head: bool) -> Response<PageBody> {
    let mut response = sized(PageBody::from(format!("{text}\n")), is_head);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A HEAD tells the length and keeps the body.
fn sized(body: PageBody, is_head: bool) -> Response<PageBody> {
    let length = http_body::Body::size_hint(&body).lower();
    let mut response = Response::new(if is_head { PageBody::empty() } else { body });
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}
