use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioTimer;
use meterport_core::ConfigError;

use crate::client::{Inner, unauthorized};
use crate::connector::{ConnectOptions, Connector};
use crate::pools::RuntimePools;
use crate::runtime::Spawn;
use crate::{
    Answer, Endpoint, HttpClient, HttpService, Proxy, RESPONSE_LIMIT, RequestHook, RequestHooks,
    StaticHeaders, Tls, http2,
};

/// Settings of an [`HttpClient`].
pub struct HttpClientBuilder {
    endpoint: Option<Endpoint>,
    service: Option<Arc<dyn HttpService>>,
    connect: ConnectOptions,
    pool_idle_timeout: Duration,
    response_limit: usize,
    headers: StaticHeaders,
    /// The first header that could not be taken.
    refused: Option<ConfigError>,
    reserved: fn(&str) -> bool,
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
            headers: StaticHeaders::new(),
            refused: None,
            reserved: |_| false,
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

    /// Adds a header to every request, before the hooks are called; a later one of the same name
    /// replaces the earlier. The value is secret: it is in no log and no error.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match std::mem::take(&mut self.headers).with(name, value) {
            Ok(headers) => self.headers = headers,
            Err(error) => self.refused = self.refused.or(Some(error)),
        }
        self
    }

    /// The headers of every request, in place of those that were added before.
    #[must_use]
    pub fn headers(mut self, headers: StaticHeaders) -> Self {
        self.headers = headers;
        self
    }

    /// Which headers nobody may set, by their names in lower case, beside those that
    /// [`StaticHeaders`] refuses: those that are the protocol's.
    #[must_use]
    pub fn reserved_headers(mut self, is_reserved: fn(&str) -> bool) -> Self {
        self.reserved = is_reserved;
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
    pub fn service(mut self, service: impl HttpService) -> Self {
        self.service = Some(Arc::new(service));
        self
    }

    /// The client. Connects to nothing and spawns nothing.
    ///
    /// # Errors
    /// - There is neither an endpoint nor a service.
    /// - TLS or HTTP/2 is asked for and not compiled in: the text names the Cargo feature.
    /// - A certificate or key can't be used: the text names file and cause.
    /// - The proxy's address can't be understood: the text names the variable.
    /// - A header can't be set, or is the exporter's own: the text names it.
    pub fn build(self) -> Result<HttpClient, ConfigError> {
        if let Some(refused) = self.refused {
            return Err(refused);
        }
        self.headers.check(self.reserved)?;
        let mut hooks = RequestHooks::new();
        if !self.headers.is_empty() {
            hooks.push(self.headers);
        }
        hooks.append(self.hooks);
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
            hooks,
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
            .field("headers", &self.headers)
            .field("hooks", &self.hooks)
            .finish()
    }
}
