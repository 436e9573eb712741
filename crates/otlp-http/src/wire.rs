use std::fmt;
use std::sync::Arc;

use http::Request;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, USER_AGENT};
use meterport_core::{Clock, ConfigError, ErrorKind, ExportError, MetricBatch, Outcome};
use meterport_net::{
    Answer, Body, BodyError, Compression, Dialect, Endpoint, Payload, retry_after_now,
};
use meterport_otlp::{Format, HttpResponse, Protobuf, http_outcome};

use crate::json;

/// Makes a request's body: batch, compression, limit in bytes before compression.
pub(crate) type MakeBody = fn(&MetricBatch, Compression, u64) -> Result<Body, BodyError>;

/// How batches are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encoding {
    pub(crate) format: Format,
    compression: Compression,
    limit: u64,
    make: MakeBody,
}

impl Encoding {
    pub(crate) fn new(
        format: Format,
        compression: Compression,
        limit: u64,
    ) -> Result<Self, ConfigError> {
        let make = match format {
            Format::Json => json::body()?,
            Format::Protobuf => protobuf,
        };
        Ok(Self { format, compression, limit, make })
    }
}

fn protobuf(batch: &MetricBatch, compression: Compression, limit: u64) -> Result<Body, BodyError> {
    Body::of(batch, &Protobuf, compression, limit)
}

/// OTLP over HTTP: where requests go, what is in them, and what answers mean.
pub(crate) struct Wire {
    pub(crate) endpoint: Endpoint,
    pub(crate) encoding: Encoding,
    pub(crate) user_agent: HeaderValue,
    pub(crate) clock: Option<Arc<dyn Clock>>,
}

impl Dialect for Wire {
    type Body = Body;

    fn body(&self, batch: &MetricBatch) -> Result<Body, BodyError> {
        (self.encoding.make)(batch, self.encoding.compression, self.encoding.limit)
    }

    fn request(&self, body: &Body) -> Result<Request<Payload>, ExportError> {
        let Encoding { format, compression, .. } = self.encoding;
        let mut request = Request::post(self.endpoint.uri())
            .header(CONTENT_TYPE, HeaderValue::from_static(format.content_type()))
            .header(USER_AGENT, &self.user_agent);
        if let Some(encoding) = compression.content_encoding() {
            request = request.header(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        request
            .body(body.bytes.clone().into())
            .map_err(|error| ExportError::new(ErrorKind::Config, "no request").with_source(error))
    }

    fn outcome(&self, answer: &Answer, points: u64, body: &Body) -> Result<Outcome, ExportError> {
        let content_type = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let response = HttpResponse::new(answer.status.as_u16(), &answer.body)
            .with_content_type(content_type)
            .with_retry_after(retry_after_now(&answer.headers, self.clock.as_deref()));
        http_outcome(&response, self.encoding.format, points, body.raw_len)
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("endpoint", &self.endpoint)
            .field("encoding", &self.encoding)
            .finish_non_exhaustive()
    }
}
