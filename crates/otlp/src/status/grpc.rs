#[cfg(test)]
mod tests;

use meterport_core::{ErrorKind, ExportError, RetryAdvice, Status};

use crate::response::RpcStatus;

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
    let name = NAMES.get(code as usize).copied().unwrap_or("UNKNOWN");
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

const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The words of the servers of grpc-go and C++ (`received message larger than max`), tonic
/// (`message length too large`) and grpc-java (`message exceeds maximum size`).
fn speaks_of_size(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let words = ["message larger than max", "message length too large", "exceeds maximum size"];
    words.iter().any(|words| message.contains(words))
}
