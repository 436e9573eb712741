//! The head of a request.

use bytes::BytesMut;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

/// The longest head that is read.
pub(super) const LIMIT: usize = 64 * 1024;
const HEADERS: usize = 128;

#[derive(Debug)]
pub(super) struct Head {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) framing: Framing,
    /// Whether the client wants the connection closed.
    pub(super) last: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length(u64),
    Chunked,
}

/// Takes a head from the front of the buffer; `None` if there is only a part of one.
pub(super) fn take(buffer: &mut BytesMut) -> Result<Option<Head>, String> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(buffer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if buffer.len() < LIMIT => return Ok(None),
        Ok(httparse::Status::Partial) => return Err(format!("a head above {LIMIT} bytes")),
        Err(error) => return Err(format!("not a head: {error}")),
    };
    let head = owned(&request)?;
    let _ = buffer.split_to(length);
    Ok(Some(head))
}

fn owned(request: &httparse::Request<'_, '_>) -> Result<Head, String> {
    let mut headers = HeaderMap::new();
    for field in request.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes());
        let value = HeaderValue::from_bytes(field.value);
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(format!("not a header: {}", field.name));
        };
        headers.append(name, value);
    }
    let method = request.method.unwrap_or_default();
    let wishes_end = has_token(&headers, header::CONNECTION, "close");
    let wishes_more = has_token(&headers, header::CONNECTION, "keep-alive");
    Ok(Head {
        method: method.parse().map_err(|_| format!("not a method: {method}"))?,
        path: request.path.unwrap_or_default().to_owned(),
        framing: framing(&headers)?,
        last: wishes_end || (request.version == Some(0) && !wishes_more),
        headers,
    })
}

fn framing(headers: &HeaderMap) -> Result<Framing, String> {
    let lengths: Vec<_> = headers.get_all(header::CONTENT_LENGTH).iter().collect();
    match (headers.get(header::TRANSFER_ENCODING), &*lengths) {
        (Some(_), [_, ..]) => Err("Content-Length beside Transfer-Encoding".into()),
        (Some(coding), []) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => {
            Ok(Framing::Chunked)
        }
        (Some(_), []) => Err("a Transfer-Encoding other than chunked".into()),
        (None, []) => Ok(Framing::Length(0)),
        (None, [length]) => {
            let digits =
                length.to_str().ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
            let length = digits.and_then(|text| text.parse().ok());
            length.map(Framing::Length).ok_or_else(|| "not a Content-Length".into())
        }
        (None, _) => Err("more than one Content-Length".into()),
    }
}

fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        let table: [(&str, Result<Framing, &str>); 9] = [
            ("POST / HTTP/1.1\r\ncontent-length: 12\r\n\r\n", Ok(Framing::Length(12))),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n", Ok(Framing::Chunked)),
            ("GET / HTTP/1.1\r\n\r\n", Ok(Framing::Length(0))),
            ("GET / HTTP/1.1\r\ncontent-length: +1\r\n\r\n", Err("not a Content-Length")),
            ("GET / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n", Err("more than")),
            (
                "GET / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
                Err("Content-Length beside"),
            ),
            ("GET / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n", Err("a Transfer-Encoding")),
            ("\u{16}\u{3}\u{1}", Err("not a head")),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Err("not a head")),
        ];
        for (text, expected) in table {
            match (take(&mut BytesMut::from(text)), expected) {
                (Ok(Some(head)), Ok(framing)) => assert_eq!(head.framing, framing, "{text}"),
                (Err(error), Err(start)) => assert!(error.starts_with(start), "{text}: {error}"),
                (read, _) => panic!("{text}: {read:?}"),
            }
        }
        let endless = format!("GET /{} HTTP/1.1\r\n", "a".repeat(LIMIT));
        assert!(take(&mut BytesMut::from(&*endless)).is_err());
        assert!(take(&mut BytesMut::from("GET / HT")).unwrap().is_none());
    }

    #[test]
    fn who_wants_the_connection_kept() {
        for (text, last) in [
            ("GET / HTTP/1.1\r\n\r\n", false),
            ("GET / HTTP/1.1\r\nconnection: x, Close\r\n\r\n", true),
            ("GET / HTTP/1.0\r\n\r\n", true),
            ("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n", false),
        ] {
            let head = take(&mut BytesMut::from(text)).unwrap().unwrap();
            assert_eq!(head.last, last, "{text}");
        }
    }
}
