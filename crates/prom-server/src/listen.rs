use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use meterport_core::ConfigError;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

use crate::unix;

/// Connections that the system may keep until they are accepted.
pub(crate) const BACKLOG: i32 = 1_024;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// An address and a port.
    Tcp(SocketAddr),
    /// A socket file.
    Unix(PathBuf),
}

impl Address {
    /// The address and port, if it is one.
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A connection that a client has opened.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Where connections come from.
#[async_trait]
pub(crate) trait Accept: Send {
    async fn accept(&mut self) -> io::Result<Box<dyn Stream>>;
}

/// A listening socket that no runtime knows of yet.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(std::net::TcpListener),
    Unix(unix::Listener),
}

impl Listener {
    /// Listens on the first address of `host` that can be had.
    pub(crate) fn tcp(host: &str, port: u16) -> Result<Self, ConfigError> {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let listen = || -> io::Result<std::net::TcpListener> {
            let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
            for address in (bare, port).to_socket_addrs()? {
                match listen_on(address) {
                    Ok(listener) => return Ok(listener),
                    Err(error) => last = error,
                }
            }
            Err(last)
        };
        listen().map(Self::Tcp).map_err(|error| {
            let text = format!("cannot listen on {host}:{port}: {error}");
            ConfigError::new("host and port", text).with_source(error)
        })
    }

    /// Listens on a socket file. One that is left over from a server which is gone is replaced.
    pub(crate) fn unix(path: &Path) -> Result<Self, ConfigError> {
        unix::Listener::bind(path).map(Self::Unix).map_err(|error| {
            let text = format!("cannot listen on {}: {error}", path.display());
            ConfigError::new("unix_socket", text).with_source(error)
        })
    }

    pub(crate) fn address(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            Self::Unix(listener) => Ok(Address::Unix(listener.path().to_owned())),
        }
    }

    /// The same in the present runtime.
    ///
    /// # Errors
    /// There is none, or one without sockets.
    pub(crate) fn into_accept(self) -> io::Result<Box<dyn Accept>> {
        // tokio cannot be asked whether there is a driver for sockets; without one it panics.
        catch_unwind(AssertUnwindSafe(|| -> io::Result<Box<dyn Accept>> {
            match self {
                Self::Tcp(listener) => Ok(Box::new(TcpListener::from_std(listener)?)),
                Self::Unix(listener) => listener.into_accept(),
            }
        }))
        .unwrap_or_else(|_| Err(io::Error::other("not inside a tokio runtime with sockets")))
    }
}

/// As the standard library, but with more room for connections that wait.
fn listen_on(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // On Windows this would let others take the port, and there it is free at once anyway.
    socket.set_reuse_address(!cfg!(windows))?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

#[async_trait]
impl Accept for TcpListener {
    async fn accept(&mut self) -> io::Result<Box<dyn Stream>> {
        let (stream, _) = Self::accept(self).await?;
        // A page is written at once; waiting for more would only delay its end.
        stream.set_nodelay(true)?;
        Ok(Box::new(stream) as Box<dyn Stream>)
    }
}
