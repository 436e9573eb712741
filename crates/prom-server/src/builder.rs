use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use meterport_core::{ConfigError, Variables};
use meterport_prom_pull::ScrapeService;

use crate::limits::Limits;
use crate::listen::Listener;
use crate::routes::{Ready, Routes};
use crate::server::{BoundServer, PrometheusServer};
use crate::web_config::WebConfig;

/// The defaults of the specification (`sdk-environment-variables.md`, "Prometheus Exporter").
const HOST: &str = "localhost";
const PORT: u16 = 9_464;
const PATH: &str = "/metrics";

/// Settings of a [`PrometheusServer`].
///
/// What is set in code counts more than what [`with_env`](Self::with_env) finds, in whatever order
/// the two are called.
pub struct PrometheusServerBuilder {
    service: ScrapeService,
    host: Option<String>,
    port: Option<u16>,
    found_host: Option<String>,
    found_port: Option<u16>,
    socket: Option<PathBuf>,
    path: String,
    landing: bool,
    web_config: Option<PathBuf>,
    ready: Option<Ready>,
    limits: Limits,
}

impl PrometheusServerBuilder {
    pub(crate) fn new(service: ScrapeService) -> Self {
        Self {
            service,
            host: None,
            port: None,
            found_host: None,
            found_port: None,
            socket: None,
            path: PATH.to_owned(),
            landing: true,
            web_config: None,
            ready: None,
            limits: Limits::default(),
        }
    }

    /// The host or address to listen on: `localhost` by default, so that nobody else's machine
    /// reaches it; `0.0.0.0` or `::` for all addresses of this one. Of several addresses of a name
    /// the first one that can be had is taken.
    ///
    /// Variable: `OTEL_EXPORTER_PROMETHEUS_HOST`.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// The port: 9464 by default; 0 for one that is free.
    ///
    /// Variable: `OTEL_EXPORTER_PROMETHEUS_PORT`.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Listens on a socket file instead, which is made now and removed at the end. One that is left
    /// over from a server which is gone is replaced.
    #[must_use]
    pub fn unix_socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.socket = Some(path.into());
        self
    }

    /// Where the metrics are: `/metrics` by default.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Whether `/` is a page for people: yes by default.
    #[must_use]
    pub fn landing_page(mut self, shown: bool) -> Self {
        self.landing = shown;
        self
    }

    /// Takes TLS, users and headers from a `web-config.yml` as Prometheus' own exporters do
    /// (`exporter-toolkit`, `docs/web-configuration.md`); needs the Cargo feature `web-config`, and
    /// `tls-ring` or `tls-aws-lc` for TLS.
    ///
    /// What is wrong with it is an error of [`bind`](Self::bind). It and the files it names are
    /// looked at again at most once a second; if what they hold then is no good, what was loaded
    /// before stays in use, and a warning (`tracing`) says why. Every path asks for a password, the
    /// health pages too. `cipher_suites`, `curve_preferences`, `client_allowed_sans`, `rate_limit`
    /// and the client certificates that nobody verifies are not supported, and an error.
    #[must_use]
    pub fn web_config(mut self, path: impl Into<PathBuf>) -> Self {
        self.web_config = Some(path.into());
        self
    }

    /// What `/-/ready` asks beside whether the server is to end. It must not block.
    #[must_use]
    pub fn ready_when(mut self, ready: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.ready = Some(Arc::new(ready));
        self
    }

    /// How long a client may take from its first byte to the end of a request's head: 5 s by
    /// default.
    #[must_use]
    pub fn header_timeout(mut self, limit: Duration) -> Self {
        self.limits.header = limit;
        self
    }

    /// How long a client may take to read an answer: 9 s by default, as Prometheus itself waits no
    /// longer than 10 s by its default.
    #[must_use]
    pub fn write_timeout(mut self, limit: Duration) -> Self {
        self.limits.write = limit;
        self
    }

    /// How long a connection may stay open between two requests: 2 minutes by default, more than
    /// most scrape intervals.
    #[must_use]
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.limits.idle = limit;
        self
    }

    /// How many connections there may be at once: 1,024 by default. One more is answered with 503
    /// and closed.
    #[must_use]
    pub fn connection_limit(mut self, connections: usize) -> Self {
        self.limits.connections = connections;
        self
    }

    /// How long answers under way may take once the server is to end: 10 s by default.
    #[must_use]
    pub fn shutdown_grace(mut self, limit: Duration) -> Self {
        self.limits.grace = limit;
        self
    }

    /// Takes what is not set in code from the `OTEL_EXPORTER_PROMETHEUS_*` variables of the process.
    ///
    /// # Errors
    /// A variable cannot be understood; the text names it.
    pub fn with_env(self) -> Result<Self, ConfigError> {
        self.with_variables(&Variables::new(&|name| std::env::var_os(name)))
    }

    /// As [`with_env`](Self::with_env), from variables of the caller's.
    ///
    /// # Errors
    /// A variable cannot be understood; the text names it.
    pub fn with_variables(mut self, variables: &Variables<'_>) -> Result<Self, ConfigError> {
        self.found_host = variables.text(&["OTEL_EXPORTER_PROMETHEUS_HOST"])?.map(|found| found.1);
        if let Some((name, text)) = variables.text(&["OTEL_EXPORTER_PROMETHEUS_PORT"])? {
            let port = text.parse().map_err(|_| {
                ConfigError::new(name, format!("`{}` is no port", text.escape_debug()))
            })?;
            self.found_port = Some(port);
        }
        Ok(self)
    }

    /// Listens, and leaves the serving to the caller's runtime. Looks the host up, which may block.
    ///
    /// # Errors
    /// The address cannot be had, or a setting cannot be used.
    pub fn bind(self) -> Result<BoundServer, ConfigError> {
        if !self.path.starts_with('/') || self.path.contains(['?', '#']) {
            return Err(ConfigError::new("path", "must be a path that begins with /"));
        }
        if self.path.starts_with("/-/") {
            return Err(ConfigError::new("path", "must not lie below /-/"));
        }
        if self.limits.connections == 0 {
            return Err(ConfigError::new("connection_limit", "must be at least 1"));
        }
        let web_config = self.web_config.as_deref().map(WebConfig::open).transpose()?;
        let listener = match &self.socket {
            Some(path) => Listener::unix(path)?,
            None => {
                let host = self.host.or(self.found_host);
                let port = self.port.or(self.found_port).unwrap_or(PORT);
                Listener::tcp(host.as_deref().unwrap_or(HOST), port)?
            }
        };
        let mut routes = Routes::new(self.service, self.path, self.landing, self.ready);
        routes.guard(web_config);
        BoundServer::new(listener, routes, self.limits)
    }

    /// Listens, and serves on a thread of its own.
    ///
    /// # Errors
    /// As [`bind`](Self::bind), or there is no thread to be had.
    pub fn start(self) -> Result<PrometheusServer, ConfigError> {
        self.bind()?.start()
    }
}

impl fmt::Debug for PrometheusServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrometheusServerBuilder")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("socket", &self.socket)
            .field("path", &self.path)
            .field("landing", &self.landing)
            .field("web_config", &self.web_config)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
