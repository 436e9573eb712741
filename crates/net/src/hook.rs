use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{StatusCode, request};
use meterport_core::{Deadline, ErrorKind, RetryAdvice, bounded_message};

/// Called for every attempt before it is sent: headers, credentials, signatures.
///
/// The same trait serves every transport. `Debug` prints no secret.
///
/// ```
/// use async_trait::async_trait;
/// use bytes::Bytes;
/// use http::{HeaderValue, StatusCode, request};
/// use meterport_core::Deadline;
/// use meterport_net::{HookError, RequestHook};
///
/// /// Counts the body for a server that wants to know.
/// #[derive(Debug)]
/// struct BodySize;
///
/// #[async_trait]
/// impl RequestHook for BodySize {
///     async fn prepare(
///         &self,
///         parts: &mut request::Parts,
///         body: &Bytes,
///         _deadline: Deadline,
///     ) -> Result<(), HookError> {
///         parts.headers.insert("x-body-size", HeaderValue::from(body.len()));
///         Ok(())
///     }
///     async fn refused(&self, _status: StatusCode) -> bool {
///         false
///     }
/// }
/// ```
#[async_trait]
pub trait RequestHook: fmt::Debug + Send + Sync + 'static {
    /// Prepares the head of one attempt. `body` is what will be sent, compressed if it is.
    ///
    /// The framing headers (`content-length`, `transfer-encoding`) are the client's: what a hook
    /// puts there is taken out again.
    ///
    /// # Errors
    /// The attempt is not made, and the error is what the export ends with.
    async fn prepare(
        &self,
        parts: &mut request::Parts,
        body: &Bytes,
        deadline: Deadline,
    ) -> Result<(), HookError>;

    /// The other side answered 401 (or gRPC's `UNAUTHENTICATED`). `true` asks for one more
    /// attempt, prepared anew: a token has been thrown away, say. Asked once per request.
    async fn refused(&self, status: StatusCode) -> bool;
}

#[async_trait]
impl<H: RequestHook + ?Sized> RequestHook for Arc<H> {
    async fn prepare(
        &self,
        parts: &mut request::Parts,
        body: &Bytes,
        deadline: Deadline,
    ) -> Result<(), HookError> {
        (**self).prepare(parts, body, deadline).await
    }

    async fn refused(&self, status: StatusCode) -> bool {
        (**self).refused(status).await
    }
}

/// Hooks in a row, each working on what the one before it has left.
#[derive(Clone, Debug, Default)]
pub struct RequestHooks(Vec<Arc<dyn RequestHook>>);

impl RequestHooks {
    /// No hooks.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds one at the end: a signature goes after what it signs.
    pub fn push(&mut self, hook: impl RequestHook) {
        self.0.push(Arc::new(hook));
    }

    pub(crate) fn append(&mut self, mut more: Self) {
        self.0.append(&mut more.0);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[async_trait]
impl RequestHook for RequestHooks {
    async fn prepare(
        &self,
        parts: &mut request::Parts,
        body: &Bytes,
        deadline: Deadline,
    ) -> Result<(), HookError> {
        for hook in &self.0 {
            hook.prepare(parts, body, deadline).await?;
        }
        Ok(())
    }

    /// Every hook is told; one that asks for another attempt is enough.
    async fn refused(&self, status: StatusCode) -> bool {
        let mut again = false;
        for hook in &self.0 {
            again |= hook.refused(status).await;
        }
        again
    }
}

/// Why a hook could not prepare an attempt. The message holds no secret: that is up to the hook.
#[derive(Clone)]
pub struct HookError {
    kind: ErrorKind,
    advice: RetryAdvice,
    message: Arc<str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// Without the cause, whose text may hold a secret.
impl fmt::Debug for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookError")
            .field("kind", &self.kind)
            .field("advice", &self.advice)
            .field("message", &self.message)
            .field("has_source", &self.source.is_some())
            .finish()
    }
}

impl HookError {
    /// It will not get better by itself, such as a key that is not there: final.
    pub fn permanent(message: impl AsRef<str>) -> Self {
        Self::new(ErrorKind::Config, RetryAdvice::Never, message)
    }

    /// It may work later, such as a token server that does not answer: to be tried again.
    pub fn temporary(message: impl AsRef<str>) -> Self {
        Self::new(ErrorKind::Unavailable, RetryAdvice::Backoff, message)
    }

    fn new(kind: ErrorKind, advice: RetryAdvice, message: impl AsRef<str>) -> Self {
        Self { kind, advice, message: bounded_message(message.as_ref()), source: None }
    }

    /// The same with the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// The same, not to be tried again before `delay` has passed. A permanent one stays so.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        if self.advice != RetryAdvice::Never {
            self.advice = RetryAdvice::After(delay);
        }
        self
    }

    /// [`ErrorKind::Config`] or [`ErrorKind::Unavailable`].
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether to try again.
    pub fn advice(&self) -> RetryAdvice {
        self.advice
    }
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for HookError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
