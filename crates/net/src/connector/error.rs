use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use crate::BoxError;
use crate::causes::{cause, causes};
use crate::proxy::ProxyServer;
use crate::runtime::{Lacking, Passed};

/// Why there is no connection.
///
/// Its text says the whole of it, causes included, and holds no secret.
#[derive(Debug)]
pub struct ConnectError {
    kind: ConnectErrorKind,
    text: String,
    source: Option<BoxError>,
}

/// What kept a connection from opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectErrorKind {
    /// Polled outside a tokio runtime, or in one without timer or I/O.
    NoRuntime,
    /// The proxy can't be reached, or does not connect.
    Proxy,
    /// Not open within the connect timeout.
    Timeout,
    /// No agreement on TLS: a certificate that is not trusted, expired or for another name, one
    /// that the other side refuses, or no TLS at all on the other side.
    Tls,
    /// Refused, unreachable, or no such name.
    Unreachable,
}

impl ConnectError {
    /// The network's own error.
    pub(crate) fn unreachable(error: impl Into<BoxError>) -> Self {
        let source = error.into();
        let text = with_causes(&*source);
        Self { kind: ConnectErrorKind::Unreachable, text, source: Some(source) }
    }

    /// An error with a proxy, which is named without its credentials.
    pub(crate) fn proxy<E: Error + Send + Sync + 'static>(
        proxy: &ProxyServer,
        what: &str,
        source: Option<E>,
    ) -> Self {
        let mut text = format!("proxy {proxy}: {what}");
        if let Some(source) = &source {
            text += &format!(": {}", with_causes(source));
        }
        Self { kind: ConnectErrorKind::Proxy, text, source: source.map(Into::into) }
    }

    /// The proxy has answered 407.
    pub(crate) fn refused_credentials(proxy: &ProxyServer) -> Self {
        let what = match proxy.authorization() {
            Some(_) => "it refuses the credentials of its address (HTTP 407)",
            None => "it asks for credentials, and its address has none (HTTP 407)",
        };
        Self::proxy::<io::Error>(proxy, what, None)
    }

    pub(crate) fn tls(text: String, source: Option<io::Error>) -> Self {
        Self { kind: ConnectErrorKind::Tls, text, source: source.map(Into::into) }
    }

    pub(crate) fn too_slow(what: &str, limit: Option<Duration>, _: Passed) -> Self {
        let text = format!("{what} within {:?}", limit.unwrap_or_default());
        Self { kind: ConnectErrorKind::Timeout, text, source: None }
    }

    /// What kept the connection from opening.
    pub fn kind(&self) -> ConnectErrorKind {
        self.kind
    }

    /// The error of a connector among `error` and its causes: whoever sends through a client of
    /// his own finds out with it why there was no connection.
    pub fn find<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Self> {
        cause(error)
    }
}

/// Its own text, which stands in front of its causes and does not repeat them.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    match error.source() {
        Some(_) => format!("{error}: {}", causes(error)),
        None => error.to_string(),
    }
}

impl From<Lacking> for ConnectError {
    fn from(lacking: Lacking) -> Self {
        Self { kind: ConnectErrorKind::NoRuntime, text: lacking.to_string(), source: None }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
