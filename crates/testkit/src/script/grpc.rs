use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use prost::Message;

use super::{Encoding, Reply};
use crate::proto::rpc;

/// What a receiver of gRPC can answer and others cannot.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum GrpcReply {
    /// This status, whatever the request was.
    Status(GrpcStatus),
    /// Success with a compressed message: a partial success that rejects no point.
    Compressed(Encoding),
    /// These bytes in place of the length-prefixed message, then the status `OK`.
    Frames(Bytes),
    /// A message and the end of the stream, without a status. With `trailers` there are trailers,
    /// but none of them is the status.
    WithoutStatus {
        /// Whether there are trailers.
        trailers: bool,
    },
    /// `RST_STREAM` with this code instead of an answer.
    Reset(u32),
    /// Success's head and message, then `RST_STREAM` with this code in place of the status.
    ResetMidway(u32),
    /// The connection is ended by a `GOAWAY` with this code.
    GoAway {
        /// An error code of HTTP/2; 0 is a graceful end.
        code: u32,
        /// What becomes of the request.
        request: Fate,
    },
    /// Bytes that are no frame of HTTP/2 instead of an answer, then the end of the connection.
    NotHttp2,
}

/// What becomes of a request whose connection is ended by a `GOAWAY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// It is above the last stream that was looked at: safe to send again. It is not recorded.
    Unprocessed,
    /// It is answered before the connection ends.
    Answered,
    /// It was looked at, but the connection ends without an answer.
    Lost,
}

/// A status of gRPC with all that can stand beside it.
///
/// ```
/// use meterport_testkit::{GrpcStatus, Reply};
/// let unavailable: Reply = GrpcStatus::new(14).message("try later").into();
/// ```
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "all of a status")]
pub struct GrpcStatus {
    /// `grpc-status`.
    pub code: u32,
    /// `grpc-message`, before it is percent-encoded.
    pub message: String,
    /// `grpc-status-details-bin`, before it is made base64.
    pub details: Option<Bytes>,
    /// More metadata, sent as it is; what is here under one of the names above takes its place.
    pub metadata: Vec<(String, String)>,
    /// Head and status in one, as servers refuse; otherwise a head, and trailers at the end.
    pub trailers_only: bool,
}

impl GrpcStatus {
    /// A status without message and details, in trailers alone.
    pub fn new(code: u32) -> Self {
        Self {
            code,
            message: String::new(),
            details: None,
            metadata: Vec::new(),
            trailers_only: true,
        }
    }

    /// The same with a message.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// The same with details.
    #[must_use]
    pub fn details(mut self, status: &rpc::Status) -> Self {
        self.details = Some(status.encode_to_vec().into());
        self
    }

    /// The same with one more pair of metadata.
    #[must_use]
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.push((name.into(), value.into()));
        self
    }

    /// The same behind a head of its own.
    #[must_use]
    pub fn after_head(mut self) -> Self {
        self.trailers_only = false;
        self
    }

    /// All of it as pairs of name and value, as they are sent.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs = vec![("grpc-status".to_owned(), self.code.to_string())];
        if !self.message.is_empty() {
            pairs.push(("grpc-message".to_owned(), percent_encoded(&self.message)));
        }
        if let Some(details) = &self.details {
            pairs.push(("grpc-status-details-bin".to_owned(), STANDARD_NO_PAD.encode(details)));
        }
        pairs.retain(|pair| !self.metadata.iter().any(|other| other.0 == pair.0));
        pairs.extend(self.metadata.iter().cloned());
        pairs
    }
}

/// By gRPC over HTTP/2: what is not printable ASCII, and the percent sign.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'%' => encoded.push_str("%25"),
            b' '..=b'~' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
        encoded
    })
}

impl From<GrpcReply> for Reply {
    fn from(reply: GrpcReply) -> Self {
        Self::Grpc(reply)
    }
}

impl From<GrpcStatus> for Reply {
    fn from(status: GrpcStatus) -> Self {
        Self::Grpc(GrpcReply::Status(status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_sent_as_grpc_has_it() {
        let status = GrpcStatus::new(8).message("50 % für\n").details(&rpc::Status::new(8, "no"));
        let pairs = status.pairs();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
        let expected = [
            ("grpc-status", "8"),
            ("grpc-message", "50 %25 f%C3%BCr%0A"),
            ("grpc-status-details-bin", "CAgSAm5v"),
        ];
        assert_eq!(pairs, expected);
        let odd = GrpcStatus::new(8).metadata("grpc-status", "x");
        assert_eq!(odd.pairs(), [("grpc-status".to_owned(), "x".to_owned())]);
    }
}
