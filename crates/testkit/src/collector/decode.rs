//! From the body of a request to the message, without any code of Meterport's.

use std::io::{self, Read};

use bytes::Bytes;
use http::{HeaderMap, header};
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
    let read = plain(headers, body).and_then(|raw| {
        raw_bytes = raw.len() as u64;
        message(headers, &raw, rules)
    });
    let (request, refusal) = match read {
        Ok(request) => (Ok(request), None),
        Err((code, why)) => (Err(why), Some(code)),
    };
    Decoded { raw_bytes, request, refusal }
}

type Refused<T> = Result<T, (u16, String)>;

fn message(headers: &HeaderMap, raw: &[u8], rules: Rules) -> Refused<ExportMetricsServiceRequest> {
    match format(headers) {
        Some(Format::Protobuf) => ExportMetricsServiceRequest::decode(raw)
            .map_err(|error| (400, format!("not an export request: {error}"))),
        Some(Format::Json) => {
            json::request(raw, rules).map_err(|error| (400, format!("not OTLP/JSON: {error}")))
        }
        None => Err((415, "neither protobuf nor JSON by its Content-Type".into())),
    }
}

fn plain(headers: &HeaderMap, body: &Bytes) -> Refused<Bytes> {
    let Some(coding) = headers.get(header::CONTENT_ENCODING) else {
        return Ok(body.clone());
    };
    let read = match coding.as_bytes() {
        b"identity" => return Ok(body.clone()),
        b"gzip" => bounded(flate2::bufread::MultiGzDecoder::new(&**body)),
        b"zstd" => zstd::stream::read::Decoder::with_buffer(&**body).and_then(bounded),
        _ => return Err((415, "an unknown Content-Encoding".into())),
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
