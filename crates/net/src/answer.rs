use std::pin::Pin;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, Response, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;
use meterport_compress::{DecompressError, decompress};

use crate::causes::causes;
use crate::runtime::{Passed, Timer};
use crate::service::AnswerBody;
use crate::{BoxError, SendError, SendErrorKind};

/// What the other side has answered, redirects and errors included.
///
/// The body is decompressed. A success has its whole body; of any other answer the status is what
/// counts, and the body is as much of it as arrived and could be read.
#[derive(Clone)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers, without those of an encoding that has been undone.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The headers behind the body, which few protocols have.
    pub trailers: HeaderMap,
    /// How often the request was sent: 2 after a refusal that a hook has answered.
    pub attempts: u32,
}

impl std::fmt::Debug for Answer {
    /// Without headers, body and trailers: cookies and the like are nobody's business.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// What is reserved for a body at first, whatever it declares.
const FIRST_ROOM: u64 = 64 * 1024;

enum Unread {
    Broken(BoxError),
    TooLarge,
}

/// Reads the body within the deadline and the limit.
pub(crate) async fn read(
    response: Response<AnswerBody>,
    limit: usize,
    timer: Timer,
) -> Result<Answer, SendError> {
    let (head, mut body) = response.into_parts();
    let (status, mut headers) = (head.status, head.headers);
    let failed = |kind| Err(SendError::new(kind).with_status(status));

    let mut read = Read::default();
    let ended = timer.bound(collect(&mut body, &mut read, limit)).await;
    let whole = match ended {
        Ok(Ok(())) => true,
        Ok(Err(Unread::TooLarge)) => return failed(SendErrorKind::AnswerTooLarge { limit }),
        Ok(Err(Unread::Broken(_))) | Err(Passed) if !status.is_success() => false,
        Err(Passed) => return failed(SendErrorKind::DeadlineAfterSend),
        Ok(Err(Unread::Broken(error))) => {
            let detail = causes(&*error);
            let broken = SendError::new(SendErrorKind::Broken).with_detail(&detail);
            return Err(broken.with_status(status).with_source(error));
        }
    };
    let Read { bytes, trailers } = read;
    let body = match encoding(&headers) {
        Encoding::None => bytes,
        _ if bytes.is_empty() => bytes,
        _ if !whole => Vec::new(),
        Encoding::Named(name) => match decompress(name, &bytes, limit) {
            Ok(decoded) => {
                headers.remove(CONTENT_ENCODING);
                headers.remove(CONTENT_LENGTH);
                decoded
            }
            Err(DecompressError::TooLarge { .. }) => {
                return failed(SendErrorKind::AnswerTooLarge { limit });
            }
            Err(_) if !status.is_success() => Vec::new(),
            Err(error) => {
                let undecodable = SendError::new(SendErrorKind::Undecodable);
                return Err(undecodable.with_status(status).with_detail(&error.to_string()));
            }
        },
    };
    Ok(Answer { status, headers, body: body.into(), trailers, attempts: 0 })
}

#[derive(Default)]
struct Read {
    bytes: Vec<u8>,
    trailers: HeaderMap,
}

async fn collect(body: &mut AnswerBody, read: &mut Read, limit: usize) -> Result<(), Unread> {
    let declared = body.size_hint().lower();
    if declared > limit as u64 {
        return Err(Unread::TooLarge);
    }
    let bytes = &mut read.bytes;
    bytes.reserve(declared.min(FIRST_ROOM) as usize);
    let mut body = Pin::new(body);
    while let Some(frame) = body.frame().await {
        let data = match frame.map_err(Unread::Broken)?.into_data() {
            Ok(data) => data,
            Err(frame) => {
                read.trailers.extend(frame.into_trailers().unwrap_or_default());
                continue;
            }
        };
        if data.len() > limit - bytes.len() {
            return Err(Unread::TooLarge);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(())
}

enum Encoding<'h> {
    None,
    Named(&'h str),
}

/// The body's encoding; several of them, or one that is no text, are none that is known.
fn encoding(headers: &HeaderMap) -> Encoding<'_> {
    let mut values = headers.get_all(CONTENT_ENCODING).iter();
    match (values.next(), values.next()) {
        (None, _) => Encoding::None,
        (Some(value), None) => match value.to_str() {
            Ok(name) if name.trim().is_empty() => Encoding::None,
            Ok(name) if name.trim().eq_ignore_ascii_case("identity") => Encoding::None,
            Ok(name) => Encoding::Named(name),
            Err(_) => Encoding::Named("unknown"),
        },
        (Some(_), Some(_)) => Encoding::Named("several"),
    }
}
