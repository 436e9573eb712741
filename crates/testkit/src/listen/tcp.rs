use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use async_trait::async_trait;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::{Listen, Stream};

/// A port of the loopback interface.
pub(crate) struct Tcp {
    address: SocketAddr,
    socket: Socket,
}

enum Socket {
    /// Bound before the runtime was there.
    New(std::net::TcpListener),
    Listening(TcpListener),
    /// Bound, but not listening: connections are refused, and nobody else gets the port.
    Reserved(TcpSocket),
    Closed,
}

const BACKLOG: u32 = 1024;

impl Tcp {
    pub(crate) fn bind() -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        Ok(Self { address: listener.local_addr()?, socket: Socket::New(listener) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    fn reserve(&self) -> io::Result<TcpSocket> {
        let socket = TcpSocket::new_v4()?;
        // On Windows this would let others take the port, and there the port is free at once anyway.
        socket.set_reuseaddr(!cfg!(windows))?;
        socket.bind(self.address)?;
        Ok(socket)
    }
}

#[async_trait]
impl Listen for Tcp {
    async fn accept(&mut self) -> io::Result<Box<dyn Stream>> {
        let Socket::Listening(listener) = &self.socket else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok(Box::new(stream))
    }

    fn close(&mut self) -> io::Result<()> {
        if !matches!(self.socket, Socket::Reserved(_)) {
            self.socket = Socket::Closed;
            self.socket = Socket::Reserved(self.reserve()?);
        }
        Ok(())
    }

    fn open(&mut self) -> io::Result<()> {
        self.socket =
            Socket::Listening(match std::mem::replace(&mut self.socket, Socket::Closed) {
                Socket::Listening(listener) => listener,
                Socket::New(listener) => TcpListener::from_std(listener)?,
                Socket::Reserved(socket) => socket.listen(BACKLOG)?,
                Socket::Closed => self.reserve()?.listen(BACKLOG)?,
            });
        Ok(())
    }
}

impl Stream for TcpStream {
    fn reset_on_close(&self) {
        // It fails only for a socket that is no longer one.
        let _ = self.set_zero_linger();
    }
}
