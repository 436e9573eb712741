use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::failure::{Failure, Result};

/// The longest answer that is read.
const ANSWER_LIMIT: u64 = 64 << 20;

/// What a server said.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

/// Asks for a path, which may have a query.
pub(super) fn get(server: SocketAddr, path: &str, limit: Duration) -> Result<Answer> {
    exchange(server, "GET", path, "", b"", limit)
}

/// Posts a body.
pub(super) fn post(
    server: SocketAddr,
    path: &str,
    content_type: &str,
    body: &[u8],
    limit: Duration,
) -> Result<Answer> {
    let head = format!("Content-Type: {content_type}\r\nContent-Length: {}\r\n", body.len());
    exchange(server, "POST", path, &head, body, limit)
}

/// By a client that shares nothing with the ones under test.
fn exchange(
    server: SocketAddr,
    method: &str,
    path: &str,
    head: &str,
    body: &[u8],
    limit: Duration,
) -> Result<Answer> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::while_doing(format!("{method} http://{server}{path}"), error)
    };
    let answer = speak(server, method, path, head, body, limit).map_err(|error| failed(&error))?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    match (status, answer.split_once("\r\n\r\n")) {
        (Some(status), Some((_, body))) if answer.starts_with("HTTP/1.") => {
            Ok(Answer { status, body: body.to_owned() })
        }
        _ => Err(failed(&format!("it answered {answer:?}"))),
    }
}

/// HTTP/1.0, by which the answer ends with the connection and comes in one piece.
fn speak(
    server: SocketAddr,
    method: &str,
    path: &str,
    head: &str,
    body: &[u8],
    limit: Duration,
) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&server, limit)?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    write!(stream, "{method} {path} HTTP/1.0\r\nHost: {server}\r\n{head}\r\n")?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.take(ANSWER_LIMIT).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn a_request_is_sent_whole_and_the_answer_read() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        let limit = Duration::from_secs(10);
        let serving = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(limit)).unwrap();
            let mut seen = Vec::new();
            while !seen.ends_with(b"\r\n\r\n{}") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                seen.push(byte[0]);
            }
            stream.write_all(b"HTTP/1.1 202 Accepted\r\n\r\nall right").unwrap();
            String::from_utf8(seen).unwrap()
        });
        let answer = post(server, "/a", "application/json", b"{}", limit).unwrap();
        assert_eq!((answer.status, &*answer.body), (202, "all right"));
        let seen = serving.join().unwrap();
        assert!(seen.starts_with("POST /a HTTP/1.0\r\n"), "{seen}");
        assert!(seen.contains("\r\nContent-Length: 2\r\n"), "{seen}");
    }
}
