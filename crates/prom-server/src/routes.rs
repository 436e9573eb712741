//! Which path leads where.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::header::{
    ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{Method, Request, Response, StatusCode};
use meterport_prom_pull::{PageBody, ScrapeService};
use tower_service::Service;

use crate::landing::Landing;

/// Whether the application is ready to be scraped.
pub(crate) type Ready = Arc<dyn Fn() -> bool + Send + Sync>;

pub(crate) struct Routes {
    service: ScrapeService,
    path: String,
    landing: Option<Landing>,
    ready: Option<Ready>,
    is_stopping: AtomicBool,
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("path", &self.path).finish_non_exhaustive()
    }
}

const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

impl Routes {
    pub(crate) fn new(
        service: ScrapeService,
        path: String,
        landing: bool,
        ready: Option<Ready>,
    ) -> Self {
        // At the root there is nothing else.
        let landing = (landing && path != "/").then(|| Landing::new(service.clone(), &path));
        Self { service, path, landing, ready, is_stopping: AtomicBool::new(false) }
    }

    /// From now on it is not ready.
    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Release);
    }

    pub(crate) async fn answer<B>(&self, request: Request<B>) -> Response<PageBody> {
        let path = request.uri().path();
        if path == self.path {
            let Ok(response) = self.service.clone().call(request).await;
            return response;
        }
        let page = match path {
            "/" if self.landing.is_some() => Page::Landing,
            "/-/healthy" => Page::Healthy,
            "/-/ready" => Page::Ready,
            _ => return text(StatusCode::NOT_FOUND, "there is nothing here\n"),
        };
        if request.method() != Method::GET && request.method() != Method::HEAD {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "GET and HEAD alone\n");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let mut response = match (page, &self.landing) {
            (Page::Landing, Some(landing)) => page_for_people(landing.page().await),
            (Page::Ready, _) if !self.is_ready() => {
                text(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
            }
            (Page::Ready, _) => text(StatusCode::OK, "ready\n"),
            _ => text(StatusCode::OK, "healthy\n"),
        };
        if request.method() == Method::HEAD {
            *response.body_mut() = PageBody::empty();
        }
        response
    }

    fn is_ready(&self) -> bool {
        let is_stopping = self.is_stopping.load(Ordering::Acquire);
        !is_stopping && self.ready.as_ref().is_none_or(|ready| ready())
    }
}

#[derive(Clone, Copy)]
enum Page {
    Healthy,
    Landing,
    Ready,
}

fn text(status: StatusCode, text: &'static str) -> Response<PageBody> {
    let mut response = Response::new(PageBody::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(TEXT));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn page_for_people(html: String) -> Response<PageBody> {
    let mut response = Response::new(PageBody::from(html));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    response
}
