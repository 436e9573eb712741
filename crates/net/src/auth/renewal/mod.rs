//! Secrets that expire, and are asked for anew in time.

mod state;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use meterport_core::{Clock, Deadline, Timestamp};

use self::state::{Held, State, Step, Times};
use crate::HookError;
use crate::runtime::Timer;

/// Until when a secret can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// A moment of the wall clock, which is read once, when the secret comes: a clock that jumps
    /// later changes nothing.
    At(Timestamp),
    /// So long after it was asked for.
    In(Duration),
    /// It does not expire.
    Never,
}

/// Keeps a secret, and asks for the next one in time: what is behind [`TokenAuth`](super::TokenAuth), for
/// hooks that need something else than a header's value, such as the keys of a signature.
///
/// - It is asked for when the first attempt needs it, and again [`skew`](Self::skew) before it
///   expires. Nothing runs in between: an attempt does the asking.
/// - However many attempts need it at once, one asks; the others wait for it, or go on with the one
///   that is still good.
/// - While asking fails, the last one is used until it expires; after that attempts fail with the
///   error, temporary or permanent as that is. The pause before the next asking is 1 s, 2 s and so
///   on up to a minute.
/// - A [refusal](Self::refused) throws it away; at most one in 5 s is replaced for that reason.
/// - Asking is bounded by [`timeout`](Self::timeout) and by the deadline of the attempt.
///
/// `Debug` does not print the secret.
pub struct Renewal<T> {
    skew: Duration,
    timeout: Duration,
    clock: Option<Arc<dyn Clock>>,
    state: Mutex<State<T>>,
    /// Held by the one attempt that asks.
    pub(super) turn: tokio::sync::Mutex<()>,
}

impl<T> Default for Renewal<T> {
    fn default() -> Self {
        Self {
            skew: Duration::from_secs(60),
            timeout: Duration::from_secs(5),
            clock: None,
            state: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }
}

impl<T> fmt::Debug for Renewal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewal")
            .field("skew", &self.skew)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl<T: Clone + Send> Renewal<T> {
    /// How long before its end a secret is replaced: 60 s by default, and never more than half of
    /// its life.
    #[must_use]
    pub fn skew(mut self, skew: Duration) -> Self {
        self.skew = skew;
        self
    }

    /// How long an answer is waited for: 5 s by default. While the last secret is still good, also
    /// not longer than half the time that the attempt has left.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// The clock by which secrets expire: tokio's and the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The secret; `ask` gives the next one until the deadline that it gets.
    ///
    /// # Errors
    /// Those of `ask`, once there is no secret that can still be used; a temporary one if it does
    /// not answer in time.
    pub async fn value<F>(
        &self,
        deadline: Deadline,
        ask: impl Fn(Deadline) -> F + Send + Sync,
    ) -> Result<T, HookError>
    where
        F: Future<Output = Result<(T, Expiry), HookError>> + Send,
    {
        match self.step() {
            Step::Take(value) => Ok(value),
            Step::Fail(error) => Err(error),
            Step::Ask => self.ask_in_turn(deadline, ask).await,
            Step::AskEarly(value) => match self.turn.try_lock() {
                // Someone else asks already.
                Err(_) => Ok(value),
                Ok(_turn) => {
                    let left = deadline.remaining(tokio_now());
                    let limit = left.map_or(self.timeout, |left| self.timeout.min(left / 2));
                    let limit = Deadline::after(tokio_now(), limit);
                    Ok(self.ask(limit, ask).await.unwrap_or(value))
                }
            },
        }
    }

    /// Waits for its turn to ask. Whoever had it before may have brought one, or an error.
    async fn ask_in_turn<F>(
        &self,
        deadline: Deadline,
        ask: impl Fn(Deadline) -> F + Send + Sync,
    ) -> Result<T, HookError>
    where
        F: Future<Output = Result<(T, Expiry), HookError>> + Send,
    {
        // A turn that does not end may belong to a runtime that is blocked: this one asks too then.
        let _turn = timer(self.limit(deadline))?.bound(self.turn.lock()).await;
        match self.step() {
            Step::Take(value) | Step::AskEarly(value) => Ok(value),
            Step::Fail(error) => Err(error),
            Step::Ask => self.ask(self.limit(deadline), ask).await,
        }
    }

    async fn ask<F>(
        &self,
        limit: Deadline,
        ask: impl Fn(Deadline) -> F + Send + Sync,
    ) -> Result<T, HookError>
    where
        F: Future<Output = Result<(T, Expiry), HookError>> + Send,
    {
        let began = self.now();
        let held = match timer(limit)?.bound(ask(limit)).await {
            Ok(answer) => answer.and_then(|(value, expiry)| self.held(value, expiry, began)),
            Err(_) => Err(HookError::temporary("the source of the secret does not answer")),
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

    fn held(&self, value: T, expiry: Expiry, began: Instant) -> Result<Held<T>, HookError> {
        let (from, life) = match expiry {
            Expiry::Never => return Ok(Held { value, times: None }),
            Expiry::In(life) => (began, life),
            Expiry::At(moment) => {
                let life = moment.as_nanos().saturating_sub(self.wall().as_nanos());
                (self.now(), Duration::from_nanos(life))
            }
        };
        let Some(end) = from.checked_add(life) else { return Ok(Held { value, times: None }) };
        if end <= self.now() {
            return Err(HookError::temporary("the source gave a secret that has expired"));
        }
        let renew = end - self.skew.min(life / 2);
        Ok(Held { value, times: Some(Times { renew, end }) })
    }

    /// As long as the source may take from now on.
    fn limit(&self, deadline: Deadline) -> Deadline {
        deadline.earliest(Deadline::after(tokio_now(), self.timeout))
    }

    /// The other side did not take the secret. Whether to try again, with another one.
    pub fn refused(&self) -> bool {
        let now = self.now();
        self.state().refused(now)
    }

    fn step(&self) -> Step<T> {
        let now = self.now();
        self.state().step(now)
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
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
