mod run;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Clock, Component, Deadline, ExportError, InstrumentKind, MetricBatch,
    MetricExporter, Outcome, RetryAdvice, Temporality,
};
use meterport_worker::SystemClock;

use crate::join::join_all;
use crate::members::{MembersError, agree, all_ended, isolated};
use run::Run;

/// Gives what one exporter cannot deliver to the next.
///
/// The primary is asked first, each time; the next gets exactly what is still owed: the
/// [`rest`](ExportError::rest) of the error, nothing that was delivered. Each but the last has its share
/// of the time up to the deadline, half of it where there are two, so that time is left for the next.
/// A panic counts as an error.
///
/// The outcome's [members](Outcome::members) are those that were asked, in that order: the last is
/// the one that delivered, the others have their error. An error is that of the last one asked, with
/// the first one's as its cause.
///
/// Retries belong inside: `primary.retry(..).fallback(secondary.retry(..))` asks the secondary when
/// the primary's retries have come to nothing.
pub struct Fallback<P> {
    primary: P,
    others: Vec<Box<dyn MetricExporter>>,
    on: FallbackOn,
    stay: Option<Duration>,
    /// Who is asked first, and until when.
    stuck: Mutex<Option<(usize, Instant)>>,
    clock: Arc<dyn Clock>,
}

/// Which errors lead to the next exporter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FallbackOn {
    /// Every error.
    #[default]
    AnyError,
    /// Errors that may pass, which is all whose advice is not [`Never`](RetryAdvice::Never): what a
    /// receiver refuses for good, it refuses everywhere.
    Transient,
}

impl<P: MetricExporter> Fallback<P> {
    /// Gives to `secondary` what `primary` cannot deliver, whatever the error.
    ///
    /// # Errors
    /// They disagree on the temporality or aggregation of some kind of instrument.
    pub fn new(primary: P, secondary: impl MetricExporter) -> Result<Self, MembersError> {
        let fallback = Self {
            primary,
            others: Vec::new(),
            on: FallbackOn::default(),
            stay: None,
            stuck: Mutex::default(),
            clock: Arc::new(SystemClock),
        };
        fallback.fallback(secondary)
    }

    /// The same with one exporter more at the end.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn fallback(mut self, next: impl MetricExporter) -> Result<Self, MembersError> {
        agree(&self.primary, &next)?;
        self.others.push(Box::new(next));
        Ok(self)
    }

    /// The same for other errors.
    #[must_use]
    pub fn on(mut self, on: FallbackOn) -> Self {
        self.on = on;
        self
    }

    /// The same, going on for so long with the exporter that delivered in the primary's place before
    /// the primary is asked first again. It is each time unless this is said.
    #[must_use]
    pub fn with_stickiness(mut self, stay: Duration) -> Self {
        self.stay = Some(stay);
        self
    }

    /// The same with another clock than the runtime's. Waiting is always the runtime's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn members(&self) -> impl Iterator<Item = &dyn MetricExporter> {
        let primary: &dyn MetricExporter = &self.primary;
        std::iter::once(primary).chain(self.others.iter().map(|other| &**other))
    }

    /// Who is asked first.
    fn first(&self) -> usize {
        let stuck = *self.stuck.lock().unwrap_or_else(PoisonError::into_inner);
        match stuck {
            Some((member, until)) if self.clock.now() < until => member,
            _ => 0,
        }
    }

    fn delivered_by(&self, member: usize) {
        let Some(stay) = self.stay else { return };
        let mut stuck = self.stuck.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        match *stuck {
            // It stays for so long behind the failure of the primary, not behind its own success.
            Some((known, until)) if known == member && now < until => {}
            _ if member == 0 => *stuck = None,
            _ => *stuck = now.checked_add(stay).map(|until| (member, until)),
        }
    }
}

impl<P: MetricExporter> fmt::Debug for Fallback<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("Fallback");
        self.members().fold(&mut tuple, |tuple, member| tuple.field(&member));
        tuple.field(&self.on);
        if let Some(stay) = &self.stay {
            tuple.field(stay);
        }
        tuple.finish()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: MetricExporter> MetricExporter for Fallback<P> {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let members: Vec<_> = self.members().collect();
        let first = self.first();
        let others = (0..members.len()).filter(|member| *member != first);
        let mut run = Run::new(batch);
        for (asked, at) in std::iter::once(first).chain(others).enumerate() {
            let member = members[at];
            let share = self.share(deadline, members.len() - asked);
            let call = member.export(run.owed(), share);
            match isolated(member, share, &*self.clock, call).await {
                Ok(outcome) => {
                    self.delivered_by(at);
                    return Ok(run.delivered(member.component(), outcome));
                }
                Err(error) => {
                    let final_error =
                        self.on == FallbackOn::Transient && error.advice() == RetryAdvice::Never;
                    if !run.failed(member.component(), error) || final_error {
                        break;
                    }
                }
            }
            if asked > 0 && deadline.has_passed(self.clock.now()) {
                break;
            }
        }
        Err(run.ended())
    }

    /// Reaches all, whichever fail.
    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        let call = |member| {
            let flush = MetricExporter::force_flush(member, deadline);
            isolated(member, deadline, &*self.clock, flush)
        };
        all_ended(join_all(self.members().map(call)).await)
    }

    /// Reaches all, whichever fail.
    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        let call = |member| {
            let shutdown = MetricExporter::shutdown(member, deadline);
            isolated(member, deadline, &*self.clock, shutdown)
        };
        all_ended(join_all(self.members().map(call)).await)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.primary.temporality(kind)
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.primary.aggregation(kind)
    }

    fn component(&self) -> &Component {
        self.primary.component()
    }
}

impl<P: MetricExporter> Fallback<P> {
    /// Until when a member may take with so many to ask, itself included.
    fn share(&self, deadline: Deadline, left: usize) -> Deadline {
        let now = self.clock.now();
        let parts = u32::try_from(left).unwrap_or(u32::MAX).max(1);
        match deadline.remaining(now) {
            Some(_) if left == 1 => deadline,
            remaining => Deadline::within(now, remaining.map(|time| time / parts)),
        }
    }
}
