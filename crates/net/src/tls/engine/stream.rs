use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use super::refusal::{self, Peer};

/// A connection secured by TLS, whose errors say what the other side meant.
pub(super) struct SecureStream<S> {
    stream: TlsStream<S>,
    peer: Peer,
    /// Whether the other side has said anything yet.
    heard: bool,
    /// Why a write failed, while it is found out what the other side says of it.
    lost: Option<io::Error>,
}

impl<S> SecureStream<S> {
    pub(super) fn new(stream: TlsStream<S>, peer: Peer) -> Self {
        Self { stream, peer, heard: false, lost: None }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> SecureStream<S> {
    /// Writes by `write`, and says why the other side does not take it.
    ///
    /// A server that refuses the client's certificate says so and leaves, while the client is
    /// still writing: its words are there to be read.
    fn write<T>(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut TlsStream<S>>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if self.lost.is_none() {
            match write(Pin::new(&mut self.stream), context) {
                Poll::Ready(Err(error)) if !self.heard && is_lost(&error) => {
                    self.lost = Some(error);
                }
                written => return written,
            }
        }
        let mut bytes = [0; 256];
        let mut buffer = ReadBuf::new(&mut bytes);
        // A lost connection is readable at once: the wait is for the runtime to notice.
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer));
        let lost = self.lost.take();
        Poll::Ready(Err(match (read, lost) {
            (Err(said), _) if refusal::is_alert(&said) => self.peer.broken(said),
            (_, Some(lost)) => lost,
            (_, None) => io::ErrorKind::BrokenPipe.into(),
        }))
    }
}

fn is_lost(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::BrokenPipe | K::ConnectionAborted | K::ConnectionReset)
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for SecureStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        this.heard |= buffer.filled().len() > before;
        read.map_err(|error| this.peer.broken(error))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for SecureStream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().write(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().write(context, |stream, context| stream.poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().write(context, |stream, context| stream.poll_write_vectored(context, pieces))
    }
}

impl<S: Connection> Connection for SecureStream<S> {
    fn connected(&self) -> Connected {
        self.stream.get_ref().0.connected()
    }
}
