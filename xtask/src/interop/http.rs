use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::failure::{Failure, Result};

/// The longest answer that is read.
const ANSWER_LIMIT: u64 = 64 * 1024;

/// Posts a body by a client that shares nothing with the ones under test; answers the status
/// and all that followed it.
pub(super) fn post(
    server: SocketAddr,
    path: &str,
    content_type: &str,
    body: &[u8],
    limit: Duration,
) -> Result<(u16, String)> {
    let answer = exchange(server, path, content_type, body, limit)
        .map_err(|error| Failure::while_doing(format!("POST http://{server}{path}"), error))?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    match status {
        Some(status) if answer.starts_with("HTTP/1.") => Ok((status, answer)),
        _ => Err(Failure::Failed(format!("http://{server}{path} answered {answer:?}"))),
    }
}

fn exchange(
    server: SocketAddr,
    path: &str,
    content_type: &str,
    body: &[u8],
    limit: Duration,
) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&server, limit)?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {server}\r\nContent-Type: {content_type}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
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
    fn a_request_is_sent_whole_and_the_status_read() {
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
            stream.write_all(b"HTTP/1.1 202 Accepted\r\n\r\n").unwrap();
            String::from_utf8(seen).unwrap()
        });
        let (status, _) = post(server, "/a", "application/json", b"{}", limit).unwrap();
        assert_eq!(status, 202);
        let seen = serving.join().unwrap();
        assert!(seen.starts_with("POST /a HTTP/1.1\r\n"), "{seen}");
        assert!(seen.contains("\r\nContent-Length: 2\r\n"), "{seen}");
    }
}
