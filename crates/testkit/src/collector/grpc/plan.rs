//! From a scripted reply to head, data and end of a stream, or of the connection.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use prost::Message;

use super::super::bomb;
use super::Ending;
use crate::proto::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse};
use crate::script::{Encoding, Fate, Garbage, GrpcReply, GrpcStatus, Reply};

pub(super) struct Plan {
    /// The status that is answered in full, if one is.
    pub(super) status: Option<u16>,
    /// The same of gRPC.
    pub(super) grpc_status: Option<u32>,
    /// Points that a partial success rejects.
    pub(super) rejected: i64,
    /// A `GOAWAY` with this code, in front of everything.
    pub(super) go_away: Option<u32>,
    pub(super) act: Act,
    /// The end of the connection, behind everything.
    pub(super) ending: Option<Ending>,
}

pub(super) enum Act {
    /// No answer until the client leaves.
    Hang,
    Nothing,
    /// `RST_STREAM`.
    Reset(u32),
    /// These bytes beneath HTTP/2.
    Bytes(&'static [u8]),
    Answer(Box<Answer>),
    /// Heads of the status 103, and never another.
    Flood(usize),
}

pub(super) struct Answer {
    pub(super) head: Response<()>,
    pub(super) data: Data,
    pub(super) end: End,
}

pub(super) enum Data {
    Whole(Bytes),
    Drip {
        all: Bytes,
        bytes: usize,
        every: Duration,
    },
    /// The first bytes, then 64 KiB of zeros so many times.
    Zeros {
        first: Bytes,
        times: usize,
    },
}

pub(super) enum End {
    /// The stream ends with the head.
    Head,
    /// It ends with the last of the data.
    Data,
    Trailers(HeaderMap),
    /// `RST_STREAM`.
    Reset(u32),
    /// There is more to come, but it does not.
    Open,
}

pub(super) const ZEROS: usize = 64 << 10;
const OVERSIZED: usize = 256 << 20;
const FLOOD: usize = 10_000;

/// What becomes of a request that could be decoded, or not for this status and these words.
pub(super) fn plan(reply: &Reply, refusal: Option<(u32, String)>) -> Plan {
    if let (Some((code, why)), Reply::Ok | Reply::PartialSuccess { .. }) = (refusal, reply) {
        return status(&GrpcStatus::new(code).message(why));
    }
    match reply {
        Reply::Ok => success(Bytes::new()),
        Reply::PartialSuccess { rejected, message } => {
            Plan { rejected: *rejected, ..success(partial(*rejected, message)) }
        }
        Reply::Status(response) => {
            let (body, kind) = response.body.encode(false);
            let mut head = head(response.code, &response.headers);
            head.headers_mut().entry("content-type").or_insert(HeaderValue::from_static(kind));
            let act = answer(head, Data::Whole(body), End::Data);
            Plan { status: Some(response.code), ..unanswered(act) }
        }
        Reply::Redirect { status, location } => {
            let head = head(*status, &[("location".to_owned(), location.clone())]);
            let act = answer(head, Data::Whole(Bytes::new()), End::Head);
            Plan { status: Some(*status), ..unanswered(act) }
        }
        Reply::Hang => unanswered(Act::Hang),
        Reply::ResetBeforeReply | Reply::ResetDuringRequest(_) => {
            ending(Ending::Reset, unanswered(Act::Nothing))
        }
        Reply::ResetAfter(bytes) => {
            let message = framed(0, &slow());
            let some = message.slice(..message.len().min(*bytes));
            ending(Ending::Reset, broken(Data::Whole(some), End::Open))
        }
        Reply::Drip { bytes, every, .. } => {
            let data =
                Data::Drip { all: framed(0, &slow()), bytes: (*bytes).max(1), every: *every };
            with_data(success(Bytes::new()), data)
        }
        Reply::CloseAfterReply => ending(Ending::Close, success(Bytes::new())),
        Reply::Oversized { declared } => {
            let length = if *declared { u32::MAX } else { 16 };
            let data = Data::Zeros { first: prefix(0, length), times: OVERSIZED / ZEROS };
            with_data(success(Bytes::new()), data)
        }
        Reply::Bomb(encoding) => match encoding {
            Encoding::Gzip => compressed("gzip", &bomb::gzip()),
            Encoding::Zstd => compressed("zstd", &bomb::zstd()),
        },
        Reply::Garbage(garbage) => match garbage {
            Garbage::NotHttp => last_words(b"220 ready\r\n\r\n\r\n\r\n"),
            Garbage::Html => {
                let page = "<!DOCTYPE html><html><body><h1>Please log in</h1></body></html>";
                let kind = ("content-type".to_owned(), "text/html; charset=utf-8".to_owned());
                let data = Data::Whole(page.into());
                let act = answer(head(200, &[kind]), data, End::Data);
                Plan { status: Some(200), ..unanswered(act) }
            }
            // Field 1 promises 127 bytes and has one.
            Garbage::Truncated => success(Bytes::from_static(b"\x0a\x7f\x08")),
        },
        Reply::ContinueFlood => unanswered(Act::Flood(FLOOD)),
        Reply::HugeHeaders { count, bytes } => {
            let value = "x".repeat(*bytes);
            let headers: Vec<_> = (0..*count).map(|n| (format!("x-{n}"), value.clone())).collect();
            let mut plan = success(Bytes::new());
            if let Act::Answer(answer) = &mut plan.act {
                insert(answer.head.headers_mut(), &headers);
            }
            plan
        }
        Reply::Grpc(reply) => of_grpc(reply),
    }
}

fn of_grpc(reply: &GrpcReply) -> Plan {
    match reply {
        GrpcReply::Status(answer) => status(answer),
        GrpcReply::Compressed(encoding) => {
            let message = partial(0, &"small. ".repeat(64));
            let compressed_with = |name, encoded: std::io::Result<Vec<u8>>| {
                compressed(name, &encoded.expect("memory takes every byte"))
            };
            match encoding {
                Encoding::Gzip => {
                    let fast = flate2::Compression::fast();
                    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), fast);
                    let written = std::io::Write::write_all(&mut encoder, &message);
                    compressed_with("gzip", written.and_then(|()| encoder.finish()))
                }
                Encoding::Zstd => compressed_with("zstd", zstd::encode_all(&*message, 1)),
            }
        }
        GrpcReply::Frames(bytes) => with_data(success(Bytes::new()), Data::Whole(bytes.clone())),
        GrpcReply::WithoutStatus { trailers } => {
            let end = match trailers {
                false => End::Data,
                true => {
                    let mut trailers = HeaderMap::new();
                    trailers.insert("x-other", HeaderValue::from_static("1"));
                    End::Trailers(trailers)
                }
            };
            broken(Data::Whole(framed(0, b"")), end)
        }
        GrpcReply::Reset(code) => unanswered(Act::Reset(*code)),
        GrpcReply::ResetMidway(code) => broken(Data::Whole(framed(0, b"")), End::Reset(*code)),
        GrpcReply::GoAway { code, request } => {
            let plan = match request {
                Fate::Answered => success(Bytes::new()),
                Fate::Unprocessed | Fate::Lost => ending(Ending::Close, unanswered(Act::Nothing)),
            };
            Plan { go_away: Some(*code), ..plan }
        }
        GrpcReply::NotHttp2 => {
            // A SETTINGS frame on a stream, of a length that none has.
            last_words(b"\0\0\x05\x04\0\0\0\0\x07hello")
        }
    }
}

