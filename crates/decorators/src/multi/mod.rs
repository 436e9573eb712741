#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Clock, Component, Deadline, ExportError, InstrumentKind, MemberOutcome,
    MetricBatch, MetricExporter, Outcome, RetryAdvice, Temporality,
};
use meterport_worker::SystemClock;

use crate::join::join_all;
use crate::members::{MembersError, agree, all_ended, isolated};

/// Gives each batch to several exporters at once.
///
/// Members work side by side: one that hangs, fails or panics neither delays nor fails the others'
/// deliveries. The call itself ends when all have ended, by the deadline at the latest; who wants it
/// to end sooner puts a `Timeout` or a queue around the member that may hang.
///
/// The outcome names what each [member](Outcome::members) answered. Its own books are those of the
/// member that took least, so that a loss shows at the top, with the attempts and bytes of all.
/// It fails only if all members fail, and then with the advice [`Never`](RetryAdvice::Never):
/// nothing outside may send again what some member took. Retries belong to the members.
///
/// The batch is the same for all, and so are the encodings that it remembers: two members that send
/// it in one form encode it once.
pub struct Multi {
    members: Vec<Box<dyn MetricExporter>>,
    component: Component,
    clock: Arc<dyn Clock>,
}

impl Multi {
    /// Gives each batch to all of these, in no order.
    ///
    /// # Errors
    /// There is none, or they disagree on the temporality or aggregation of some kind of instrument:
    /// one batch cannot be right for both.
    pub fn new(
        members: impl IntoIterator<Item = Box<dyn MetricExporter>>,
    ) -> Result<Self, MembersError> {
        let members: Vec<_> = members.into_iter().collect();
        let (first, others) = members.split_first().ok_or(MembersError::NoMember)?;
        others.iter().try_for_each(|other| agree(first, other))?;
        let component = Component::new("multi_metric_exporter");
        Ok(Self { members, component, clock: Arc::new(SystemClock) })
    }

    /// The same with one member more.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn multi(mut self, other: impl MetricExporter) -> Result<Self, MembersError> {
        let other: Box<dyn MetricExporter> = Box::new(other);
        self.members.iter().try_for_each(|member| agree(member, &other))?;
        self.members.push(other);
        Ok(self)
    }

    /// The same with another clock than the runtime's. Waiting is always the runtime's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    async fn each<'a, F>(
        &'a self,
        deadline: Deadline,
        call: impl Fn(&'a dyn MetricExporter) -> F,
    ) -> Vec<Result<Outcome, ExportError>>
    where
        F: Future<Output = Result<Outcome, ExportError>> + Send + 'a,
    {
        join_all(
            self.members
                .iter()
                .map(|member| isolated(&**member, deadline, &*self.clock, call(&**member))),
        )
        .await
    }

    /// What they answered together, of a batch of so many points.
    fn answer(
        &self,
        points: u64,
        results: Vec<Result<Outcome, ExportError>>,
    ) -> Result<Outcome, ExportError> {
        let mut all = Outcome::default();
        let mut least: Option<Outcome> = None;
        let mut failures = Vec::new();
        let asked = self.members.len();
        for (member, result) in self.members.iter().zip(results) {
            let component = member.component().clone();
            let (books, error) = match result {
                Ok(outcome) => (outcome, None),
                Err(error) => (error.clone().into_outcome(points), Some(error)),
            };
            all.attempts = all.attempts.saturating_add(books.attempts);
            all.raw_bytes = all.raw_bytes.saturating_add(books.raw_bytes);
            all.wire_bytes = all.wire_bytes.saturating_add(books.wire_bytes);
            let taken = |books: &Outcome| books.delivered.saturating_add(books.queued);
            if least.as_ref().is_none_or(|least| taken(&books) < taken(least)) {
                least = Some(books.clone());
            }
            let mut told = MemberOutcome::new(component, books);
            if let Some(error) = error {
                told = told.with_error(error.to_string());
                failures.push(error);
            }
            all.members.push(told);
        }
        let owed_by_all = all.members.iter().all(|member| {
            let Outcome { delivered, queued, rejected, .. } = member.outcome;
            (delivered, queued, rejected) == (0, 0, 0)
        });
        let mut answer = least.unwrap_or_default();
        answer.attempts = all.attempts;
        answer.raw_bytes = all.raw_bytes;
        answer.wire_bytes = all.wire_bytes;
        answer.members.clone_from(&all.members);
        if failures.len() < asked {
            return Ok(answer);
        }
        // What one of them has settled nobody outside may send again: the books are closed then.
        let settled = if owed_by_all { all } else { answer };
        let unconfirmed = failures.iter().any(ExportError::is_unconfirmed);
        let Some(first) = failures.into_iter().next() else { return Ok(settled) };
        let mut error = ExportError::new(first.kind(), first.to_string())
            .with_component(&self.component)
            .with_advice(RetryAdvice::Never)
            .with_settled(settled)
            .with_source(first);
        if unconfirmed {
            error = error.unconfirmed();
        }
        Err(error)
    }
}

impl fmt::Debug for Multi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("Multi");
        self.members.iter().fold(&mut tuple, |tuple, member| tuple.field(member)).finish()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl MetricExporter for Multi {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let results = self.each(deadline, |member| member.export(batch, deadline)).await;
        self.answer(batch.points(), results)
    }

    /// Reaches all members, whichever fail.
    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        all_ended(self.each(deadline, |member| member.force_flush(deadline)).await)
    }

    /// Reaches all members, whichever fail.
    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        all_ended(self.each(deadline, |member| member.shutdown(deadline)).await)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.members.first().map_or(Temporality::Cumulative, |first| first.temporality(kind))
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.members.first().map_or(Aggregation::Default, |first| first.aggregation(kind))
    }

    fn component(&self) -> &Component {
        &self.component
    }
}
