//! From a scripted reply to the bytes that go out, and how they go.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use prost::Message;
use serde_json::json;

use super::bomb;
use super::decode::Format;
use crate::proto::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse, rpc};
use crate::script::{Encoding, Garbage, Part, Reply, Response};

pub(super) struct Plan {
    /// The status that is answered in full, if one is.
    pub(super) status: Option<u16>,
    /// Points that a partial success rejects.
    pub(super) rejected: i64,
    pub(super) act: Act,
}

pub(super) enum Act {
    /// No answer until the client leaves.
    Hang,
    /// No answer but a reset.
    Reset,
    /// These bytes, and the next request unless `close`.
    Send { head: Bytes, body: Bytes, manner: Manner, close: bool },
    /// The head, and then the unit `times` over, unless the client leaves first.
    Repeat { head: Bytes, unit: Bytes, times: usize },
}

pub(super) enum Manner {
    Whole,
    Drip { part: Part, bytes: usize, every: Duration },
    ResetAfter(usize),
}

/// What is known of the request when it is answered.
pub(super) struct Request {
    pub(super) format: Option<Format>,
    /// The status and the words for a request that cannot be decoded.
    pub(super) refusal: Option<(u16, String)>,
    /// Whether the client wants the connection closed.
    pub(super) last: bool,
}

const PROTOBUF: &str = "application/x-protobuf";
const OVERSIZED: usize = 256 << 20;
const UNIT: usize = 64 << 10;
const FLOOD: usize = 64 << 20;
/// `INVALID_ARGUMENT` of `google.rpc.Code`.
const INVALID_ARGUMENT: i32 = 3;

impl Request {
    pub(super) fn plan(&self, reply: &Reply) -> Plan {
        match reply {
            Reply::Ok => self.send(&self.success()),
            Reply::PartialSuccess { rejected, message } => {
                let plan = self.send(&self.partial_success(*rejected, message));
                let rejected = if self.refusal.is_some() { 0 } else { *rejected };
                Plan { rejected, ..plan }
            }
            Reply::Status(response) => self.send(response),
            Reply::Grpc(_) => self.send(&Response::new(599).body("this is no gRPC")),
            Reply::Redirect { status, location } => {
                self.send(&Response::new(*status).header("location", location))
            }
            Reply::Hang => silent(Act::Hang),
            Reply::ResetBeforeReply | Reply::ResetDuringRequest(_) => silent(Act::Reset),
            Reply::ResetAfter(bytes) => {
                let plan = self.send(&self.success());
                Plan { status: None, ..plan.with(Manner::ResetAfter(*bytes)) }
            }
            Reply::Drip { part, bytes, every } => {
                let response = match part {
                    Part::Head => self.success(),
                    Part::Body => self.partial_success(0, &"slowly. ".repeat(64)),
                };
                let bytes = (*bytes).max(1);
                self.send(&response).with(Manner::Drip { part: *part, bytes, every: *every })
            }
            Reply::CloseAfterReply => self.send(&self.success()).closing(),
            Reply::Oversized { declared } => self.oversized(*declared),
            Reply::Bomb(encoding) => {
                let (name, body) = match encoding {
                    Encoding::Gzip => ("gzip", bomb::gzip()),
                    Encoding::Zstd => ("zstd", bomb::zstd()),
                };
                let response = Response::new(200).header("content-type", self.content_type());
                self.send(&response.header("content-encoding", name).body(body))
            }
            Reply::Garbage(garbage) => self.garbage(*garbage),
            Reply::ContinueFlood => {
                let unit = "HTTP/1.1 100 Continue\r\n\r\n".repeat(1024);
                let times = FLOOD / unit.len();
                silent(Act::Repeat { head: Bytes::new(), unit: unit.into(), times })
            }
            Reply::HugeHeaders { count, bytes } => {
                let value = "x".repeat(*bytes);
                let header = |response: Response, n| response.header(format!("x-{n}"), &*value);
                self.send(&(0..*count).fold(self.success(), header))
            }
        }
    }

    fn json(&self) -> bool {
        self.format == Some(Format::Json)
    }

