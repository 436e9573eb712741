use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Whatever takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// A connection that stays open from request to request.
#[derive(Debug)]
pub(super) struct Client {
    stream: TcpStream,
    /// What was read beyond the last answer.
    read: Vec<u8>,
}

impl Client {
    pub(super) async fn connect(server: SocketAddr) -> io::Result<Self> {
        Self::connect_by(TcpSocket::new_v4()?, server).await
    }

    /// With little room on both sides: by default the server's system takes in megabytes that a
    /// client does not read, more the longer the segments are that the client takes.
    pub(super) async fn connect_narrow(server: SocketAddr) -> io::Result<Self> {
        const ROOM: usize = 4_096;
        const SEGMENT: u32 = 536;
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_recv_buffer_size(ROOM)?;
        socket.set_tcp_mss(SEGMENT)?;
        socket.set_nonblocking(true)?;
        Self::connect_by(TcpSocket::from_std_stream(socket.into()), server).await
    }

    async fn connect_by(socket: TcpSocket, server: SocketAddr) -> io::Result<Self> {
        let stream = within(socket.connect(server)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::new() })
    }

    pub(super) async fn ask(&mut self, path: &str, accept: &str) -> io::Result<()> {
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\naccept: {accept}\r\n\r\n");
        within(self.stream.write_all(head.as_bytes())).await
    }

    /// The status of the next answer; of the answer no more is read than comes with it.
    pub(super) async fn status(&mut self) -> io::Result<u16> {
        let wrong = || io::Error::other("no answer");
        while self.read.len() < 12 {
            self.read_some().await?;
        }
        let text = std::str::from_utf8(&self.read[9..12]).map_err(|_| wrong())?;
        text.parse().map_err(|_| wrong())
    }

    /// The length of the body of the next answer, which is read to its end.
    pub(super) async fn body(&mut self) -> io::Result<usize> {
        let end = loop {
            match self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => self.read_some().await?,
            }
        };
        let head = String::from_utf8_lossy(&self.read[..end]).to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        let length: usize = length
            .and_then(|length| length.parse().ok())
            .ok_or_else(|| io::Error::other("an answer without a length"))?;
        while self.read.len() < end + length {
            self.read_some().await?;
        }
        self.read.drain(..end + length);
        Ok(length)
    }

    /// One byte of what has come; `None` once the server has closed.
    pub(super) async fn byte(&mut self) -> Option<()> {
        let mut byte = [0];
        match within(self.stream.read(&mut byte)).await {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(()),
        }
    }

    async fn read_some(&mut self) -> io::Result<()> {
        match within(self.stream.read_buf(&mut self.read)).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

async fn within<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match tokio::time::timeout(LIMIT, work).await {
        Ok(done) => done,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}
