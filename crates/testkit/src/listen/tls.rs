use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{Accept, TlsAcceptor};

use super::{Listen, Stream};

/// Another listener, secured by TLS.
pub(crate) struct Tls<L> {
    inner: L,
    config: TlsConfig,
}

/// What the next connection is met with.
#[derive(Clone)]
pub(crate) struct TlsConfig(Arc<Mutex<Arc<ServerConfig>>>);

impl TlsConfig {
    pub(crate) fn new(config: ServerConfig) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(config))))
    }

    pub(crate) fn set(&self, config: ServerConfig) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }

    fn get(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<L> Tls<L> {
    pub(crate) fn new(inner: L, config: TlsConfig) -> Self {
        Self { inner, config }
    }
}

#[async_trait]
impl<L: Listen> Listen for Tls<L> {
    /// The handshake is done when the connection is first read: a client that takes its time
    /// keeps no other waiting.
    async fn accept(&mut self) -> io::Result<Box<dyn Stream>> {
        let stream = self.inner.accept().await?;
        let accept = TlsAcceptor::from(self.config.get()).accept(stream);
        Ok(Box::new(Secured::Handshake(accept)))
    }

    fn close(&mut self) -> io::Result<()> {
        self.inner.close()
    }

    fn open(&mut self) -> io::Result<()> {
        self.inner.open()
    }
}

type Opened = TlsStream<Box<dyn Stream>>;

enum Secured {
    Handshake(Accept<Box<dyn Stream>>),
    Open(Opened),
    Failed,
}

impl Secured {
    fn poll_open(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Pin<&mut Opened>>> {
        if let Self::Handshake(accept) = self {
            *self = match ready!(Pin::new(accept).poll(context)) {
                Ok(stream) => Self::Open(stream),
                Err(error) => {
                    *self = Self::Failed;
                    return Poll::Ready(Err(error));
                }
            };
        }
        Poll::Ready(match self {
            Self::Open(stream) => Ok(Pin::new(stream)),
            Self::Handshake(_) | Self::Failed => Err(io::ErrorKind::NotConnected.into()),
        })
    }
}

impl AsyncRead for Secured {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.get_mut().poll_open(context))?.poll_read(context, buffer)
    }
}

impl AsyncWrite for Secured {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.get_mut().poll_open(context))?.poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.get_mut().poll_open(context))?.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.get_mut().poll_open(context))?.poll_shutdown(context)
    }
}

impl Stream for Secured {
    fn reset_on_close(&self) {
        match self {
            Self::Handshake(accept) => {
                if let Some(stream) = accept.get_ref() {
                    stream.reset_on_close();
                }
            }
            Self::Open(stream) => stream.get_ref().0.reset_on_close(),
            Self::Failed => {}
        }
    }
}
