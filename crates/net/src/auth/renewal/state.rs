use std::time::{Duration, Instant};

use crate::HookError;
use crate::auth::REFUSAL_PAUSE;

/// The pause after the first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What is known of the secret.
#[derive(Debug)]
pub(super) struct State<T> {
    held: Option<Held<T>>,
    failure: Option<Failure>,
    /// When a refusal last led to a new one.
    refused: Option<Instant>,
}

/// A secret in use.
#[derive(Clone, Debug)]
pub(super) struct Held<T> {
    pub(super) value: T,
    /// When a new one should be asked for, and when this one ends.
    pub(super) times: Option<Times>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) renew: Instant,
    pub(super) end: Instant,
}

/// The source failed, so many times in a row.
#[derive(Debug)]
struct Failure {
    error: HookError,
    count: u32,
    until: Instant,
}

/// What an attempt does.
#[derive(Debug)]
pub(super) enum Step<T> {
    /// Waits for a new one: there is none that can be used.
    Ask,
    /// Asks for a new one, and takes this one if that does not succeed.
    AskEarly(T),
    /// The source has failed and is left alone for now.
    Fail(HookError),
    /// Takes this one.
    Take(T),
}

impl<T> Default for State<T> {
    fn default() -> Self {
        Self { held: None, failure: None, refused: None }
    }
}

impl<T: Clone> State<T> {
    pub(super) fn step(&self, now: Instant) -> Step<T> {
        let resting = self.failure.as_ref().filter(|failure| now < failure.until);
        let held = self.held.as_ref().filter(|held| held.times.is_none_or(|t| now < t.end));
        match (held, resting) {
            (Some(held), _) if held.times.is_none_or(|times| now < times.renew) => {
                Step::Take(held.value.clone())
            }
            (Some(held), None) => Step::AskEarly(held.value.clone()),
            (Some(held), Some(_)) => Step::Take(held.value.clone()),
            (None, None) => Step::Ask,
            (None, Some(failure)) => {
                Step::Fail(failure.error.clone().retry_after(failure.until - now))
            }
        }
    }

    pub(super) fn succeeded(&mut self, held: Held<T>) {
        self.held = Some(held);
        self.failure = None;
    }

    /// Answers the error with the pause after it.
    pub(super) fn failed(&mut self, error: HookError, now: Instant) -> HookError {
        let count = self.failure.as_ref().map_or(0, |failure| failure.count);
        let pause = (FIRST_PAUSE * 2_u32.pow(count.min(10))).min(LONGEST_PAUSE);
        let answer = error.clone().retry_after(pause);
        self.failure = Some(Failure { error, count: count.saturating_add(1), until: now + pause });
        answer
    }

    /// The server refused it. Whether to try again, with another one.
    pub(super) fn refused(&mut self, now: Instant) -> bool {
        let recently =
            self.refused.is_some_and(|at| now.saturating_duration_since(at) < REFUSAL_PAUSE);
        // The refused one may be the one before that; if not, the source is not asked in a loop.
        if !recently {
            self.held = None;
            self.refused = Some(now);
        }
        true
    }
}
