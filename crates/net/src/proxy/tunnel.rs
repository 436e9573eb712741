use http::HeaderValue;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::ProxyServer;
use crate::ConnectError;

/// The largest head of a proxy's answer, in bytes.
const HEAD_LIMIT: usize = 16 * 1024;

/// The longest reason of a refusal that is repeated, in characters.
const REASON_LIMIT: usize = 100;

const NONE: Option<std::io::Error> = None;

/// Asks the proxy for a tunnel to `target`, a host with a port (RFC 9110, 9.3.6). From then on
/// the stream's other end is the target.
pub(crate) async fn open_tunnel<S>(
    stream: &mut S,
    proxy: &ProxyServer,
    target: &str,
) -> Result<(), ConnectError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes();
    if let Some(credentials) = proxy.authorization() {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(HeaderValue::as_bytes(credentials));
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    let broken = |error| ConnectError::proxy(proxy, "the connection broke", Some(error));
    stream.write_all(&request).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;

    // Byte by byte, since what follows the head is the target's, which may speak first.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == HEAD_LIMIT {
            return Err(ConnectError::proxy(proxy, "the head of its answer is too large", NONE));
        }
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                let text = "it closed the connection without an answer";
                return Err(ConnectError::proxy(proxy, text, NONE));
            }
            Err(error) => return Err(broken(error)),
        }
    }
    match status(&head) {
        Some((200..=299, _)) => Ok(()),
        Some((407, _)) => Err(ConnectError::refused_credentials(proxy)),
        Some((status, reason)) => {
            let text = format!("it does not connect to {target}: HTTP {status}{reason}");
            Err(ConnectError::proxy(proxy, &text, NONE))
        }
        None => Err(ConnectError::proxy(proxy, "what answers there is no HTTP proxy", NONE)),
    }
}

/// Status and reason of an answer's first line; the reason with a blank before it.
fn status(head: &[u8]) -> Option<(u16, String)> {
    let line = head.split(|&byte| byte == b'\r').next()?;
    let line = line.strip_prefix(b"HTTP/1.").and_then(|line| line.get(1..))?;
    let (code, reason) = line.strip_prefix(b" ")?.split_at_checked(3)?;
    let code = std::str::from_utf8(code).ok()?.parse().ok()?;
    let reason = String::from_utf8_lossy(reason);
    let reason: String = reason.chars().filter(|c| !c.is_control()).take(REASON_LIMIT).collect();
    Some((code, reason))
}
