mod source;
mod state;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderValue, StatusCode, request};
use meterport_core::{Clock, ConfigError, Deadline, Timestamp};

use self::source::{Expiry, FromFn};
use self::state::{Held, State, Step, Times};
use super::credential::Form;
use crate::runtime::Timer;
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
    skew: Duration,
    timeout: Duration,
    clock: Option<Arc<dyn Clock>>,
    state: Mutex<State>,
    /// Held by the one attempt that asks.
    turn: tokio::sync::Mutex<()>,
}

impl TokenAuth {
    /// Tokens of `source` as `authorization: Bearer …`.
    pub fn new(source: impl TokenSource) -> Self {
        Self {
            source: Arc::new(source),
            header: http::header::AUTHORIZATION,
            form: Form::Scheme("Bearer".into()),
            skew: Duration::from_secs(60),
            timeout: Duration::from_secs(5),
            clock: None,
            state: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
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
        self.skew = skew;
        self
    }

    /// How long the source is waited for: 5 s by default. While the last token is still good,
    /// also not longer than half the time that the export has left.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// The clock by which tokens expire: tokio's and the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    async fn value(&self, deadline: Deadline) -> Result<HeaderValue, HookError> {
        match self.step() {
            Step::Take(value) => Ok(value),
            Step::Fail(error) => Err(error),
            Step::Ask => self.ask_in_turn(deadline).await,
            Step::AskEarly(value) => match self.turn.try_lock() {
                // Someone else asks already.
                Err(_) => Ok(value),
                Ok(_turn) => {
                    let left = deadline.remaining(tokio_now());
                    let limit = left.map_or(self.timeout, |left| self.timeout.min(left / 2));
                    Ok(self.ask(Deadline::after(tokio_now(), limit)).await.unwrap_or(value))
                }
            },
        }
    }

    /// Waits for its turn to ask. Whoever had it before may have brought a token, or an error.
    async fn ask_in_turn(&self, deadline: Deadline) -> Result<HeaderValue, HookError> {
        // A turn that does not end may belong to a runtime that is blocked: this one asks too then.
        let _turn = timer(self.limit(deadline))?.bound(self.turn.lock()).await;
        match self.step() {
            Step::Take(value) | Step::AskEarly(value) => Ok(value),
            Step::Fail(error) => Err(error),
            Step::Ask => self.ask(self.limit(deadline)).await,
        }
    }

    async fn ask(&self, limit: Deadline) -> Result<HeaderValue, HookError> {
        let began = self.now();
        let held = match timer(limit)?.bound(self.source.token(limit)).await {
            Ok(token) => token.and_then(|token| self.held(&token, began)),
            Err(_) => Err(HookError::temporary("the token source does not answer")),
        };
        let now = self.now();
        let mut state = self.state();
        match held {
            Ok(held) => {
                let value = held.value.clone();
                state.succeeded(held);
                Ok(value)
            }
            Err(error) => Err(state.failed(error, now)),
        }
    }

    fn held(&self, token: &Token, began: Instant) -> Result<Held, HookError> {
        let value = self.form.value(&token.secret).map_err(|problem| {
            HookError::permanent(format!("the token of the token source {problem}"))
        })?;
        let (from, life) = match token.expiry {
            Expiry::Never => return Ok(Held { value, times: None }),
            Expiry::In(life) => (began, life),
            Expiry::At(moment) => {
                let life = moment.as_nanos().saturating_sub(self.wall().as_nanos());
                (self.now(), Duration::from_nanos(life))
            }
        };
        let Some(end) = from.checked_add(life) else { return Ok(Held { value, times: None }) };
        if end <= self.now() {
            return Err(HookError::temporary("the token source gave a token that has expired"));
        }
        let renew = end - self.skew.min(life / 2);
        Ok(Held { value, times: Some(Times { renew, end }) })
    }

    /// As long as the source may take from now on.
    fn limit(&self, deadline: Deadline) -> Deadline {
        deadline.earliest(Deadline::after(tokio_now(), self.timeout))
    }

    fn step(&self) -> Step {
        let now = self.now();
        self.state().step(now)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Instant {
        match &self.clock {
            Some(clock) => clock.now(),
            None => tokio_now(),
        }
    }

    fn wall(&self) -> Timestamp {
        match &self.clock {
            Some(clock) => clock.wall(),
            None => SystemTime::now().into(),
        }
    }
}

/// The time that timers and deadlines go by.
fn tokio_now() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn timer(limit: Deadline) -> Result<Timer, HookError> {
    Timer::new(limit).map_err(|lacking| HookError::permanent(lacking.to_string()))
}

#[async_trait]
impl RequestHook for TokenAuth {
    async fn prepare(
        &self,
        parts: &mut request::Parts,
        _: &Bytes,
        deadline: Deadline,
    ) -> Result<(), HookError> {
        let value = self.value(deadline).await?;
        parts.headers.insert(&self.header, value);
        Ok(())
    }

    async fn refused(&self, _: StatusCode) -> bool {
        let now = self.now();
        self.state().refused(now)
    }
}

impl fmt::Debug for TokenAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAuth")
            .field("source", &self.source)
            .field("header", &self.header)
            .field("skew", &self.skew)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
