//! From the body of a request to the message, without any code of Meterport's.

use std::io::{self, Read};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use prost::Message;

use crate::json::{self, Rules};
use crate::proto::ExportMetricsServiceRequest;

/// The longest body that is read, before and after decompression.
pub(super) const LIMIT: u64 = 256 << 20;

/// The encodings of OTLP over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Protobuf,
    Json,
}

/// What a body holds, and the status to answer if it holds nothing.
pub(super) struct Decoded {
    pub(super) raw_bytes: u64,
    pub(super) request: Result<ExportMetricsServiceRequest, String>,
    pub(super) refusal: Option<u16>,
}

/// The encoding that `Content-Type` names, if it names one.
pub(super) fn format(headers: &HeaderMap) -> Option<Format> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match kind.to_ascii_lowercase().as_str() {
        "application/x-protobuf" => Some(Format::Protobuf),
        "application/json" => Some(Format::Json),
        _ => None,
    }
}

pub(super) fn decode(headers: &HeaderMap, body: &Bytes, rules: Rules) -> Decoded {
    let mut raw_bytes = 0;
    let coding = headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes);
    let read = plain(coding, body).and_then(|raw| {
        raw_bytes = raw.len() as u64;
        message(headers, &raw, rules)
    });
    let (request, refusal) = match read {
        Ok(request) => (Ok(request), None),
        Err((code, why)) => (Err(why), Some(code)),
    };
    Decoded { raw_bytes, request, refusal }
}

pub(super) type Refused<T> = Result<T, (u16, String)>;

fn message(headers: &HeaderMap, raw: &[u8], rules: Rules) -> Refused<ExportMetricsServiceRequest> {
    match format(headers) {
        Some(Format::Protobuf) => protobuf(raw),
        Some(Format::Json) => {
            json::request(raw, rules).map_err(|error| (400, format!("not OTLP/JSON: {error}")))
        }
        None => Err((415, "neither protobuf nor JSON by its Content-Type".into())),
    }
}

pub(super) fn protobuf(raw: &[u8]) -> Refused<ExportMetricsServiceRequest> {
    ExportMetricsServiceRequest::decode(raw)
        .map_err(|error| (400, format!("not an export request: {error}")))
}

/// The body without its compression, which the name of a coding tells.
pub(super) fn plain(coding: Option<&[u8]>, body: &Bytes) -> Refused<Bytes> {
    let read = match coding {
        None | Some(b"identity") => return Ok(body.clone()),
        Some(b"gzip") => bounded(flate2::bufread::MultiGzDecoder::new(&**body)),
        Some(b"zstd") => zstd::stream::read::Decoder::with_buffer(&**body).and_then(bounded),
        Some(_) => return Err((415, "an unknown compression".into())),
    };
    read.map(Bytes::from).map_err(|error| (400, format!("cannot be decompressed: {error}")))
}

fn bounded(from: impl Read) -> io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    if from.take(LIMIT + 1).read_to_end(&mut raw)? as u64 > LIMIT {
        return Err(io::Error::other(format!("above {LIMIT} bytes")));
    }
    Ok(raw)
}
