/// The default limit of an answer's body after decompression: 4 MiB, in bytes.
///
/// OTLP specification, "OTLP/HTTP Response": a client must limit the size of a response,
/// decompression included, and treat a larger one as an error that is not retryable.
pub const RESPONSE_LIMIT: usize = 4 * 1024 * 1024;
