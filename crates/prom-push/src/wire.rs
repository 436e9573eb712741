use std::fmt;
use std::sync::Arc;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, Request};
use meterport_core::{Clock, ErrorKind, ExportError, MetricBatch, Outcome, RetryAdvice, Status};
use meterport_net::{
    Answer, Body, BodyError, Compression, Dialect, Endpoint, Payload, retry_after_now,
};
use meterport_prom::Format;

use crate::encoding::Pushed;

/// What a push does to its group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the gateway has these two")]
pub enum PushMethod {
    /// PUT: the whole group is replaced.
    #[default]
    Put,
    /// POST: families of the same names are replaced, the others of the group stay.
    Post,
}

/// What the gateway is sent, and what its answers mean.
#[derive(Clone)]
pub(crate) struct Wire {
    /// The group's address.
    pub(crate) endpoint: Endpoint,
    pub(crate) method: PushMethod,
    pub(crate) format: Format,
    pub(crate) encoder: Pushed,
    pub(crate) compression: Compression,
    pub(crate) limit: u64,
    pub(crate) user_agent: HeaderValue,
    pub(crate) clock: Option<Arc<dyn Clock>>,
}

impl Wire {
    /// The request that ends the group.
    pub(crate) fn delete(&self) -> Result<Request<Payload>, ExportError> {
        build(self.begin(Method::DELETE).body(Payload::default()))
    }

    fn begin(&self, method: Method) -> http::request::Builder {
        let request = Request::builder().method(method).uri(self.endpoint.uri());
        request.header(USER_AGENT, &self.user_agent)
    }

    /// Whether the gateway has taken it: 200, or 202 where it does so before it looks.
    pub(crate) fn check(&self, answer: &Answer) -> Result<(), ExportError> {
        if answer.status.is_success() {
            return Ok(());
        }
        let wait = || match retry_after_now(&answer.headers, self.clock.as_deref()) {
            Some(wait) => RetryAdvice::After(wait),
            None => RetryAdvice::Backoff,
        };
        let (kind, advice) = match answer.status.as_u16() {
            429 => (ErrorKind::Throttled, wait()),
            500.. => (ErrorKind::Unavailable, wait()),
            _ => (ErrorKind::Rejected, RetryAdvice::Never),
        };
        let message = String::from_utf8_lossy(&answer.body);
        Err(ExportError::new(kind, message.trim())
            .with_advice(advice)
            .with_status(Status::Http(answer.status.as_u16())))
    }
}

fn build(request: http::Result<Request<Payload>>) -> Result<Request<Payload>, ExportError> {
    request.map_err(|error| ExportError::new(ErrorKind::Config, "no request").with_source(error))
}

impl Dialect for Wire {
    type Body = Body;

    fn body(&self, batch: &MetricBatch) -> Result<Body, BodyError> {
        Body::of(batch, &self.encoder, self.compression, self.limit)
    }

    fn request(&self, body: &Body) -> Result<Request<Payload>, ExportError> {
        if body.raw_len == 0 {
            // An empty PUT would clear the group.
            let text = "no point of the batch has a form for Prometheus; nothing was sent";
            return Err(ExportError::new(ErrorKind::Encode, text));
        }
        let method = match self.method {
            PushMethod::Put => Method::PUT,
            PushMethod::Post => Method::POST,
        };
        let content_type = HeaderValue::from_static(self.format.media_type());
        let mut request = self.begin(method).header(CONTENT_TYPE, content_type);
        if let Some(encoding) = self.compression.content_encoding() {
            request = request.header(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        build(request.body(body.bytes.clone().into()))
    }

    fn outcome(&self, answer: &Answer, points: u64, _: &Body) -> Result<Outcome, ExportError> {
        self.check(answer).map(|()| Outcome::delivered(points))
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("endpoint", &self.endpoint)
            .field("method", &self.method)
            .field("format", &self.format)
            .field("compression", &self.compression)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
