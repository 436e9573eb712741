//! Unix sockets; elsewhere `unix_absent.rs` stands here.

use std::io;
use std::os::unix::net::SocketAddr;

use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use crate::Connection;

/// Whether a socket can have this path, and if not, why.
pub(crate) fn check(path: &str) -> Result<(), &'static str> {
    match SocketAddr::from_pathname(path) {
        Ok(_) => Ok(()),
        Err(_) => Err("is too long for a socket's path, or holds a zero byte"),
    }
}

pub(crate) async fn connect(path: &str) -> io::Result<Connection> {
    Ok(Connection::new(TokioIo::new(UnixStream::connect(path).await?)))
}
