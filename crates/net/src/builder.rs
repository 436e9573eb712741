use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioTimer;
use meterport_core::ConfigError;
use tower_service::Service;

use crate::client::{Inner, unauthorized};
use crate::connector::{ConnectOptions, Connector};
use crate::pools::RuntimePools;
use crate::runtime::Spawn;
use crate::service::UserService;
use crate::transport::Transport;
use crate::{
    Answer, BoxError, Endpoint, HttpClient, Proxy, RESPONSE_LIMIT, RequestBody, RequestHook,
    RequestHooks, Tls, http2,
};

/// Settings of an [`HttpClient`].
pub struct HttpClientBuilder {
    endpoint: Option<Endpoint>,
    service: Option<Arc<dyn Transport>>,
    connect: ConnectOptions,
    pool_idle_timeout: Duration,
    response_limit: usize,
    hooks: RequestHooks,
    refusal: fn(&Answer) -> bool,
}

/// Idle connections to one host that are kept in one runtime.
const IDLE_CONNECTIONS: usize = 16;

/// Without an endpoint, which may become known only when all other settings have been made.
impl Default for HttpClientBuilder {
    fn default() -> Self {
        Self {
            endpoint: None,
            service: None,
            connect: ConnectOptions::default(),
            pool_idle_timeout: Duration::from_secs(90),
            response_limit: RESPONSE_LIMIT,
            hooks: RequestHooks::new(),
            refusal: unauthorized,
        }
    }
}

impl HttpClientBuilder {
    /// Where requests go.
    #[must_use]
    pub fn endpoint(mut self, endpoint: &Endpoint) -> Self {
        self.endpoint = Some(endpoint.clone());
        self
    }

    /// How long a connection may take to open, the name's resolution included: 10 s by default;
    /// `None` leaves it to the deadline.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Option<Duration>) -> Self {
        self.connect.timeout = limit;
        self
    }

    /// How long a TCP connection is idle before the system probes it: 30 s by default; `None`
    /// never does.
    #[must_use]
    pub fn tcp_keepalive(mut self, idle: Option<Duration>) -> Self {
        self.connect.tcp_keepalive = idle;
        self
    }

    /// How long an idle connection is kept open: 90 s by default; zero keeps none.
    #[must_use]
    pub fn pool_idle_timeout(mut self, idle: Duration) -> Self {
        self.pool_idle_timeout = idle;
        self
    }

    /// HTTP/2 with prior knowledge instead of HTTP/1.1; Cargo feature `http2`, without which
    /// [`build`](Self::build) fails.
    #[must_use]
    pub fn http2(mut self, enabled: bool) -> Self {
        self.connect.http2 = enabled;
        self
    }

    /// How connections to an `https` endpoint are secured: by the system's roots by default.
    /// Means nothing to an endpoint without TLS.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.connect.tls = Some(tls);
        self
    }

    /// Through which proxy the endpoint is reached: none by default.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.connect.proxy = proxy;
        self
    }

    /// The largest body of an answer, in bytes after decompression:
    /// [`RESPONSE_LIMIT`] by default.
    #[must_use]
    pub fn response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = bytes;
        self
    }

    /// Adds a hook, called for every attempt after those added before it.
    #[must_use]
    pub fn hook(mut self, hook: impl RequestHook) -> Self {
        self.hooks.push(hook);
        self
    }

    /// Which answers refuse the credentials, so that the hooks are asked: those of the status 401
    /// by default. gRPC has a status of its own for it.
    #[must_use]
    pub fn refusal(mut self, refuses: fn(&Answer) -> bool) -> Self {
        self.refusal = refuses;
        self
    }

    /// Sends through `service` instead of connections of the client's own. The settings of
    /// connections and pools mean nothing then; deadline, limits and hooks stay.
    #[must_use]
    pub fn service<S, B>(mut self, service: S) -> Self
    where
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.service = Some(Arc::new(UserService(service)));
        self
    }

    /// The client. Connects to nothing and spawns nothing.
    ///
    /// # Errors
    /// - There is neither an endpoint nor a service.
    /// - TLS or HTTP/2 is asked for and not compiled in: the text names the Cargo feature.
    /// - A certificate or key can't be used: the text names file and cause.
    /// - The proxy's address can't be understood: the text names the variable.
    pub fn build(self) -> Result<HttpClient, ConfigError> {
        let transport = match (self.service, &self.endpoint) {
            (Some(service), _) => service,
            (None, None) => return Err(ConfigError::new("endpoint", "is not set")),
            (None, Some(endpoint)) => {
                let mut client = Client::builder(Spawn);
                client
                    .pool_timer(TokioTimer::new())
                    .pool_idle_timeout(self.pool_idle_timeout)
                    .pool_max_idle_per_host(match self.pool_idle_timeout.is_zero() {
                        true => 0,
                        false => IDLE_CONNECTIONS,
                    });
                if self.connect.http2 {
                    http2::configure(&mut client)?;
                }
                let connector = Connector::new(endpoint, &self.connect, true)?;
                Arc::new(RuntimePools::new(client, connector))
            }
        };
        Ok(HttpClient::new(Inner {
            transport,
            response_limit: self.response_limit,
            hooks: self.hooks,
            refusal: self.refusal,
        }))
    }
}

impl fmt::Debug for HttpClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientBuilder")
            .field("endpoint", &self.endpoint)
            .field("service", &self.service.is_some())
            .field("connect", &self.connect)
            .field("pool_idle_timeout", &self.pool_idle_timeout)
            .field("response_limit", &self.response_limit)
            .field("hooks", &self.hooks)
            .finish()
    }
}
