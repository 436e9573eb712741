//! Opens connections, for every transport alike.

mod builder;
mod connection;
mod error;
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
use hyper_util::client::legacy::connect::HttpConnector;
use meterport_core::ConfigError;
use tower_service::Service;

use crate::endpoint::Target;
use crate::runtime::within;
use crate::{Endpoint, unix};

pub(crate) use builder::ConnectOptions;
pub use builder::ConnectorBuilder;
pub use connection::Connection;
pub use error::{ConnectError, ConnectErrorKind};

/// Opens connections to an [`Endpoint`]: a service from an address to a [`Connection`].
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
    timeout: Option<Duration>,
    pinned: Option<SocketAddr>,
}

#[derive(Clone)]
enum Way {
    Tcp(HttpConnector),
    Unix(Arc<str>),
}

impl Connector {
    /// Begins a connector to `endpoint`.
    pub fn builder(endpoint: &Endpoint) -> ConnectorBuilder {
        ConnectorBuilder::new(endpoint.clone())
    }

    pub(crate) fn new(endpoint: &Endpoint, options: ConnectOptions) -> Result<Self, ConfigError> {
        let way = match endpoint.target() {
            Target::Tcp { tls: true, .. } => {
                return Err(ConfigError::new(
                    "endpoint",
                    "https needs TLS, which is not compiled in: \
                     enable the feature `tls-ring` or `tls-aws-lc`",
                ));
            }
            Target::Tcp { tls: false, .. } => {
                let mut tcp = HttpConnector::new();
                tcp.set_nodelay(true);
                tcp.set_keepalive(options.tcp_keepalive);
                // Of several addresses each gets its share, so that a dead one is passed over.
                tcp.set_connect_timeout(options.timeout);
                Way::Tcp(tcp)
            }
            Target::Unix(path) => Way::Unix(path.clone()),
        };
        Ok(Self { endpoint: endpoint.clone(), way, timeout: options.timeout, pinned: None })
    }

    /// The same, but always to this one of the endpoint's addresses. All that goes by the
    /// endpoint's name stays. Means nothing to a Unix socket.
    #[must_use]
    pub fn pinned(&self, address: SocketAddr) -> Self {
        Self { pinned: Some(address), ..self.clone() }
    }

    /// The addresses of the endpoint's host, as the system's resolver gives them, within the
    /// connect timeout. None where there is nothing to choose from: a Unix socket.
    ///
    /// # Errors
    /// The name has no address, is not resolved in time, or there is no runtime to do it in.
    pub async fn resolve(&self) -> Result<Vec<SocketAddr>, ConnectError> {
        match self.endpoint.target() {
            Target::Unix(_) => Ok(Vec::new()),
            Target::Tcp { host, port, .. } => resolve::resolve(host, *port, self.timeout).await,
        }
    }

    async fn connect(self, uri: Uri) -> Result<Connection, ConnectError> {
        match self.way {
            Way::Tcp(mut tcp) => {
                let destination = match self.pinned {
                    Some(address) => pinned_uri(address)?,
                    None => uri,
                };
                poll_fn(|context| tcp.poll_ready(context)).await.map_err(ConnectError::refused)?;
                let stream = tcp.call(destination).await.map_err(ConnectError::refused)?;
                Ok(Connection::new(stream))
            }
            Way::Unix(path) => unix::connect(&path).await.map_err(ConnectError::refused),
        }
    }
}

/// An address as a URI. The scope of a link-local one is left out: a URI has no place for it.
fn pinned_uri(address: SocketAddr) -> Result<Uri, ConnectError> {
    let address = SocketAddr::new(address.ip(), address.port());
    format!("http://{address}/").try_into().map_err(ConnectError::refused)
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
        // The name's resolution is inside.
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
        f.debug_struct("Connector")
            .field("endpoint", &self.endpoint)
            .field("timeout", &self.timeout)
            .field("pinned", &self.pinned)
            .finish_non_exhaustive()
    }
}
