//! From head, data and trailers to what they mean.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use meterport_core::{Clock, ErrorKind, ExportError, Outcome};
use meterport_net::{Answer, DecompressError, decompress, retry_after_now};
use meterport_otlp::{GrpcResponse, grpc_outcome};
use percent_encoding::percent_decode;

use crate::wire::PREFIX;

const UNKNOWN: u32 = 2;
const UNAUTHENTICATED: u32 = 16;

/// Bytes in metadata, with the padding that senders should leave out and without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether the answer refuses the credentials: by gRPC's own status, or a proxy's of HTTP.
pub(crate) fn refuses(answer: &Answer) -> bool {
    match status(answer) {
        Some((code, _)) => code == UNAUTHENTICATED,
        None => answer.status == StatusCode::UNAUTHORIZED,
    }
}

pub(crate) fn outcome(
    answer: &Answer,
    limit: usize,
    clock: Option<&dyn Clock>,
    points: u64,
    size: u64,
) -> Result<Outcome, ExportError> {
    let found = status(answer);
    let (mut text, mut details) = (Cow::Borrowed(""), Vec::new());
    if let Some((_, metadata)) = found {
        text = bytes_of(metadata, "grpc-message")
            .map_or(text, |message| percent_decode(message).decode_utf8_lossy());
        details = bytes_of(metadata, "grpc-status-details-bin")
            .and_then(|details| BASE64.decode(details).ok())
            .unwrap_or_default();
    }
    let read = match found {
        Some((0, _)) => message(answer, limit)?,
        _ => Ok(Cow::default()),
    };
    let mut response = GrpcResponse::new(0, &[]);
    response.http_status = answer.status.as_u16();
    response.content_type = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    response.status = found.map(|(code, _)| code);
    response.message = &text;
    response.details = &details;
    response.retry_after = retry_after_now(&answer.headers, clock);
    response.body = read.as_deref().map_err(|problem| *problem);
    grpc_outcome(&response, points, size)
}

/// The status and the metadata beside it: in the trailers, or in the head that is all there is.
fn status(answer: &Answer) -> Option<(u32, &HeaderMap)> {
    [&answer.trailers, &answer.headers].into_iter().find_map(|metadata| {
        let code = metadata.get("grpc-status")?.to_str().ok().and_then(|text| text.parse().ok());
        Some((code.unwrap_or(UNKNOWN), metadata))
    })
}

fn bytes_of<'m>(metadata: &'m HeaderMap, name: &str) -> Option<&'m [u8]> {
    metadata.get(name).map(HeaderValue::as_bytes)
}

/// The one message, decompressed, or what is wrong with it.
///
/// # Errors
/// It is larger than the limit: never to be asked for again (OTLP specification, "OTLP/gRPC
/// Response").
fn message(
    answer: &Answer,
    limit: usize,
) -> Result<Result<Cow<'_, [u8]>, &'static str>, ExportError> {
    let Some((prefix, message)) = answer.body.split_first_chunk::<PREFIX>() else {
        return Ok(Err("no message"));
    };
    let [flag, length @ ..] = *prefix;
    if u32::from_be_bytes(length) as usize != message.len() {
        return Ok(Err("something else than one message"));
    }
    let encoding = match flag {
        0 => return Ok(Ok(Cow::Borrowed(message))),
        1 => bytes_of(&answer.headers, "grpc-encoding").and_then(|name| str::from_utf8(name).ok()),
        _ => return Ok(Err("something else than a message")),
    };
    match decompress(encoding.unwrap_or("none"), message, limit) {
        Ok(message) => Ok(Ok(Cow::Owned(message))),
        Err(DecompressError::TooLarge { .. }) => {
            let text = format!("the answer is larger than {limit} bytes");
            Err(ExportError::new(ErrorKind::Response, text).unconfirmed())
        }
        Err(_) => Ok(Err("a message that cannot be decompressed")),
    }
}
