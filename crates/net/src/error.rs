use std::error::Error;
use std::fmt;
use std::sync::Arc;

use http::StatusCode;
use meterport_core::{
    ErrorKind, ExportError, Outcome, RetryAdvice, Status, bounded_message as bounded,
};

use crate::runtime::Lacking;
use crate::{BoxError, HookError, ServiceError};

/// Why a request has no answer.
///
/// Its text never holds headers, credentials or the address's query. The error of a service of
/// one's own is kept as the [`source`](Error::source) and is in no text of this type, because
/// nobody knows what it says.
#[derive(Clone)]
pub struct SendError(Box<Parts>);

#[derive(Clone)]
struct Parts {
    kind: SendErrorKind,
    sent: bool,
    status: Option<StatusCode>,
    attempts: u32,
    detail: Arc<str>,
    /// What a hook has said about its own failure.
    hook: Option<(ErrorKind, RetryAdvice)>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What went wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendErrorKind {
    /// The answer's body is larger than the limit, declared or found, before or after
    /// decompression.
    AnswerTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The connection broke, or the service failed.
    Broken,
    /// No connection: refused, unreachable, no such name, not within the connect timeout, no
    /// agreement on TLS, or a proxy that does not connect.
    Connect,
    /// The deadline passed after the request began to be sent.
    DeadlineAfterSend,
    /// The deadline passed before: while a hook prepared it, or while connecting.
    DeadlineBeforeSend,
    /// The answer's head has more bytes or headers than the client reads.
    HeadTooLarge,
    /// A [`RequestHook`](crate::RequestHook) could not prepare the request.
    Hook,
    /// The request can't be sent by this client: its address is not absolute, names a user, or
    /// has a scheme that is not the client's.
    InvalidRequest,
    /// Polled outside a tokio runtime, or in one without timer or I/O.
    NoRuntime,
    /// What answered does not speak HTTP.
    NotHttp,
    /// The answer's body has an encoding that can't be read.
    Undecodable,
}

impl SendError {
    pub(crate) fn new(kind: SendErrorKind) -> Self {
        Self(Box::new(Parts {
            kind,
            sent: false,
            status: None,
            attempts: 0,
            detail: Arc::default(),
            hook: None,
            source: None,
        }))
    }

    /// `sent` unless the service knows that nobody has looked at it. Without a connection nothing is
    /// sent either, even if the body was looked at: with TLS 1.3 a server refuses a client's
    /// certificate when the request is on its way.
    pub(crate) fn from_service(error: ServiceError, sent: bool) -> Self {
        let unseen = error.is_unprocessed() || error.kind() == SendErrorKind::Connect;
        let told = Self::new(error.kind()).with_sent(sent && !unseen);
        let told = told.with_detail(&error.to_string());
        match error.into_source() {
            Some(source) => told.with_source(source),
            None => told,
        }
    }

    pub(crate) fn from_hook(error: HookError) -> Self {
        let mut unprepared = Self::new(SendErrorKind::Hook).with_detail(&error.to_string());
        unprepared.0.hook = Some((error.kind(), error.advice()));
        unprepared.with_source(Box::new(error))
    }

    pub(crate) fn deadline(sent: bool) -> Self {
        let kind = match sent {
            true => SendErrorKind::DeadlineAfterSend,
            false => SendErrorKind::DeadlineBeforeSend,
        };
        Self::new(kind).with_sent(sent)
    }

    pub(crate) fn with_sent(mut self, sent: bool) -> Self {
        self.0.sent = sent;
        self
    }

    /// An answer has begun: the request was sent, whatever else.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self.with_sent(true)
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_detail(mut self, detail: &str) -> Self {
        self.0.detail = bounded(detail);
        self
    }

