use std::time::Duration;

use meterport_core::ConfigError;

use crate::{Connector, Endpoint, Proxy, Tls};

/// Settings of a connection.
#[derive(Clone, Debug)]
pub(crate) struct ConnectOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) tcp_keepalive: Option<Duration>,
    pub(crate) http2: bool,
    pub(crate) tls: Option<Tls>,
    pub(crate) proxy: Proxy,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            timeout: Some(Duration::from_secs(10)),
            tcp_keepalive: Some(Duration::from_secs(30)),
            http2: false,
            tls: None,
            proxy: Proxy::none(),
        }
    }
}

/// Settings of a [`Connector`].
#[derive(Debug)]
pub struct ConnectorBuilder {
    endpoint: Endpoint,
    options: ConnectOptions,
}

impl ConnectorBuilder {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, options: ConnectOptions::default() }
    }

    /// How long a connection may take to open, the name's resolution included: 10 s by default;
    /// `None` leaves it to the caller.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Option<Duration>) -> Self {
        self.options.timeout = limit;
        self
    }

    /// How long a TCP connection is idle before the system probes it: 30 s by default; `None`
    /// never does.
    #[must_use]
    pub fn tcp_keepalive(mut self, idle: Option<Duration>) -> Self {
        self.options.tcp_keepalive = idle;
        self
    }

    /// Whether HTTP/2 is spoken over its connections, which both sides of TLS must agree on:
    /// HTTP/1.1 by default.
    #[must_use]
    pub fn http2(mut self, enabled: bool) -> Self {
        self.options.http2 = enabled;
        self
    }

    /// How connections to an `https` endpoint are secured: by the system's roots by default.
    /// Means nothing to an endpoint without TLS.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.options.tls = Some(tls);
        self
    }

    /// Through which proxy the endpoint is reached, always by a tunnel: none by default.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.options.proxy = proxy;
        self
    }

    /// The connector. Connects to nothing and spawns nothing.
    ///
    /// # Errors
    /// - The endpoint is `https`, or TLS is set, and none is compiled in: the text names the Cargo
    ///   feature.
    /// - A certificate or key can't be used: the text names file and cause.
    /// - The proxy's address can't be understood: the text names the variable.
    pub fn build(self) -> Result<Connector, ConfigError> {
        Connector::new(&self.endpoint, &self.options, false)
    }
}
