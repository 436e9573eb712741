#[cfg(test)]
mod tests;

use std::time::Duration;

use meterport_core::{ErrorKind, ExportError, Outcome, RetryAdvice, Status};

use super::media::Media;
use super::unverified;
use crate::response::{ExportMetricsServiceResponse, RpcStatus};
use crate::{DecodeError, Format};

/// An answer over HTTP, as far as its meaning depends on it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HttpResponse<'a> {
    /// The status code.
    pub status: u16,
    /// The `Content-Type`.
    pub content_type: Option<&'a str>,
    /// How long to wait, by `Retry-After`: a date is made a duration by who has a clock.
    pub retry_after: Option<Duration>,
    /// The body after decompression.
    pub body: &'a [u8],
}

impl<'a> HttpResponse<'a> {
    /// An answer without the two headers.
    pub fn new(status: u16, body: &'a [u8]) -> Self {
        Self { status, content_type: None, retry_after: None, body }
    }

    /// The same with a `Content-Type`, if there is one.
    #[must_use]
    pub fn with_content_type(mut self, content_type: Option<&'a str>) -> Self {
        self.content_type = content_type;
        self
    }

    /// The same with a time to wait, if there is one.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }
}

/// What the answer to a request of `points` in `size` bytes before compression means, by the OTLP
/// specification ("OTLP/HTTP Response", "Retryable Response Codes").
///
/// Only the figures that the answer decides are set in the [`Outcome`]: attempts and bytes are the
/// transport's. A success whose body is not OTLP's, such as a login page, is still a success, as
/// receivers exist that answer so: its points are [`unverified`](Outcome::unverified), and
/// the message says why. An empty body is a full success.
///
/// # Errors
/// | Status | Kind | Advice |
/// |---|---|---|
/// | 413 | `TooLarge` | never |
/// | 429 | `Throttled` | after the time that `Retry-After` names, or back off |
/// | 502, 504 | `Unavailable` | likewise |
/// | 503 | `Throttled` with `Retry-After`, else `Unavailable` | likewise |
/// | other 4xx and 5xx, 3xx | `Rejected` | never |
/// | 1xx and what is no status | `Response` | never |
///
/// The message is that of the `google.rpc.Status` in the body, or the body if it is a text.
pub fn http_outcome(
    response: &HttpResponse<'_>,
    format: Format,
    points: u64,
    size: u64,
) -> Result<Outcome, ExportError> {
    let (kind, retryable) = match response.status {
        200..=299 => return Ok(success(response, format, points)),
        413 => (ErrorKind::TooLarge { size, limit: None }, false),
        429 => (ErrorKind::Throttled, true),
        503 if response.retry_after.is_some() => (ErrorKind::Throttled, true),
        502..=504 => (ErrorKind::Unavailable, true),
        300..=599 => (ErrorKind::Rejected, false),
        _ => (ErrorKind::Response, false),
    };
    let advice = match response.retry_after {
        _ if !retryable => RetryAdvice::Never,
        Some(after) => RetryAdvice::After(after),
        None => RetryAdvice::Backoff,
    };
    let message = match response.status {
        300..=399 => "redirects are not followed".to_owned(),
        _ => words(response, format),
    };
    let status = Status::Http(response.status);
    Err(ExportError::new(kind, message).with_advice(advice).with_status(status))
}

fn success(response: &HttpResponse<'_>, format: Format, points: u64) -> Outcome {
    let answered = match Media::of(response.content_type) {
        _ if response.body.is_empty() => return Outcome::delivered(points),
        Media::Json => Format::Json,
        Media::Protobuf => Format::Protobuf,
        Media::Missing => format,
        Media::Other | Media::Text => {
            let found = response.content_type.unwrap_or_default();
            return unverified(&format!("success, but with a body of type {found}"), points);
        }
    };
    match decode_response(answered, response.body) {
        Ok(response) => response.into_outcome(points),
        Err(error) => {
            unverified(&format!("success, but with a body that is not OTLP's: {error}"), points)
        }
    }
}

/// What the receiver says of its refusal.
fn words(response: &HttpResponse<'_>, format: Format) -> String {
    /// More than any message keeps.
    const ENOUGH: usize = 4096;
    let body = response.body;
    let text = || String::from_utf8_lossy(&body[..body.len().min(ENOUGH)]).into_owned();
    let status = match Media::of(response.content_type) {
        Media::Json => Format::Json,
        Media::Protobuf => Format::Protobuf,
        Media::Missing => format,
        Media::Text => return text(),
        Media::Other => return String::new(),
    };
    match (decode_status(status, body), status) {
        (Ok(RpcStatus { message, .. }), _) if !message.is_empty() => message,
        // Other JSON than the specification's is at least readable.
        (_, Format::Json) => text(),
        _ => String::new(),
    }
}

fn decode_response(
    format: Format,
    body: &[u8],
) -> Result<ExportMetricsServiceResponse, DecodeError> {
    match format {
        #[cfg(feature = "json")]
        Format::Json => ExportMetricsServiceResponse::from_json(body),
        Format::Protobuf => ExportMetricsServiceResponse::from_protobuf(body),
        #[allow(unreachable_patterns, reason = "reached without the feature `json`")]
        _ => Err(DecodeError::malformed("JSON, which is not compiled in")),
    }
}

fn decode_status(format: Format, body: &[u8]) -> Result<RpcStatus, DecodeError> {
    match format {
        #[cfg(feature = "json")]
        Format::Json => RpcStatus::from_json(body),
        Format::Protobuf => RpcStatus::from_protobuf(body),
        #[allow(unreachable_patterns, reason = "reached without the feature `json`")]
        _ => Err(DecodeError::malformed("JSON, which is not compiled in")),
    }
}
