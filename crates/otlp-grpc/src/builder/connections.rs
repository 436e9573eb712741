use std::sync::Arc;
use std::time::Duration;

use meterport_net::{Proxy, Tls};

use crate::{OtlpGrpcBuilder, Resolve};

/// Settings of connections. They mean nothing to a [`service`](OtlpGrpcBuilder::service) of one's
/// own.
impl OtlpGrpcBuilder {
    /// How long a connection may take to open: 10 s by default, divided among the addresses of
    /// the receiver's name; `None` leaves it to the deadline.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Option<Duration>) -> Self {
        self.channels.connect_timeout = limit;
        self
    }

    /// How long nothing is heard of the other side before it is pinged, while an answer is
    /// awaited: 30 s by default; `None` never pings. Below 10 s, servers may take it for abuse.
    #[must_use]
    pub fn keepalive_interval(mut self, idle: Option<Duration>) -> Self {
        self.channels.keepalive_interval = idle;
        self
    }

    /// How long a ping may go unanswered before the connection is given up: 5 s by default.
    #[must_use]
    pub fn keepalive_timeout(mut self, limit: Duration) -> Self {
        self.channels.keepalive_timeout = limit;
        self
    }

    /// Whether the other side is pinged while no answer is awaited, too: not by default, since
    /// servers of grpc-go close connections for it, unless they are told to permit it.
    #[must_use]
    pub fn keepalive_while_idle(mut self, enabled: bool) -> Self {
        self.channels.keepalive_while_idle = enabled;
        self
    }

    /// How long a TCP connection is idle before the system probes it: 30 s by default; `None`
    /// never does.
    #[must_use]
    pub fn tcp_keepalive(mut self, idle: Option<Duration>) -> Self {
        self.channels.tcp_keepalive = idle;
        self
    }

    /// After how long the receiver's name is resolved anew, if an export is due then: 60 s by
    /// default; `None` does so only when a connection fails.
    #[must_use]
    pub fn resolve_interval(mut self, interval: Option<Duration>) -> Self {
        self.channels.resolve_interval = interval;
        self
    }

    /// Finds the receiver's addresses in place of the system's resolver. Its name stays what
    /// certificates are checked against.
    #[must_use]
    pub fn resolver(mut self, resolver: impl Resolve) -> Self {
        self.channels.resolver = Some(Arc::new(resolver));
        self
    }

    /// How connections to an `https` endpoint are secured: by the system's roots by default. Set
    /// in code, the variables mean nothing.
    ///
    /// Variables: `OTEL_EXPORTER_OTLP_CERTIFICATE`, `OTEL_EXPORTER_OTLP_CLIENT_KEY`,
    /// `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and their `OTEL_EXPORTER_OTLP_METRICS_` forms.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.channels.tls = Some(tls);
        self
    }

    /// Through which proxy the receiver is reached: none by default.
    ///
    /// Variables: `http_proxy`, `https_proxy`, `all_proxy`, `no_proxy`.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.channels.proxy = Some(proxy);
        self
    }
}
