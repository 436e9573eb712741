use std::fmt;
use std::sync::Arc;

use http::header::{CONTENT_TYPE, HeaderValue, TE, USER_AGENT};
use http::{Request, Version};
use meterport_core::{Clock, ErrorKind, ExportError, MetricBatch, Outcome};
use meterport_net::{Answer, Body, BodyError, Compression, Dialect, Endpoint, Payload};
use meterport_otlp::Protobuf;

use crate::answer;

/// OTLP over gRPC: where calls go, what is in them, and what answers mean.
pub(crate) struct Wire {
    pub(crate) endpoint: Endpoint,
    pub(crate) compression: Compression,
    /// Of the request's message, before compression.
    pub(crate) request_limit: u64,
    /// Of the response's message, after decompression.
    pub(crate) response_limit: usize,
    pub(crate) user_agent: HeaderValue,
    /// The codecs that responses may have.
    pub(crate) accepted: HeaderValue,
    pub(crate) clock: Option<Arc<dyn Clock>>,
}

/// A message's prefix: whether it is compressed, and its length in four bytes.
pub(crate) const PREFIX: usize = 5;

/// The codecs that this build can read, as `grpc-accept-encoding` has them.
pub(crate) fn accepted() -> HeaderValue {
    let zstd = Compression::ZSTD.available().is_ok();
    HeaderValue::from_static(match (Compression::GZIP.available().is_ok(), zstd) {
        (true, true) => "gzip,zstd,identity",
        (true, false) => "gzip,identity",
        (false, true) => "zstd,identity",
        (false, false) => "identity",
    })
}

impl Dialect for Wire {
    type Body = Body;

    fn body(&self, batch: &MetricBatch) -> Result<Body, BodyError> {
        // A message's length has 32 bits.
        let limit = self.request_limit.min(u32::MAX.into());
        Body::of(batch, &Protobuf, self.compression, limit)
    }

    fn request(&self, body: &Body) -> Result<Request<Payload>, ExportError> {
        let mut request = Request::post(self.endpoint.uri())
            .version(Version::HTTP_2)
            .header(TE, HeaderValue::from_static("trailers"))
            .header(CONTENT_TYPE, HeaderValue::from_static("application/grpc"))
            .header("grpc-accept-encoding", &self.accepted)
            .header(USER_AGENT, &self.user_agent);
        let encoding = self.compression.content_encoding();
        if let Some(encoding) = encoding {
            request = request.header("grpc-encoding", HeaderValue::from_static(encoding));
        }
        let length = u32::try_from(body.bytes.len()).map_err(|_| {
            let kind = ErrorKind::TooLarge { size: body.raw_len, limit: Some(u32::MAX.into()) };
            ExportError::new(kind, "nothing was sent")
        })?;
        let mut prefix = vec![u8::from(encoding.is_some())];
        prefix.extend(length.to_be_bytes());
        request
            .body(Payload::prefixed(prefix, body.bytes.clone()))
            .map_err(|error| ExportError::new(ErrorKind::Config, "no request").with_source(error))
    }

    fn outcome(&self, answer: &Answer, points: u64, body: &Body) -> Result<Outcome, ExportError> {
        let clock = self.clock.as_deref();
        answer::outcome(answer, self.response_limit, clock, points, body.raw_len)
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("endpoint", &self.endpoint)
            .field("compression", &self.compression)
            .field("request_limit", &self.request_limit)
            .field("response_limit", &self.response_limit)
            .finish_non_exhaustive()
    }
}
