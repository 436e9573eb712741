use std::fmt;
use std::sync::Arc;

/// Who speaks in an error, a log line or a metric about exporting: the attributes that
/// OpenTelemetry's semantic conventions give an SDK component (`otel.component.type`,
/// `otel.component.name`, `server.address`, `server.port`).
///
/// It holds nothing secret: neither credentials of a URL nor header values belong in it.
///
/// ```
/// use meterport_core::Component;
///
/// let component = Component::new("otlp_http_metric_exporter").with_server("localhost", Some(4318));
/// assert_eq!(component.to_string(), "otlp_http_metric_exporter (localhost:4318)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Component {
    /// `otel.component.type`, such as `otlp_http_metric_exporter`.
    pub kind: Arc<str>,
    /// `otel.component.name`: tells instances of one type apart; `<type>/<number>` by convention.
    pub name: Option<Arc<str>>,
    /// `server.address`: host name or socket path of the other side.
    pub server: Option<Arc<str>>,
    /// `server.port`.
    pub port: Option<u16>,
}

impl Component {
    /// A component of the type `kind`.
    pub fn new(kind: impl Into<Arc<str>>) -> Self {
        Self { kind: kind.into(), name: None, server: None, port: None }
    }

    /// The same with a name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same with the address of the other side.
    #[must_use]
    pub fn with_server(mut self, address: impl Into<Arc<str>>, port: Option<u16>) -> Self {
        self.server = Some(address.into());
        self.port = port;
        self
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.as_ref().unwrap_or(&self.kind))?;
        match (&self.server, self.port) {
            (Some(server), Some(port)) => write!(f, " ({server}:{port})"),
            (Some(server), None) => write!(f, " ({server})"),
            _ => Ok(()),
        }
    }
}
