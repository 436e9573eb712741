use bytes::Bytes;
use prost::Message;

use super::rpc_json;
use crate::proto::rpc;

/// A status with headers and a body.
///
/// ```
/// use meterport_testkit::{Reply, Response};
/// let throttled: Reply = Response::new(429).header("retry-after", "7").into();
/// ```
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "all of a response")]
pub struct Response {
    /// The status code, 200 to 599.
    pub code: u16,
    /// Headers besides `content-length` and, unless it is among these, `content-type`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: ResponseBody,
}

/// The body of a [`Response`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ResponseBody {
    /// These bytes; without a type of their own they count as plain text.
    Plain(Bytes),
    /// A status message in the encoding of the request: protobuf, or JSON if that is what came.
    Rpc(rpc::Status),
}

impl Response {
    /// A response without headers and body.
    pub fn new(code: u16) -> Self {
        Self { code, headers: Vec::new(), body: ResponseBody::Plain(Bytes::new()) }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same with these bytes as its body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = ResponseBody::Plain(body.into());
        self
    }

    /// The same with a status message as its body.
    #[must_use]
    pub fn rpc(mut self, status: rpc::Status) -> Self {
        self.body = ResponseBody::Rpc(status);
        self
    }
}

impl ResponseBody {
    /// The bytes, and the type to send them as.
    pub fn encode(&self, json: bool) -> (Bytes, &'static str) {
        match self {
            Self::Plain(bytes) => (bytes.clone(), "text/plain"),
            Self::Rpc(status) if json => (rpc_json::status(status).into(), "application/json"),
            Self::Rpc(status) => (status.encode_to_vec().into(), "application/x-protobuf"),
        }
    }
}
