use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use meterport_core::{Component, ErrorKind, ExportError, RetryAdvice, Status};

/// A delay that the other side named: it is meant for whoever sends next, not for one batch.
#[derive(Debug, Default)]
pub(super) struct Hold(Mutex<Option<Held>>);

#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) until: Instant,
    pub(super) named: Duration,
    status: Option<Status>,
    message: Arc<str>,
}

impl Hold {
    /// From now on for so long; a longer one that is in force stays.
    pub(super) fn set(&self, now: Instant, named: Duration, error: &ExportError) {
        let Some(until) = now.checked_add(named) else { return };
        let mut held = self.lock();
        if held.as_ref().is_none_or(|held| held.until < until) {
            let (status, message) = (error.status(), error.message().into());
            *held = Some(Held { until, named, status, message });
        }
    }

    /// What is in force at `now`.
    pub(super) fn at(&self, now: Instant) -> Option<Held> {
        let mut held = self.lock();
        if held.as_ref().is_some_and(|held| held.until <= now) {
            *held = None;
        }
        held.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// The error of an export for which the delay is too long. Nothing was sent.
    pub(super) fn error(&self, now: Instant, component: &Component) -> ExportError {
        let left = self.until.saturating_duration_since(now);
        let words = format!("held back for {left:?}, as the other side asked: {}", self.message);
        let error = ExportError::new(ErrorKind::Throttled, words)
            .with_component(component)
            .with_advice(RetryAdvice::After(left));
        match self.status {
            Some(status) => error.with_status(status),
            None => error,
        }
    }
}
