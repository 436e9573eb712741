#[cfg(test)]
mod tests;

use std::time::Duration;

use meterport_core::{ErrorKind, ExportError, Outcome, RetryAdvice, Status};

use super::unverified;
use crate::response::{ExportMetricsServiceResponse, RpcStatus};

/// An answer over gRPC, as far as its meaning depends on it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct GrpcResponse<'a> {
    /// The status code of HTTP.
    pub http_status: u16,
    /// The `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `grpc-status`, wherever it stands; what is there and no number is `UNKNOWN`, 2.
    pub status: Option<u32>,
    /// `grpc-message`, decoded.
    pub message: &'a str,
    /// `grpc-status-details-bin`, decoded.
    pub details: &'a [u8],
    /// How long to wait, by `Retry-After`, which a proxy may send.
    pub retry_after: Option<Duration>,
    /// The message of the response, decompressed; or what is wrong with it.
    pub body: Result<&'a [u8], &'a str>,
}

impl<'a> GrpcResponse<'a> {
    /// An answer of this status and this message, over an HTTP that is well.
    pub fn new(status: u32, body: &'a [u8]) -> Self {
        Self {
            http_status: 200,
            content_type: Some("application/grpc"),
            status: Some(status),
            message: "",
            details: &[],
            retry_after: None,
            body: Ok(body),
        }
    }
}

/// What the answer to a request of `points` in `size` bytes before compression means, by the OTLP
/// specification ("OTLP/gRPC Response") and that of gRPC over HTTP/2.
///
/// Only the figures that the answer decides are set in the [`Outcome`]: attempts and bytes are the
/// transport's. With the status `OK` the points were taken, also if the message beside it cannot be
/// read: then they are [`unverified`](Outcome::unverified), and sending them again might count
/// them twice.
///
/// # Errors
/// Any other status: see [`grpc_error`]. Without one it was not a receiver that answered:
///
/// | HTTP | Kind | Advice |
/// |---|---|---|
/// | 413 | `TooLarge` | never |
/// | 429 | `Throttled` | after the time that `Retry-After` names, or back off |
/// | 503 | `Throttled` with `Retry-After`, else `Unavailable` | likewise |
/// | 502, 504 | `Unavailable` | likewise |
/// | 200 as `application/grpc` | `Response`; the points may have arrived | never |
/// | 200 as anything else | `Response` | never |
/// | others | `Rejected` | never |
///
/// This is gRPC's own mapping ("HTTP to gRPC Status Code Mapping": the second to fourth rows are
/// `UNAVAILABLE`), with what OTLP says of those codes.
pub fn grpc_outcome(
    response: &GrpcResponse<'_>,
    points: u64,
    size: u64,
) -> Result<Outcome, ExportError> {
    match response.status {
        Some(OK) => Ok(success(response.body, points)),
        Some(code) => Err(grpc_error(code, response.message, response.details, size)),
        None => Err(without_status(response, size)),
    }
}

fn success(body: Result<&[u8], &str>, points: u64) -> Outcome {
    let read = match body {
        Ok(message) => ExportMetricsServiceResponse::from_protobuf(message)
            .map_err(|error| format!("a message that is not OTLP's: {error}")),
        Err(problem) => Err(problem.to_owned()),
    };
    match read {
        Ok(response) => response.into_outcome(points),
        Err(problem) => unverified(&format!("success, but with {problem}"), points),
    }
}

fn without_status(response: &GrpcResponse<'_>, size: u64) -> ExportError {
    let kind = response.content_type.unwrap_or_default().to_ascii_lowercase();
    let speaks_grpc = kind.starts_with("application/grpc");
    let status = response.http_status;
    let (kind, retryable, text) = match status {
        200 if speaks_grpc => {
            let error = ExportError::new(ErrorKind::Response, "the answer ends without a status");
            return error.with_status(Status::Http(status)).unconfirmed();
        }
        200..=299 => (ErrorKind::Response, false, "success"),
        413 => (ErrorKind::TooLarge { size, limit: None }, false, "refused for its size"),
        429 => (ErrorKind::Throttled, true, "throttled"),
        503 if response.retry_after.is_some() => (ErrorKind::Throttled, true, "throttled"),
        502..=504 => (ErrorKind::Unavailable, true, "unavailable"),
        300..=599 => (ErrorKind::Rejected, false, "refused"),
        _ => (ErrorKind::Response, false, "an unknown status"),
    };
    let advice = match response.retry_after {
        _ if !retryable => RetryAdvice::Never,
        Some(after) => RetryAdvice::After(after),
        None => RetryAdvice::Backoff,
    };
    let text = match response.content_type {
        Some(found) if !speaks_grpc => {
            format!("{text} by something that does not speak gRPC, but {found}")
        }
        _ => format!("{text} by something that does not speak gRPC"),
    };
    ExportError::new(kind, text).with_advice(advice).with_status(Status::Http(status))
}

