use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

use super::{ProxyReply, ProxyRequest, State, lock};
use crate::listen::Stream;

/// The longest head that is read, in bytes.
const HEAD_LIMIT: usize = 64 * 1024;

pub(super) async fn serve(mut stream: Box<dyn Stream>, state: Arc<State>) {
    // A connection that breaks is the business of the test.
    let _ = exchange(&mut stream, &state).await;
}

async fn exchange(stream: &mut Box<dyn Stream>, state: &State) -> io::Result<()> {
    let request = parse(&head(stream).await?)?;
    lock(&state.requests).push(request.clone());
    let reply = lock(&state.reply).clone();
    match reply {
        ProxyReply::Serve => forward(stream, state, &request).await,
        ProxyReply::Close => Ok(()),
        ProxyReply::Garbage => stream.write_all(b"SSH-2.0-nothing of the kind\r\n\r\n").await,
        ProxyReply::Status(code) => {
            let answer = format!("HTTP/1.1 {code} As told\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await
        }
        ProxyReply::Hang => {
            let mut rest = [0; 1024];
            while stream.read(&mut rest).await? > 0 {}
            Ok(())
        }
    }
}

/// Byte by byte, since what follows is not for the proxy.
async fn head(stream: &mut Box<dyn Stream>) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == HEAD_LIMIT {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.push(stream.read_u8().await?);
    }
    String::from_utf8(head).map_err(|_| io::ErrorKind::InvalidData.into())
}

fn parse(head: &str) -> io::Result<ProxyRequest> {
    let mut lines = head.lines();
    let line = lines.next().ok_or(io::ErrorKind::InvalidData)?.to_owned();
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    Ok(ProxyRequest { line, headers: headers.collect() })
}

/// Connects the two sides. A request that is not `CONNECT` is passed on with a path in place of
/// the whole address.
async fn forward(
    stream: &mut Box<dyn Stream>,
    state: &State,
    request: &ProxyRequest,
) -> io::Result<()> {
    let mut words = request.line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let route = *lock(&state.route);
    if method == "CONNECT" {
        let mut upstream = connect(route, target).await?;
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
        return copy_bidirectional(stream, &mut upstream).await.map(drop);
    }
    let address = target.strip_prefix("http://").ok_or(io::ErrorKind::InvalidData)?;
    let (authority, path) = address.split_once('/').unwrap_or((address, ""));
    let mut upstream = connect(route, authority).await?;
    let mut head = format!("{method} /{path} HTTP/1.1\r\n");
    for (name, value) in request.headers.iter().filter(|header| !header.0.starts_with("proxy-")) {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    upstream.write_all(head.as_bytes()).await?;
    copy_bidirectional(stream, &mut upstream).await.map(drop)
}

async fn connect(route: Option<std::net::SocketAddr>, target: &str) -> io::Result<TcpStream> {
    match route {
        Some(address) => TcpStream::connect(address).await,
        None => TcpStream::connect(target).await,
    }
}
