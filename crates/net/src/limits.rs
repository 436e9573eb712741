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
