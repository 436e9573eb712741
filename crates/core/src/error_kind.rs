use std::fmt;
use std::time::Duration;

/// What went wrong with an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Not tried: a circuit breaker is open after failures of the exports before.
    CircuitOpen,
    /// A setting that shows itself to be wrong only now, such as a key file that has gone.
    Config,
    /// No connection to the other side.
    Connect,
    /// The batch has no form in this encoding.
    Encode,
    /// Called outside the runtime that this exporter needs.
    NoRuntime,
    /// The other side refused the request for good.
    Rejected,
    /// The answer could not be read: not the protocol's, or larger than allowed.
    Response,
    /// The exporter has been shut down.
    Shutdown,
    /// The other side asks to slow down.
    Throttled,
    /// The deadline or the exporter's own timeout passed.
    Timeout,
    /// The request is larger than this side's or the other side's limit.
    TooLarge {
        /// Bytes of the request before compression.
        size: u64,
        /// The limit in bytes, where it is known.
        limit: Option<u64>,
    },
    /// The other side was reached, but cannot take it now; or the connection broke.
    Unavailable,
}

impl ErrorKind {
    /// The kind as a word, for metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CircuitOpen => "circuit_open",
            Self::Config => "config",
            Self::Connect => "connect",
            Self::Encode => "encode",
            Self::NoRuntime => "no_runtime",
            Self::Rejected => "rejected",
            Self::Response => "response",
            Self::Shutdown => "shutdown",
            Self::Throttled => "throttled",
            Self::Timeout => "timeout",
            Self::TooLarge { .. } => "too_large",
            Self::Unavailable => "unavailable",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CircuitOpen => f.write_str("circuit open"),
            Self::Config => f.write_str("misconfigured"),
            Self::Connect => f.write_str("no connection"),
            Self::Encode => f.write_str("not encodable"),
            Self::NoRuntime => f.write_str("no tokio runtime"),
            Self::Rejected => f.write_str("rejected"),
            Self::Response => f.write_str("unreadable answer"),
            Self::Shutdown => f.write_str("already shut down"),
            Self::Throttled => f.write_str("throttled"),
            Self::Timeout => f.write_str("timed out"),
            Self::TooLarge { size, limit: Some(limit) } => {
                write!(f, "too large: {size} bytes, limit {limit}")
            }
            Self::TooLarge { size, limit: None } => write!(f, "too large: {size} bytes"),
            Self::Unavailable => f.write_str("unavailable"),
        }
    }
}

/// Whether and when the same points may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a retry decorator must know every case")]
pub enum RetryAdvice {
    /// Not before this time has passed: the other side's own word, not yet capped.
    After(Duration),
    /// After a delay of the sender's choice.
    Backoff,
    /// Never.
    Never,
}

/// The status that the other side answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// A gRPC status code, 0 to 16.
    Grpc(u32),
    /// An HTTP status code.
    Http(u16),
}

impl Status {
    /// The name of a gRPC code, such as `UNAVAILABLE` for 14; `None` for other protocols and for
    /// codes that do not exist.
    pub fn grpc_name(self) -> Option<&'static str> {
        match self {
            Self::Grpc(code) => GRPC_NAMES.get(usize::try_from(code).ok()?).copied(),
            Self::Http(_) => None,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grpc(code) => write!(f, "gRPC status {code}"),
            Self::Http(code) => write!(f, "HTTP {code}"),
        }
    }
}

/// By code (`grpc/doc/statuscodes.md`).
const GRPC_NAMES: [&str; 17] = [
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