fn answer(head: Response<()>, data: Data, end: End) -> Act {
    Act::Answer(Box::new(Answer { head, data, end }))
}

fn unanswered(act: Act) -> Plan {
    Plan { status: None, grpc_status: None, rejected: 0, go_away: None, act, ending: None }
}

fn ending(ending: Ending, plan: Plan) -> Plan {
    Plan { ending: Some(ending), ..plan }
}

fn last_words(bytes: &'static [u8]) -> Plan {
    ending(Ending::Close, unanswered(Act::Bytes(bytes)))
}

/// A success whose head and some of whose data are sent.
fn broken(data: Data, end: End) -> Plan {
    let mut plan = with_data(success(Bytes::new()), data);
    if let Act::Answer(answer) = &mut plan.act {
        answer.end = end;
    }
    Plan { status: None, grpc_status: None, ..plan }
}

fn with_data(mut plan: Plan, new: Data) -> Plan {
    if let Act::Answer(answer) = &mut plan.act {
        answer.data = new;
    }
    plan
}

fn success(message: Bytes) -> Plan {
    let head = head(200, &[("content-type".to_owned(), "application/grpc".to_owned())]);
    let data = Data::Whole(framed(0, &message));
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let act = answer(head, data, End::Trailers(trailers));
    Plan { status: Some(200), grpc_status: Some(0), ..unanswered(act) }
}

fn compressed(name: &'static str, message: &[u8]) -> Plan {
    let mut plan = with_data(success(Bytes::new()), Data::Whole(framed(1, message)));
    if let Act::Answer(answer) = &mut plan.act {
        answer.head.headers_mut().insert("grpc-encoding", HeaderValue::from_static(name));
    }
    plan
}

fn status(answer: &GrpcStatus) -> Plan {
    let mut head = head(200, &[("content-type".to_owned(), "application/grpc".to_owned())]);
    let end = if answer.trailers_only {
        insert(head.headers_mut(), &answer.pairs());
        End::Head
    } else {
        let mut trailers = HeaderMap::new();
        insert(&mut trailers, &answer.pairs());
        End::Trailers(trailers)
    };
    let act = self::answer(head, Data::Whole(Bytes::new()), end);
    Plan { status: Some(200), grpc_status: Some(answer.code), ..unanswered(act) }
}

/// A head of this status, or of 500 if there is no such status.
fn head(code: u16, headers: &[(String, String)]) -> Response<()> {
    let mut head = Response::new(());
    *head.status_mut() = code.try_into().unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    insert(head.headers_mut(), headers);
    head
}

/// What cannot be a header is left out.
fn insert(headers: &mut HeaderMap, pairs: &[(String, String)]) {
    for (name, value) in pairs {
        if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(name.as_str()), HeaderValue::from_bytes(value.as_bytes()))
        {
            headers.append(name, value);
        }
    }
}

fn partial(rejected: i64, message: &str) -> Bytes {
    let partial = ExportMetricsPartialSuccess {
        rejected_data_points: rejected,
        error_message: message.to_owned(),
    };
    ExportMetricsServiceResponse { partial_success: Some(partial) }.encode_to_vec().into()
}

/// A message that is long enough to be sent slowly.
fn slow() -> Bytes {
    partial(0, &"slowly. ".repeat(64))
}

fn prefix(flag: u8, length: u32) -> Bytes {
    let mut prefix = BytesMut::with_capacity(5);
    prefix.put_u8(flag);
    prefix.put_u32(length);
    prefix.freeze()
}

fn framed(flag: u8, message: &[u8]) -> Bytes {
    [&prefix(flag, message.len() as u32)[..], message].concat().into()
}
