mod source;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderValue, StatusCode, request};
use meterport_core::{Clock, ConfigError, Deadline};

use self::source::FromFn;
use super::credential::Form;
use super::renewal::{Expiry, Renewal};
use crate::static_headers::header_name;
use crate::{HookError, RequestHook};

pub use self::source::{Token, TokenSource};

/// Sends a token that expires, and asks its [`TokenSource`] for the next one in time.
///
/// - The source is asked when the first attempt needs a token, and again [`skew`](Self::skew)
///   before it expires. Nothing runs in between: an attempt does the asking.
/// - However many attempts need a token at once, one asks; the others wait for it, or go on with
///   the token that is still good.
/// - While the source fails, the last token is used until it expires; after that attempts fail with
///   the source's error, temporary or permanent as it says. It is asked again after 1 s, 2 s and
///   so on up to a minute.
/// - On 401 (gRPC: `UNAUTHENTICATED`) the token is thrown away and the attempt made once more with
///   a new one; at most one token in 5 s is replaced for that reason.
/// - Asking is bounded by [`timeout`](Self::timeout) and by the deadline of the export.
///
/// ```
/// use std::time::Duration;
///
/// use meterport_net::auth::{Token, TokenAuth};
///
/// let hook = TokenAuth::from_fn(|| async {
///     Ok(Token::new("secret").expires_in(Duration::from_secs(3_600)))
/// })
/// .skew(Duration::from_secs(300));
/// ```
pub struct TokenAuth {
    source: Arc<dyn TokenSource>,
    header: HeaderName,
    form: Form,
    renewal: Renewal<HeaderValue>,
}

impl TokenAuth {
    /// Tokens of `source` as `authorization: Bearer …`.
    pub fn new(source: impl TokenSource) -> Self {
        Self {
            source: Arc::new(source),
            header: http::header::AUTHORIZATION,
            form: Form::Scheme("Bearer".into()),
            renewal: Renewal::default(),
        }
    }

    /// As [`new`](Self::new), with a function as the source.
    pub fn from_fn<F, R>(source: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<Token, HookError>> + Send + 'static,
    {
        Self::new(FromFn(source))
    }

    /// Another scheme than `Bearer`.
    ///
    /// # Errors
    /// It is no scheme (RFC 9110, section 11.1: a token).
    pub fn scheme(mut self, scheme: &str) -> Result<Self, ConfigError> {
        // The grammar of a scheme is that of a header's name.
        if HeaderName::from_bytes(scheme.as_bytes()).is_err() {
            return Err(ConfigError::new("scheme", "is no authentication scheme"));
        }
        self.form = Form::Scheme(scheme.into());
        Ok(self)
    }

    /// The bare token in a header of another name than `authorization`.
    ///
    /// # Errors
    /// As [`StaticHeaders::with`](crate::StaticHeaders::with) for the name.
    pub fn header(mut self, name: &str) -> Result<Self, ConfigError> {
        self.header = header_name(name)?;
        self.form = Form::Bare;
        Ok(self)
    }

    /// How long before its end a token is replaced: 60 s by default, and never more than half of
    /// its life.
    #[must_use]
    pub fn skew(mut self, skew: Duration) -> Self {
        self.renewal = self.renewal.skew(skew);
        self
    }

    /// How long the source is waited for: 5 s by default. While the last token is still good,
    /// also not longer than half the time that the export has left.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.renewal = self.renewal.timeout(limit);
        self
    }

    /// The clock by which tokens expire: tokio's and the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.renewal = self.renewal.clock(clock);
        self
    }

    async fn ask(&self, limit: Deadline) -> Result<(HeaderValue, Expiry), HookError> {
        let token = self.source.token(limit).await?;
        let value = self.form.value(&token.secret).map_err(|problem| {
            HookError::permanent(format!("the token of the token source {problem}"))
        })?;
        Ok((value, token.expiry))
    }
}

#[async_trait]
impl RequestHook for TokenAuth {
    async fn prepare(
        &self,
        parts: &mut request::Parts,
        _: &Bytes,
        deadline: Deadline,
    ) -> Result<(), HookError> {
        let value = self.renewal.value(deadline, |limit| self.ask(limit)).await?;
        parts.headers.insert(&self.header, value);
        Ok(())
    }

    async fn refused(&self, _: StatusCode) -> bool {
        self.renewal.refused()
    }
}

impl fmt::Debug for TokenAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAuth")
            .field("source", &self.source)
            .field("header", &self.header)
            .field("renewal", &self.renewal)
            .finish_non_exhaustive()
    }
}
