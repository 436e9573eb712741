//! Listeners that can be taken down, held and brought back on the same address, and the thread that
//! serves them.
//!
//! A fake server has a thread and a runtime of its own, so that a test whose runtime is paused,
//! blocked or gone still meets a living server.

mod tcp;
mod thread;
mod tls;
#[cfg(unix)]
mod unix;

use std::io;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite};

pub(crate) use tcp::Tcp;
pub(crate) use thread::{Door, Server};
pub(crate) use tls::{Tls, TlsConfig};
#[cfg(unix)]
pub(crate) use unix::Unix;

/// A connection that a client has opened.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// Makes the closing of this connection a reset, where the kind of socket has one.
    fn reset_on_close(&self);
}

/// A listening socket. Its methods are called inside a tokio runtime.
#[async_trait]
pub(crate) trait Listen: Send {
    async fn accept(&mut self) -> io::Result<Box<dyn Stream>>;

    /// Stops listening and keeps the address: who connects is refused.
    fn close(&mut self) -> io::Result<()>;

    /// Listens again.
    fn open(&mut self) -> io::Result<()>;
}
