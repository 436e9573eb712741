//! From a stream of HTTP/2 to the message, by the rules of gRPC over HTTP/2.

use bytes::{Buf, Bytes, BytesMut};
use h2::RecvStream;
use http::{HeaderValue, Method, header, request};

use super::super::decode::{LIMIT, plain, protobuf};
use crate::proto::ExportMetricsServiceRequest;

const PATH: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

const INVALID_ARGUMENT: u32 = 3;
const UNIMPLEMENTED: u32 = 12;

/// What a stream holds, and the status to answer if it holds nothing.
pub(super) struct Decoded {
    /// The message as sent.
    pub(super) message: Bytes,
    pub(super) raw_bytes: u64,
    pub(super) request: Result<ExportMetricsServiceRequest, String>,
    pub(super) refusal: Option<u32>,
    /// What no client of gRPC does.
    pub(super) violation: Option<&'static str>,
}

/// Reads the body; with `enough` no more than it takes to have that many bytes. `None` if the
/// client left, or sends more than anybody should.
pub(super) async fn body(stream: &mut RecvStream, enough: Option<u64>) -> Option<Bytes> {
    let enough = enough.unwrap_or(u64::MAX);
    let mut body = BytesMut::new();
    while (body.len() as u64) < enough {
        let Some(data) = stream.data().await else { break };
        let data = data.ok()?;
        if (body.len() + data.len()) as u64 > LIMIT {
            return None;
        }
        stream.flow_control().release_capacity(data.len()).ok()?;
        body.extend_from_slice(&data);
    }
    Some(body.freeze())
}

pub(super) fn decode(head: &request::Parts, body: &Bytes) -> Decoded {
    let refused = |code: u32, why: String, violation| Decoded {
        message: body.clone(),
        raw_bytes: 0,
        request: Err(why),
        refusal: Some(code),
        violation,
    };
    let (compressed, message) = match check(head).and_then(|()| unframe(body)) {
        Ok(framed) => framed,
        Err(why) => return refused(INVALID_ARGUMENT, why.into(), Some(why)),
    };
    if head.uri.path() != PATH {
        return refused(UNIMPLEMENTED, format!("no such method: {}", head.uri.path()), None);
    }
    let coding = head.headers.get("grpc-encoding").map(HeaderValue::as_bytes);
    let coding = if compressed { coding } else { None };
    match plain(coding, &message) {
        Ok(raw) => {
            let request = protobuf(&raw);
            let refusal = request.is_err().then_some(INVALID_ARGUMENT);
            let request = request.map_err(|(_, why)| why);
            let raw_bytes = raw.len() as u64;
            Decoded { message, raw_bytes, request, refusal, violation: None }
        }
        Err((_, why)) => Decoded { message, ..refused(UNIMPLEMENTED, why, None) },
    }
}

/// "Requests" of gRPC over HTTP/2.
fn check(head: &request::Parts) -> Result<(), &'static str> {
    let is = |name, right: fn(&str) -> bool| {
        head.headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(right)
    };
    if head.method != Method::POST {
        return Err("a method other than POST");
    }
    if !is(header::CONTENT_TYPE, |kind| kind.starts_with("application/grpc")) {
        return Err("a Content-Type other than that of gRPC");
    }
    if !is(header::TE, |te| te == "trailers") {
        return Err("no `te: trailers`");
    }
    if head.uri.scheme().is_none() || head.uri.authority().is_none() {
        return Err("no scheme or no authority");
    }
    if head.headers.contains_key("grpc-timeout") && !is_timeout(head) {
        return Err("a grpc-timeout that is none");
    }
    let coded = head.headers.keys().any(|name| name.as_str().starts_with("content-enc"));
    if coded { Err("a Content-Encoding") } else { Ok(()) }
}

/// At most eight digits and a unit.
fn is_timeout(head: &request::Parts) -> bool {
    let value = head.headers["grpc-timeout"].as_bytes();
    let Some((unit, digits)) = value.split_last() else { return false };
    b"HMSmun".contains(unit)
        && (1..=8).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
}

/// The one message of a unary call, and whether it is compressed.
fn unframe(body: &Bytes) -> Result<(bool, Bytes), &'static str> {
    let mut rest = body.clone();
    let (Ok(flag), Ok(length)) = (rest.try_get_u8(), rest.try_get_u32()) else {
        return Err("a message without its prefix");
    };
    if flag > 1 {
        return Err("a compressed-flag other than 0 and 1");
    }
    if rest.len() as u64 != u64::from(length) {
        return Err("a message of another length than its prefix says");
    }
    Ok((flag == 1, rest))
}
