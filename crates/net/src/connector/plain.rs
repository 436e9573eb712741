use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};

use crate::ConnectError;

/// A connection without TLS, that notices when the other side answers with TLS.
pub(super) struct PlainStream<S> {
    stream: S,
    began: bool,
}

/// How an alert of TLS begins: its type, and a version whose first byte has always been 3. It is
/// the answer to something that is not TLS. Neither version of HTTP begins so.
const ALERT: [u8; 2] = [0x15, 0x03];

impl<S> PlainStream<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, began: false }
    }
}

impl<S: Read + Unpin> Read for PlainStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.began || buffer.remaining() < ALERT.len() {
            return Pin::new(&mut this.stream).poll_read(context, buffer);
        }
        let mut bytes = [0; ALERT.len()];
        let mut first = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut this.stream).poll_read(context, first.unfilled()))?;
        this.began = true;
        if first.filled() == ALERT {
            let error = ConnectError::tls(
                "what answers speaks TLS: the address should be https://".to_owned(),
                None,
            );
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, error)));
        }
        buffer.put_slice(first.filled());
        Poll::Ready(Ok(()))
    }
}

impl<S: Write + Unpin> Write for PlainStream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
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
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, pieces)
    }
}

impl<S: Connection> Connection for PlainStream<S> {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}
