use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::proto::ExportMetricsServiceRequest;

/// A request as it arrived.
#[derive(Clone)]
#[non_exhaustive]
pub struct Received {
    /// The method.
    pub method: Method,
    /// The target, with its query.
    pub path: String,
    /// The headers, with every repetition.
    pub headers: HeaderMap,
    /// The body as sent, without the marks of chunks; over gRPC the message as sent, without its
    /// prefix.
    pub body: Bytes,
    /// The length of the body as sent.
    pub wire_bytes: u64,
    /// The length of the body after decompression; 0 if that failed.
    pub raw_bytes: u64,
    /// The message, or why it cannot be decoded.
    pub request: Result<ExportMetricsServiceRequest, String>,
    /// The status that is answered in full, if one is. `None` while the reply is being chosen.
    pub status: Option<u16>,
    /// The status of gRPC that is answered in full, if one is.
    pub grpc_status: Option<u32>,
    /// Points that a partial success rejects.
    pub rejected: i64,
    /// The number of the connection it came on, from 1.
    pub connection: u64,
}

impl Received {
    /// The value of a header that occurs once; `None` also if it is not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    }

    /// The points of the message; 0 if it cannot be decoded.
    pub fn points(&self) -> u64 {
        self.request.as_ref().map_or(0, |request| request.points() as u64)
    }

    /// The points that the answer said were taken.
    pub fn accepted_points(&self) -> u64 {
        let taken = match self.grpc_status {
            Some(code) => code == 0,
            None => self.status.is_some_and(|code| (200..300).contains(&code)),
        };
        if !taken {
            return 0;
        }
        self.points().saturating_sub(u64::try_from(self.rejected).unwrap_or(0))
    }
}

/// The values of headers are left out: credentials are among them.
impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("wire_bytes", &self.wire_bytes)
            .field("raw_bytes", &self.raw_bytes)
            .field("points", &self.request.as_ref().map(ExportMetricsServiceRequest::points))
            .field("status", &self.status)
            .field("grpc_status", &self.grpc_status)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}
