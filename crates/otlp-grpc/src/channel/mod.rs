//! tonic's channels as a service of HTTP: one to each address of the receiver, a set of them for
//! each tokio runtime.

mod backend;
mod balancer;
mod failure;

use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use http::{Request, Response};
use meterport_core::ConfigError;
use meterport_net::{
    Connector, Endpoint, PerRuntime, Proxy, RequestBody, SendErrorKind, ServiceError, Tls,
};
use tokio::time::timeout;
use tonic::body::Body;
use tower_service::Service;

use self::balancer::Balancer;

/// Finds the addresses of a receiver, in place of the system's resolver: from a service registry,
/// or a list.
///
/// Called when an export is due, and never twice at once for one runtime. Order means nothing:
/// exports go to all addresses in turn.
///
/// ```
/// use std::{io, net::SocketAddr};
/// use meterport_otlp_grpc::Resolve;
///
/// #[derive(Debug)]
/// struct Fixed(Vec<SocketAddr>);
///
/// #[async_trait::async_trait]
/// impl Resolve for Fixed {
///     async fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
///         Ok(self.0.clone())
///     }
/// }
/// ```
#[async_trait]
pub trait Resolve: fmt::Debug + Send + Sync + 'static {
    /// All addresses there are now.
    ///
    /// # Errors
    /// They cannot be had. Those that were found before stay in use.
    async fn resolve(&self) -> io::Result<Vec<SocketAddr>>;
}

/// What connections are made of.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) keepalive_interval: Option<Duration>,
    pub(crate) keepalive_timeout: Duration,
    pub(crate) keepalive_while_idle: bool,
    pub(crate) tcp_keepalive: Option<Duration>,
    pub(crate) resolve_interval: Option<Duration>,
    pub(crate) resolver: Option<Arc<dyn Resolve>>,
    pub(crate) tls: Option<Tls>,
    pub(crate) proxy: Option<Proxy>,
    /// That of the environment.
    pub(crate) found_proxy: Proxy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Some(Duration::from_secs(10)),
            keepalive_interval: Some(Duration::from_secs(30)),
            keepalive_timeout: Duration::from_secs(5),
            keepalive_while_idle: false,
            tcp_keepalive: Some(Duration::from_secs(30)),
            resolve_interval: Some(Duration::from_secs(60)),
            resolver: None,
            tls: None,
            proxy: None,
            found_proxy: Proxy::none(),
        }
    }
}

/// How long a resolver of the user's may take where connections may take for ever.
const RESOLVER_LIMIT: Duration = Duration::from_secs(30);

/// The largest head of an answer, in bytes.
const HEAD_LIMIT: u32 = 64 * 1024;

/// What all connections to one receiver have in common.
#[derive(Debug)]
struct Receiver {
    connector: Connector,
    connect_timeout: Option<Duration>,
    resolve_interval: Option<Duration>,
    resolver: Option<Arc<dyn Resolve>>,
    template: tonic::transport::Endpoint,
}

impl Receiver {
    fn new(endpoint: &Endpoint, settings: Settings) -> Result<Self, ConfigError> {
        let mut connector = Connector::builder(endpoint)
            .http2(true)
            .connect_timeout(settings.connect_timeout)
            .tcp_keepalive(settings.tcp_keepalive)
            .proxy(settings.proxy.unwrap_or(settings.found_proxy));
        if let Some(tls) = settings.tls {
            connector = connector.tls(tls);
        }
        let mut template = tonic::transport::Endpoint::from(endpoint.uri().clone())
            .http2_max_header_list_size(HEAD_LIMIT)
            .keep_alive_timeout(settings.keepalive_timeout)
            .keep_alive_while_idle(settings.keepalive_while_idle);
        if let Some(interval) = settings.keepalive_interval {
            template = template.http2_keep_alive_interval(interval);
        }
        Ok(Self {
            connector: connector.build()?,
            connect_timeout: settings.connect_timeout,
            resolve_interval: settings.resolve_interval,
            resolver: settings.resolver,
            template,
        })
    }

    /// The addresses, each once. None where there is nothing to choose from.
    async fn resolve(&self) -> Result<Vec<SocketAddr>, ServiceError> {
        let unresolved = |error| ServiceError::new(SendErrorKind::Connect, error);
        let mut addresses = match &self.resolver {
            Some(own) => {
                let limit = self.connect_timeout.unwrap_or(RESOLVER_LIMIT);
                let Ok(resolved) = timeout(limit, own.resolve()).await else {
                    let text = format!("the resolver has no answer within {limit:?}");
                    return Err(unresolved(io::Error::other(text)));
                };
                let addresses = resolved.map_err(unresolved)?;
                if addresses.is_empty() {
                    return Err(unresolved(io::Error::other("the resolver has no address")));
                }
                addresses
            }
            None => {
                let resolved = self.connector.resolve().await;
                resolved.map_err(|error| match ServiceError::unconnected(error) {
                    Ok(error) => error,
                    Err(other) => ServiceError::new(SendErrorKind::Connect, other),
                })?
            }
        };
        let mut seen = HashSet::new();
        addresses.retain(|address| seen.insert(*address));
        Ok(addresses)
    }
}

/// The service: cheap to clone, and without a connection until it is called.
#[derive(Clone)]
pub(crate) struct Channels {
    receiver: Arc<Receiver>,
    balancers: Arc<PerRuntime<Arc<Balancer>>>,
}

impl Channels {
    pub(crate) fn new(endpoint: &Endpoint, settings: Settings) -> Result<Self, ConfigError> {
        let receiver = Arc::new(Receiver::new(endpoint, settings)?);
        Ok(Self { receiver, balancers: Arc::default() })
    }
}

impl Service<Request<RequestBody>> for Channels {
    type Response = Response<Body>;
    type Error = ServiceError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, ServiceError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ServiceError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let balancer =
            self.balancers.current(|| Arc::new(Balancer::new(Arc::clone(&self.receiver))));
        Box::pin(async move { balancer?.send(request).await })
    }
}
