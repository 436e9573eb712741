use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use meterport_core::{Deadline, Timestamp};

use crate::HookError;
use crate::auth::Expiry;

/// Where tokens come from: an OAuth 2 token endpoint, a cloud's metadata service, a vault.
///
/// ```
/// use std::time::Duration;
///
/// use async_trait::async_trait;
/// use meterport_core::Deadline;
/// use meterport_net::HookError;
/// use meterport_net::auth::{Token, TokenAuth, TokenSource};
///
/// #[derive(Debug)]
/// struct MetadataService;
///
/// #[async_trait]
/// impl TokenSource for MetadataService {
///     async fn token(&self, _deadline: Deadline) -> Result<Token, HookError> {
///         // Asked over the network, say.
///         Ok(Token::new("secret").expires_in(Duration::from_secs(3_600)))
///     }
/// }
///
/// let hook = TokenAuth::new(MetadataService);
/// ```
#[async_trait]
pub trait TokenSource: fmt::Debug + Send + Sync + 'static {
    /// A new token. What it takes beyond `deadline` is dropped.
    ///
    /// # Errors
    /// [`HookError::temporary`] if it may work later, [`HookError::permanent`] if not. Its text
    /// holds no secret.
    async fn token(&self, deadline: Deadline) -> Result<Token, HookError>;
}

/// A token, and how long it can be used.
#[derive(Clone)]
pub struct Token {
    pub(super) secret: Box<str>,
    pub(super) expiry: Expiry,
}

impl Token {
    /// A token that does not expire.
    pub fn new(secret: impl Into<Box<str>>) -> Self {
        Self { secret: secret.into(), expiry: Expiry::Never }
    }

    /// The same, expiring so long after it was asked for: OAuth's `expires_in`.
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.expiry = Expiry::In(lifetime);
        self
    }

    /// The same, expiring at a moment of the wall clock, which is read once, when it comes: a
    /// clock that jumps later changes nothing.
    #[must_use]
    pub fn expires_at(mut self, moment: Timestamp) -> Self {
        self.expiry = Expiry::At(moment);
        self
    }
}

/// Without the secret.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expiry", &self.expiry).finish_non_exhaustive()
    }
}

/// A function as a source.
pub(super) struct FromFn<F>(pub(super) F);

#[async_trait]
impl<F, R> TokenSource for FromFn<F>
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Result<Token, HookError>> + Send,
{
    async fn token(&self, _: Deadline) -> Result<Token, HookError> {
        (self.0)().await
    }
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fn")
    }
}
