//! Opens connections. TLS will be here and nowhere else.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use meterport_core::ConfigError;
use tower_service::Service;

use crate::connection::Connection;
use crate::endpoint::Target;
use crate::runtime::with_network;
use crate::{BoxError, Endpoint, unix};

/// Settings of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) tcp_keepalive: Option<Duration>,
}

#[derive(Clone)]
pub(crate) struct Connector {
    way: Way,
    timeout: Option<Duration>,
}

#[derive(Clone)]
enum Way {
    Tcp(HttpConnector),
    Unix(std::sync::Arc<str>),
}

impl Connector {
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
        Ok(Self { way, timeout: options.timeout })
    }

    async fn connect(way: Way, uri: Uri) -> Result<Connection, BoxError> {
        match way {
            Way::Tcp(mut tcp) => {
                poll_fn(|context| tcp.poll_ready(context)).await?;
                Ok(Connection::new(tcp.call(uri).await?))
            }
            Way::Unix(path) => Ok(unix::connect(&path).await?),
        }
    }
}

impl Service<Uri> for Connector {
    type Response = Connection;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Connection, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (way, timeout) = (self.way.clone(), self.timeout);
        Box::pin(async move {
            let connect = with_network(Self::connect(way, uri));
            // The name's resolution is inside.
            match timeout {
                None => connect.await?,
                Some(limit) => match tokio::time::timeout(limit, connect).await {
                    Ok(connected) => connected?,
                    Err(_) => Err(TooSlow(limit).into()),
                },
            }
        })
    }
}

#[derive(Debug)]
struct TooSlow(Duration);

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not connected within {:?}", self.0)
    }
}

impl std::error::Error for TooSlow {}
