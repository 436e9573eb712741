//! Opens connections, for every transport alike.

mod builder;
mod connection;
mod error;
mod plain;
mod resolve;
#[cfg(test)]
mod tests;

use std::fmt;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_util::client::legacy::connect::{Connection as HyperConnection, HttpConnector};
use hyper_util::rt::TokioIo;
use meterport_core::ConfigError;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tower_service::Service;

use crate::endpoint::Target;
use crate::proxy::{ProxyServer, open_tunnel};
use crate::runtime::within;
use crate::tls::TlsClient;
use crate::{Endpoint, unix};

pub(crate) use builder::ConnectOptions;
pub use builder::ConnectorBuilder;
pub use connection::Connection;
pub use error::{ConnectError, ConnectErrorKind};
use plain::PlainStream;

/// Opens connections to an [`Endpoint`], with [`Tls`](crate::Tls) and through a
/// [`Proxy`](crate::Proxy) where need be: a service from an address to a [`Connection`].
///
/// The address says which host and port to reach; everything else is the endpoint's. Nothing is
/// opened, resolved or spawned before a call, and every call is bounded by the connect timeout.
/// A call may be made in any tokio runtime; where there is none, or none with timer and I/O, it
/// fails with [`ConnectErrorKind::NoRuntime`] instead of a panic.
///
/// ```no_run
/// # async fn connect() -> Result<(), Box<dyn std::error::Error>> {
/// use meterport_net::{Connector, Endpoint};
/// use tower_service::Service;
///
/// let endpoint = Endpoint::parse("endpoint", "http://localhost:4317", false)?;
/// let mut connector = Connector::builder(&endpoint).build()?;
/// let connection = connector.call(endpoint.uri().clone()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Connector {
    endpoint: Endpoint,
    way: Way,
    tls: Option<TlsClient>,
    http2: bool,
    timeout: Option<Duration>,
    pinned: Option<SocketAddr>,
}

#[derive(Clone)]
enum Way {
    Tcp(HttpConnector),
    Proxied {
        tcp: HttpConnector,
        proxy: Arc<ProxyServer>,
        /// For a proxy that speaks TLS itself.
        tls: Option<TlsClient>,
        /// The proxy is given requests, not a tunnel.
        forwards: bool,
    },
    Unix(Arc<str>),
}

impl Connector {
    /// Begins a connector to `endpoint`.
    pub fn builder(endpoint: &Endpoint) -> ConnectorBuilder {
        ConnectorBuilder::new(endpoint.clone())
    }

    /// With `forward`, a proxy may be given the requests themselves.
    pub(crate) fn new(
        endpoint: &Endpoint,
        options: &ConnectOptions,
        forward: bool,
    ) -> Result<Self, ConfigError> {
        let load = || options.tls.clone().unwrap_or_default().client();
        let tls = match endpoint.is_tls() {
            true => {
                let tls = load()?;
                tls.check_name(endpoint.server())?;
                Some(tls)
            }
            false => {
                if let Some(tls) = &options.tls {
                    tls.check_available()?;
                }
                None
            }
        };
        let way = match (endpoint.target(), options.proxy.for_endpoint(endpoint)?) {
            (Target::Unix(path), _) => Way::Unix(path.clone()),
            (Target::Tcp { .. }, None) => Way::Tcp(tcp(options)),
            (Target::Tcp { .. }, Some(proxy)) => Way::Proxied {
                tcp: tcp(options),
                tls: if proxy.is_tls() { Some(load()?) } else { None },
                forwards: forward && tls.is_none() && !options.http2,
                proxy,
            },
        };
        let (http2, timeout) = (options.http2, options.timeout);
        Ok(Self { endpoint: endpoint.clone(), way, tls, http2, timeout, pinned: None })
    }

    /// The same, but always to this one of the endpoint's addresses. All that goes by the
    /// endpoint's name stays, such as the certificate it must have. Means nothing to a Unix
    /// socket.
    #[must_use]
    pub fn pinned(&self, address: SocketAddr) -> Self {
        Self { pinned: Some(address), ..self.clone() }
    }