/// What a refusal over gRPC means, by the OTLP specification ("OTLP/gRPC Response"), for a
/// request of `size` bytes before compression.
///
/// `message` is `grpc-message`, `details` the decoded `grpc-status-details-bin`, if there is one;
/// what can't be read of it is ignored. This is for statuses that the other side sent: what a
/// client library makes up, for a connection that broke, says something else with the same codes.
///
/// | Code | Kind | Advice |
/// |---|---|---|
/// | `CANCELLED`, `ABORTED`, `OUT_OF_RANGE`, `UNAVAILABLE`, `DATA_LOSS` | `Unavailable` | back off |
/// | `DEADLINE_EXCEEDED` | `Timeout` | back off |
/// | the same with a `RetryInfo` | `Throttled` | after its delay |
/// | `RESOURCE_EXHAUSTED` with a `RetryInfo` | `Throttled` | after its delay |
/// | `RESOURCE_EXHAUSTED` or `OUT_OF_RANGE` that speaks of a message's size | `TooLarge` | never |
/// | `OK`, which is no refusal | `Response` | never |
/// | all others | `Rejected` | never |
///
/// After `CANCELLED` and `DEADLINE_EXCEEDED` the points may have arrived all the same.
pub fn grpc_error(code: u32, message: &str, details: &[u8], size: u64) -> ExportError {
    let details = RpcStatus::from_protobuf(details).unwrap_or_default();
    let message = if message.is_empty() { &details.message } else { message };
    let name = Status::Grpc(code).grpc_name().unwrap_or("UNKNOWN");
    let text = if message.is_empty() { name.to_owned() } else { format!("{name}: {message}") };
    let error = |kind, advice| {
        ExportError::new(kind, &text).with_status(Status::Grpc(code)).with_advice(advice)
    };

    // Servers made with tonic answer OUT_OF_RANGE to a message that is too large. Sending it
    // again would be refused for ever.
    if matches!(code, RESOURCE_EXHAUSTED | OUT_OF_RANGE)
        && details.retry_delay.is_none()
        && speaks_of_size(message)
    {
        return error(ErrorKind::TooLarge { size, limit: None }, RetryAdvice::Never);
    }
    let retryable = match code {
        CANCELLED | DEADLINE_EXCEEDED | ABORTED | OUT_OF_RANGE | UNAVAILABLE | DATA_LOSS => true,
        // Without the delay it is a quota that waiting does not refill.
        RESOURCE_EXHAUSTED => details.retry_delay.is_some(),
        _ => false,
    };
    match (retryable, details.retry_delay) {
        (true, Some(delay)) if delay.is_zero() => error(ErrorKind::Throttled, RetryAdvice::Backoff),
        (true, Some(delay)) => error(ErrorKind::Throttled, RetryAdvice::After(delay)),
        (true, None) if code == DEADLINE_EXCEEDED => {
            error(ErrorKind::Timeout, RetryAdvice::Backoff).unconfirmed()
        }
        (true, None) if code == CANCELLED => {
            error(ErrorKind::Unavailable, RetryAdvice::Backoff).unconfirmed()
        }
        (true, None) => error(ErrorKind::Unavailable, RetryAdvice::Backoff),
        (false, _) if code == OK => error(ErrorKind::Response, RetryAdvice::Never),
        (false, _) => error(ErrorKind::Rejected, RetryAdvice::Never),
    }
}

const OK: u32 = 0;
const CANCELLED: u32 = 1;
const DEADLINE_EXCEEDED: u32 = 4;
const RESOURCE_EXHAUSTED: u32 = 8;
const ABORTED: u32 = 10;
const OUT_OF_RANGE: u32 = 11;
const UNAVAILABLE: u32 = 14;
const DATA_LOSS: u32 = 15;

/// The words of the servers of grpc-go and C++ (`received message larger than max`), tonic
/// (`message length too large`) and grpc-java (`message exceeds maximum size`).
fn speaks_of_size(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let words = ["message larger than max", "message length too large", "exceeds maximum size"];
    words.iter().any(|words| message.contains(words))
}
