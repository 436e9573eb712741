use std::time::Duration;

use super::{GrpcReply, Response};

/// What happens to one request.
///
/// "Success" below is the status 200 with an empty export response in the request's own encoding,
/// or 400 with a `google.rpc.Status` if the request cannot be decoded (415 if its type or its
/// compression is unknown). Over gRPC it is the status `OK` with an empty message, or
/// `INVALID_ARGUMENT` (`UNIMPLEMENTED` for an unknown compression or path).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Reply {
    /// Success.
    #[default]
    Ok,
    /// Success, but for some points. The number is sent as it is, also if it makes no sense.
    PartialSuccess {
        /// Points that the receiver says it has refused.
        rejected: i64,
        /// Its words.
        message: String,
    },
    /// This response, whatever the request was. Over gRPC it is what a proxy answers that does not
    /// speak it: no status of gRPC's.
    Status(Response),
    /// What gRPC alone can answer. Over HTTP it is a status that does not exist, 599.
    Grpc(GrpcReply),
    /// No answer: the connection stays open until the client leaves.
    Hang,
    /// Success, a few bytes at a time.
    Drip {
        /// What is sent slowly; the rest comes at once. Over gRPC it is the message in any case.
        part: Part,
        /// Bytes in one go, at least 1.
        bytes: usize,
        /// The pause after each, by the real clock.
        every: Duration,
    },
    /// The connection is reset once the request is read.
    ResetBeforeReply,
    /// The connection is reset after this many bytes of a success, its head included. Over gRPC
    /// those of its message count, which is as in [`Drip`](Self::Drip).
    ResetAfter(usize),
    /// The connection is reset once this many bytes of the request's body are there. Nothing is
    /// recorded but the connection.
    ResetDuringRequest(usize),
    /// The status 200 with a body beyond every limit: bytes without end (256 MiB).
    Oversized {
        /// Whether a `Content-Length` says so first (10 GiB); otherwise the body is chunked. Over
        /// gRPC the message's prefix says it (4 GiB), or says less than there is.
        declared: bool,
    },
    /// The status 200 with a small compressed body that becomes 16 MiB of zeros.
    Bomb(Encoding),
    /// Something else than an answer.
    Garbage(Garbage),
    /// A redirect.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// Where to.
        location: String,
    },
    /// Success with the promise to keep the connection, which is closed at once.
    CloseAfterReply,
    /// `100 Continue` again and again (64 MiB), and never an answer.
    ContinueFlood,
    /// Success with headers beyond every limit.
    HugeHeaders {
        /// How many.
        count: usize,
        /// The length of each one's value.
        bytes: usize,
    },
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self::Status(response)
    }
}

/// A part of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// Status line and headers; the body follows at once.
    Head,
    /// The body; the head comes at once. A plain success of protobuf has an empty body, so this one
    /// has a partial success with no point rejected and a long message.
    Body,
}

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

/// What is not an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Garbage {
    /// Bytes that are not HTTP, then the end of the connection.
    NotHttp,
    /// The status 200 with a page of HTML, as a proxy or a login page sends it.
    Html,
    /// The status 200 with a message that ends in the middle of a field.
    Truncated,
}