    /// The addresses of the endpoint's host, as the system's resolver gives them, within the
    /// connect timeout. None where there is nothing to choose from: a Unix socket, or a proxy,
    /// which resolves the name itself.
    ///
    /// # Errors
    /// The name has no address, is not resolved in time, or there is no runtime to do it in.
    pub async fn resolve(&self) -> Result<Vec<SocketAddr>, ConnectError> {
        match (self.endpoint.target(), &self.way) {
            (Target::Tcp { host, port, .. }, Way::Tcp(_)) => {
                resolve::resolve(host, *port, self.timeout).await
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The scheme of addresses that it connects to.
    pub(crate) fn scheme(&self) -> Scheme {
        if self.tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP }
    }

    /// The proxy that is given requests in place of a tunnel.
    pub(crate) fn forwarding_proxy(&self) -> Option<&Arc<ProxyServer>> {
        match &self.way {
            Way::Proxied { proxy, forwards: true, .. } => Some(proxy),
            _ => None,
        }
    }

    async fn connect(self, uri: Uri) -> Result<Connection, ConnectError> {
        let destination = match self.pinned {
            Some(address) => pinned_uri(address)?,
            None => uri.clone(),
        };
        let host = uri.host().unwrap_or_default();
        match &self.way {
            Way::Unix(path) => unix::connect(path).await.map_err(ConnectError::unreachable),
            Way::Tcp(tcp) => {
                let stream = dial(tcp, destination).await.map_err(ConnectError::unreachable)?;
                self.secure(stream, host).await
            }
            Way::Proxied { tcp, proxy, tls, forwards } => {
                let stream = dial(tcp, proxy.uri()).await;
                let stream = stream
                    .map_err(|error| ConnectError::proxy(proxy, "no connection", Some(error)))?;
                let stream = match tls {
                    Some(tls) => tls.handshake(stream, proxy.host(), false).await?,
                    None => plain(stream),
                };
                if *forwards {
                    return Ok(stream.forwarding());
                }
                let mut stream = TokioIo::new(stream);
                open_tunnel(&mut stream, proxy, &authority(&destination)).await?;
                self.secure(stream, host).await
            }
        }
    }

    async fn secure<S>(&self, stream: S, host: &str) -> Result<Connection, ConnectError>
    where
        S: AsyncRead + AsyncWrite + HyperConnection + Send + Unpin + 'static,
    {
        match &self.tls {
            Some(tls) => tls.handshake(stream, tls.name(host), self.http2).await,
            None => Ok(plain(stream)),
        }
    }
}

fn tcp(options: &ConnectOptions) -> HttpConnector {
    let mut tcp = HttpConnector::new();
    // What comes of it is decided here, by the endpoint.
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(options.tcp_keepalive);
    // Of several addresses each gets its share, so that a dead one is passed over.
    tcp.set_connect_timeout(options.timeout);
    tcp
}

async fn dial(
    tcp: &HttpConnector,
    uri: Uri,
) -> Result<TcpStream, <HttpConnector as Service<Uri>>::Error> {
    let mut tcp = tcp.clone();
    poll_fn(|context| tcp.poll_ready(context)).await?;
    tcp.call(uri).await.map(TokioIo::into_inner)
}

fn plain<S>(stream: S) -> Connection
where
    S: AsyncRead + AsyncWrite + HyperConnection + Send + Unpin + 'static,
{
    Connection::new(PlainStream::new(TokioIo::new(stream)))
}

/// An address as a URI. The scope of a link-local one is left out: a URI has no place for it.
fn pinned_uri(address: SocketAddr) -> Result<Uri, ConnectError> {
    let address = SocketAddr::new(address.ip(), address.port());
    format!("http://{address}/").try_into().map_err(ConnectError::unreachable)
}

/// Host and port, which a tunnel is always asked for.
fn authority(uri: &Uri) -> String {
    let default = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    format!("{}:{}", uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(default))
}

impl Service<Uri> for Connector {
    type Response = Connection;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Connection, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let limit = self.timeout;
        // The name's resolution is inside, and so are proxy and TLS.
        let connect = within(limit, self.clone().connect(uri));
        Box::pin(async move {
            match connect.await? {
                Ok(connected) => connected,
                Err(passed) => Err(ConnectError::too_slow("not connected", limit, passed)),
            }
        })
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = match &self.way {
            Way::Proxied { proxy, .. } => Some(proxy),
            Way::Tcp(_) | Way::Unix(_) => None,
        };
        f.debug_struct("Connector")
            .field("endpoint", &self.endpoint)
            .field("proxy", &proxy)
            .field("http2", &self.http2)
            .field("timeout", &self.timeout)
            .field("pinned", &self.pinned)
            .finish_non_exhaustive()
    }
}
