use meterport_core::{ErrorKind, ExportError};

/// The default limit of a request's body before compression: 64 MiB, in bytes.
///
/// OTLP specification, "OTLP/HTTP Request" and "OTLP/gRPC Concurrent Requests" (size limits): a
/// client should limit the size of a request before compression, must not send a larger one and
/// should record it.
pub const REQUEST_LIMIT: usize = 64 * 1024 * 1024;

/// The default limit of an answer's body after decompression: 4 MiB, in bytes.
///
/// OTLP specification, "OTLP/HTTP Response": a client must limit the size of a response,
/// decompression included, and treat a larger one as an error that is not retryable.
pub const RESPONSE_LIMIT: usize = 4 * 1024 * 1024;

/// Whether a request of `size` bytes before compression may be sent.
///
/// # Errors
/// [`ErrorKind::TooLarge`] with both figures, never to be retried as it is; a splitting decorator
/// cuts accordingly.
///
/// ```
/// assert!(meterport_net::check_request_size(1_000, 1_000).is_ok());
/// let error = meterport_net::check_request_size(1_001, 1_000).unwrap_err();
/// assert_eq!(error.to_string(), "too large: 1001 bytes, limit 1000: not sent");
/// ```
pub fn check_request_size(size: usize, limit: usize) -> Result<(), ExportError> {
    if size <= limit {
        return Ok(());
    }
    let kind = ErrorKind::TooLarge { size: size as u64, limit: Some(limit as u64) };
    Err(ExportError::new(kind, "not sent"))
}