    fn content_type(&self) -> &'static str {
        if self.json() { "application/json" } else { PROTOBUF }
    }

    fn success(&self) -> Response {
        self.unless_refused(if self.json() { Bytes::from("{}") } else { Bytes::new() })
    }

    fn partial_success(&self, rejected: i64, message: &str) -> Response {
        self.unless_refused(if self.json() {
            let partial =
                json!({"rejectedDataPoints": rejected.to_string(), "errorMessage": message});
            json!({ "partialSuccess": partial }).to_string().into()
        } else {
            let partial = ExportMetricsPartialSuccess {
                rejected_data_points: rejected,
                error_message: message.to_owned(),
            };
            ExportMetricsServiceResponse { partial_success: Some(partial) }.encode_to_vec().into()
        })
    }

    fn unless_refused(&self, body: Bytes) -> Response {
        match &self.refusal {
            None => Response::new(200).header("content-type", self.content_type()).body(body),
            Some((code, why)) => {
                Response::new(*code).rpc(rpc::Status::new(INVALID_ARGUMENT, why.clone()))
            }
        }
    }

    fn garbage(&self, garbage: Garbage) -> Plan {
        let page = "<!DOCTYPE html><html><body><h1>Please log in</h1></body></html>";
        let html = Response::new(200).header("content-type", "text/html; charset=utf-8");
        // Field 1 promises 127 bytes and has one.
        let cut: &'static [u8] =
            if self.json() { br#"{"partialSuccess":{"re"# } else { b"\x0a\x7f\x08" };
        let truncated = Response::new(200).header("content-type", self.content_type());
        match garbage {
            Garbage::Html => self.send(&html.body(page)),
            Garbage::Truncated => self.send(&truncated.body(cut)),
            Garbage::NotHttp => silent(Act::Send {
                head: Bytes::from_static(b"\x00\xff\x16\x03SSH-2.0-whatever\r\n\r\n220 ready\r\n"),
                body: Bytes::new(),
                manner: Manner::Whole,
                close: true,
            }),
        }
    }

    fn oversized(&self, declared: bool) -> Plan {
        let zeros = vec![0; UNIT];
        let (framing, unit) = if declared {
            (format!("content-length: {}", 10u64 << 30), zeros)
        } else {
            let mut chunk = format!("{UNIT:x}\r\n").into_bytes();
            chunk.extend(zeros);
            chunk.extend(b"\r\n");
            ("transfer-encoding: chunked".into(), chunk)
        };
        let kind = self.content_type();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n{framing}\r\n\r\n");
        let times = OVERSIZED / UNIT;
        let act = Act::Repeat { head: head.into(), unit: unit.into(), times };
        Plan { status: Some(200), rejected: 0, act }
    }

    fn send(&self, response: &Response) -> Plan {
        let (body, kind) = response.body.encode(self.json());
        let code = response.code;
        let reason = StatusCode::from_u16(code).ok().and_then(|code| code.canonical_reason());
        let mut head = format!("HTTP/1.1 {code} {}\r\n", reason.unwrap_or_default());
        let mut line = |name: &str, value: &str| head.extend([name, ": ", value, "\r\n"]);
        for (name, value) in &response.headers {
            line(name, value);
        }
        let typed =
            response.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if !typed && !body.is_empty() {
            line("content-type", kind);
        }
        if !matches!(code, 204 | 304) {
            line("content-length", &body.len().to_string());
        }
        if self.last {
            line("connection", "close");
        }
        head.push_str("\r\n");
        let act = Act::Send { head: head.into(), body, manner: Manner::Whole, close: self.last };
        Plan { status: Some(code), rejected: 0, act }
    }
}

fn silent(act: Act) -> Plan {
    Plan { status: None, rejected: 0, act }
}

impl Plan {
    fn with(mut self, new: Manner) -> Self {
        if let Act::Send { manner, .. } = &mut self.act {
            *manner = new;
        }
        self
    }

    fn closing(mut self) -> Self {
        if let Act::Send { close, .. } = &mut self.act {
            *close = true;
        }
        self
    }
}
