use std::error::Error;
use std::fmt;

use meterport_core::bounded_message;

use crate::causes::causes;
use crate::{BoxError, ConnectError, ConnectErrorKind, SendErrorKind};

/// Why there is no answer, as told by whatever carries requests.
///
/// A service of one's own may fail with any error, which then counts as a transport that failed.
/// One that knows more fails with this, and the client passes it on.
///
/// ```
/// use meterport_net::{SendErrorKind, ServiceError};
///
/// let error = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
/// let error = ServiceError::new(SendErrorKind::Connect, error);
/// assert_eq!(error.to_string(), "connection refused");
/// ```
pub struct ServiceError {
    kind: SendErrorKind,
    detail: String,
    source: Option<BoxError>,
    unprocessed: bool,
}

impl ServiceError {
    /// What went wrong, by an error whose causes may be told; credentials are not among them.
    pub fn new(kind: SendErrorKind, source: impl Into<BoxError>) -> Self {
        let source = source.into();
        let detail = causes(&*source);
        Self { kind, detail, source: Some(source), unprocessed: false }
    }

    /// What went wrong, in words.
    pub fn with_detail(kind: SendErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), source: None, unprocessed: false }
    }

    /// A transport that failed, by an error of which nobody knows what it says: it is in no text.
    pub(crate) fn opaque(source: BoxError) -> Self {
        Self {
            kind: SendErrorKind::Broken,
            detail: String::new(),
            source: Some(source),
            unprocessed: false,
        }
    }

    /// The error of a client over a [`Connector`](crate::Connector) that got no connection.
    ///
    /// # Errors
    /// `error` back if that is not why it failed.
    pub fn unconnected(error: impl Into<BoxError>) -> Result<Self, BoxError> {
        let source = error.into();
        let Some(unconnected) = ConnectError::find(&*source) else { return Err(source) };
        let kind = match unconnected.kind() {
            ConnectErrorKind::NoRuntime => SendErrorKind::NoRuntime,
            _ => SendErrorKind::Connect,
        };
        let detail = unconnected.to_string();
        Ok(Self { kind, detail, source: Some(source), unprocessed: false })
    }

    /// The same, saying that the other side has certainly not looked at the request, however much
    /// of it was sent.
    #[must_use]
    pub fn unprocessed(self) -> Self {
        Self { unprocessed: true, ..self }
    }

    /// What went wrong.
    pub fn kind(&self) -> SendErrorKind {
        self.kind
    }

    /// Whether the other side has certainly not looked at the request.
    pub fn is_unprocessed(&self) -> bool {
        self.unprocessed
    }

    pub(crate) fn into_source(self) -> Option<BoxError> {
        self.source
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl fmt::Debug for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceError")
            .field("kind", &self.kind)
            .field("detail", &bounded_message(&self.detail))
            .field("has_source", &self.source.is_some())
            .field("unprocessed", &self.unprocessed)
            .finish()
    }
}

impl Error for ServiceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
