mod backoff;
mod budget;
mod hold;
mod policy;
mod run;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Chance, Clock, Component, Deadline, ErrorKind, ExportError, InstrumentKind,
    MetricBatch, MetricExporter, Outcome, RetryAdvice, Temporality,
};
use meterport_worker::{NoTimer, SystemChance, SystemClock};
use tokio::sync::watch;

use crate::bounded::{bounded, no_time, no_timer};
use backoff::Backoff;
use budget::Savings;
use hold::Hold;
pub use policy::{RetryBudget, RetryPolicy};
use run::Run;

/// Sends again what failed and may be sent again.
///
/// - It obeys the exporter inside: what has the advice
///   [`Never`](RetryAdvice::Never) is not sent again, and of everything else only the
///   [`rest`](ExportError::rest).
/// - A delay is drawn anew each time, from zero to the interval, which grows with each failure
///   ([`RetryPolicy`]). Where the deadline leaves less room than the intervals want, the first two
///   are shortened so that three attempts fit.
/// - A delay that the other side names ([`After`](RetryAdvice::After)) is a floor: at most a tenth
///   is added to the first, more if it says so again. It holds back the exports behind this one too.
/// - It never sleeps beyond the deadline: an export whose next attempt would not begin in time ends
///   at once, with the error of the last attempt.
/// - A [`RetryBudget`] bounds what all exports together send again.
/// - A sleep ends when it is shut down, and the export with it.
///
/// The books add up over all attempts. Points that were delivered behind an attempt that nobody
/// answered are [`maybe_duplicated`](Outcome::maybe_duplicated). Each repetition is a `debug` event of
/// `tracing` with attempt, delay and cause.
///
/// It needs the timers of a tokio runtime; elsewhere an export fails with
/// [`NoRuntime`](ErrorKind::NoRuntime).
pub struct Retry<E> {
    inner: E,
    policy: RetryPolicy,
    savings: Option<Savings>,
    hold: Hold,
    stop: watch::Sender<bool>,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
}

impl<E: MetricExporter> Retry<E> {
    /// Sends again by `policy` what `exporter` fails to deliver.
    pub fn new(exporter: E, policy: RetryPolicy) -> Self {
        Self {
            inner: exporter,
            savings: policy.budget.map(Savings::new),
            policy,
            hold: Hold::default(),
            stop: watch::Sender::new(false),
            clock: Arc::new(SystemClock),
            chance: Arc::new(SystemChance),
        }
    }

    /// The same with another clock than the runtime's. Waiting is always the runtime's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same with other dice.
    #[must_use]
    pub fn with_chance(mut self, chance: Arc<dyn Chance>) -> Self {
        self.chance = chance;
        self
    }

    async fn try_until(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        NoTimer::check().map_err(|missing| no_timer(missing, self.inner.component()))?;
        let began = self.clock.now();
        if deadline.has_passed(began) {
            return Err(no_time(self.inner.component()));
        }
        if let Some(savings) = &self.savings {
            savings.earn();
        }
        let limit = self.policy.max_elapsed.filter(|limit| !limit.is_zero());
        let last_start = deadline.earliest(Deadline::within(began, limit));
        let mut began = self.wait_for_hold(began, last_start).await?;
        let mut run = Run::new(batch);
        let mut backoff = Backoff::default();
        loop {
            let attempt = self.inner.export(run.owed(), deadline);
            let ended = bounded(deadline, &*self.clock, attempt).await;
            let error = match ended.unwrap_or_else(|cut| Err(cut.error(self.component()))) {
                Ok(outcome) => return Ok(run.succeeded(outcome)),
                Err(error) => error,
            };
            let now = self.clock.now();
            let took = now.saturating_duration_since(began);
            let room = last_start.remaining(now);
            let Some(delay) = self.delay(&mut backoff, &error, now, took, room) else {
                return Err(run.ended(error));
            };
            let (exporter, attempt) = (self.component(), backoff.failures + 1);
            tracing::debug!(%exporter, attempt, ?delay, cause = %error, "an export is tried again");
            if self.sleep(now, delay).await.is_err() {
                return Err(run.ended(error));
            }
            run.failed(error);
            began = self.clock.now();
        }
    }

    /// How long to wait before the next attempt, if there is to be one.
    fn delay(
        &self,
        backoff: &mut Backoff,
        error: &ExportError,
        now: Instant,
        took: Duration,
        room: Option<Duration>,
    ) -> Option<Duration> {
        if let RetryAdvice::After(named) = error.advice() {
            self.hold.set(now, named.min(self.policy.max_server_delay), error);
        }
        let delay = backoff.next(&self.policy, &*self.chance, error.advice(), took, room)?;
        let owed = match error.rest() {
            Some(rest) => !rest.is_empty(),
            None => error.settled().points() == 0,
        };
        let allowed = self.policy.max_attempts.is_none_or(|most| backoff.failures < most);
        (owed && allowed && !*self.stop.borrow() && self.pay()).then_some(delay)
    }

    fn pay(&self) -> bool {
        self.savings.as_ref().is_none_or(Savings::spend)
    }

    /// Waits for the end of a delay that was named to an earlier export, and gives the time then.
    async fn wait_for_hold(
        &self,
        now: Instant,
        last_start: Deadline,
    ) -> Result<Instant, ExportError> {
        let Some(held) = self.hold.at(now) else { return Ok(now) };
        let wait = held.until.saturating_duration_since(now);
        let room = last_start.remaining(now).map(|room| room.saturating_sub(wait));
        if room.is_some_and(|room| room.is_zero()) {
            return Err(held.error(now, self.component()));
        }
        let more = backoff::after_hold(&*self.chance, held.named.min(room.unwrap_or(held.named)));
        match self.sleep(now, wait.saturating_add(more)).await {
            Ok(()) => Ok(self.clock.now()),
            Err(Stopped) => {
                Err(ExportError::new(ErrorKind::Shutdown, "").with_component(self.component()))
            }
        }
    }

    async fn sleep(&self, now: Instant, delay: Duration) -> Result<(), Stopped> {
        let mut stop = self.stop.subscribe();
        let stopped = stop.wait_for(|stop| *stop);
        match bounded(Deadline::after(now, delay), &*self.clock, stopped).await {
            Ok(_) => Err(Stopped),
            Err(_) => Ok(()),
        }
    }
}

/// The exporter was shut down meanwhile.
#[derive(Clone, Copy, Debug)]
struct Stopped;

impl<E: MetricExporter> fmt::Debug for Retry<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Retry").field(&self.inner).field(&self.policy).finish()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<E: MetricExporter> MetricExporter for Retry<E> {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        // A batch without points and an exporter that has ended have nothing to wait for.
        if !self.policy.enabled || *self.stop.borrow() || batch.is_empty() {
            return self.inner.export(batch, deadline).await;
        }
        self.try_until(batch, deadline).await
    }

    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.inner.force_flush(deadline).await
    }

    /// Exports that wait for their next attempt end at once, with the error of the last one.
    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.stop.send_replace(true);
        self.inner.shutdown(deadline).await
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.inner.temporality(kind)
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.inner.aggregation(kind)
    }

    fn component(&self) -> &Component {
        self.inner.component()
    }
}