    pub(crate) fn with_source(mut self, source: BoxError) -> Self {
        self.0.source = Some(Arc::from(source));
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> SendErrorKind {
        self.0.kind
    }

    /// Whether the request may have reached the other side.
    pub fn is_sent(&self) -> bool {
        self.0.sent
    }

    /// The status of an answer that could not be read to its end.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// How often the request was given to the connection: 2 after a refusal that a hook has
    /// answered, 0 if it never came to that.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The error as an export ends with it: kind, advice, status, and whether the points may have
    /// arrived. Its settled part counts the attempts alone.
    pub fn into_export_error(self) -> ExportError {
        let message = self.0.text();
        let Parts { kind, sent, status, attempts, hook, source, .. } = *self.0;
        let taken = status.is_none_or(|status| status.is_success());
        let (kind, advice, unconfirmed) = match kind {
            SendErrorKind::AnswerTooLarge { .. } | SendErrorKind::Undecodable => {
                (ErrorKind::Response, RetryAdvice::Never, taken)
            }
            SendErrorKind::HeadTooLarge => (ErrorKind::Response, RetryAdvice::Never, true),
            SendErrorKind::Broken => (ErrorKind::Unavailable, RetryAdvice::Backoff, sent),
            SendErrorKind::NotHttp => (ErrorKind::Unavailable, RetryAdvice::Backoff, sent),
            SendErrorKind::Connect => (ErrorKind::Connect, RetryAdvice::Backoff, false),
            SendErrorKind::DeadlineAfterSend => (ErrorKind::Timeout, RetryAdvice::Backoff, true),
            SendErrorKind::DeadlineBeforeSend => (ErrorKind::Timeout, RetryAdvice::Backoff, false),
            SendErrorKind::Hook => {
                let (kind, advice) = hook.unwrap_or((ErrorKind::Config, RetryAdvice::Never));
                (kind, advice, false)
            }
            SendErrorKind::InvalidRequest => (ErrorKind::Config, RetryAdvice::Never, false),
            SendErrorKind::NoRuntime => (ErrorKind::NoRuntime, RetryAdvice::Never, false),
        };
        let mut settled = Outcome::default();
        settled.attempts = attempts;
        let mut error = ExportError::new(kind, message).with_advice(advice).with_settled(settled);
        if let Some(status) = status {
            error = error.with_status(Status::Http(status.as_u16()));
        }
        if unconfirmed {
            error = error.unconfirmed();
        }
        match source {
            Some(source) => error.with_source(Shared(source)),
            None => error,
        }
    }
}

impl From<Lacking> for SendError {
    fn from(lacking: Lacking) -> Self {
        Self::new(SendErrorKind::NoRuntime).with_detail(&lacking.to_string())
    }
}

impl Parts {
    /// The detail, or words for a kind that has none.
    fn text(&self) -> String {
        let known = match self.kind {
            SendErrorKind::AnswerTooLarge { limit } => {
                return format!("the answer is larger than {limit} bytes");
            }
            SendErrorKind::DeadlineAfterSend => "sent, but not answered in time",
            SendErrorKind::DeadlineBeforeSend => "not sent in time",
            SendErrorKind::HeadTooLarge => "the answer's head is too large",
            SendErrorKind::NotHttp => "the answer is not HTTP",
            SendErrorKind::Broken if self.detail.is_empty() => "the transport failed",
            _ => return self.detail.to_string(),
        };
        known.to_owned()
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.0.kind {
            SendErrorKind::Broken => "connection broken: ",
            SendErrorKind::Connect => "no connection: ",
            SendErrorKind::Hook => "request not prepared: ",
            SendErrorKind::InvalidRequest => "request not possible: ",
            SendErrorKind::Undecodable => "unreadable answer: ",
            _ => "",
        };
        write!(f, "{kind}{}", self.0.text())
    }
}

impl fmt::Debug for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { kind, sent, status, attempts, detail, hook: _, source } = &*self.0;
        f.debug_struct("SendError")
            .field("kind", kind)
            .field("sent", sent)
            .field("status", status)
            .field("attempts", attempts)
            .field("detail", detail)
            .field("has_source", &source.is_some())
            .finish()
    }
}

impl Error for SendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// A shared error as a source: `Arc<dyn Error>` is none itself.
struct Shared(Arc<dyn Error + Send + Sync>);

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Shared {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
