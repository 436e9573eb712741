use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::BoxError;
use crate::runtime::{Lacking, Passed};
use crate::transport::{cause, causes};

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
    /// Not open within the connect timeout.
    Timeout,
    /// Refused, unreachable, or no such name.
    Unreachable,
}

impl ConnectError {
    /// The network's own error.
    pub(crate) fn refused(error: impl Into<BoxError>) -> Self {
        let source = error.into();
        let text = match source.source() {
            // It stands in front of its causes, which do not repeat it.
            Some(_) => format!("{source}: {}", causes(&*source)),
            None => source.to_string(),
        };
        Self { kind: ConnectErrorKind::Unreachable, text, source: Some(source) }
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
