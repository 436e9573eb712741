use std::time::Duration;

use meterport_core::ConfigError;

use crate::{Connector, Endpoint};

/// Settings of a connection.
#[derive(Clone, Debug)]
pub(crate) struct ConnectOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) tcp_keepalive: Option<Duration>,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            timeout: Some(Duration::from_secs(10)),
            tcp_keepalive: Some(Duration::from_secs(30)),
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

    /// The connector. Connects to nothing and spawns nothing.
    ///
    /// # Errors
    /// The endpoint is `https` and TLS is not compiled in: the text names the Cargo feature.
    pub fn build(self) -> Result<Connector, ConfigError> {
        Connector::new(&self.endpoint, self.options)
    }
}
