//! Batches wait in memory for an exporter that is slow or away.

mod end;
mod footprint;
mod line;
mod run;
mod settings;
mod settle;
mod state;
mod store;
mod supersede;
#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Chance, Clock, Component, Deadline, ErrorKind, ExportError, InstrumentKind,
    MetricBatch, MetricExporter, Outcome, RetryAdvice, Temporality,
};
use meterport_worker::{StartHook, SystemChance, SystemClock, Worker, within};

use self::line::Line;
use self::run::run;
use crate::bounded::no_time;

pub use self::settings::{Overflow, QueueSettings};
pub use self::state::QueueStats;

/// Takes batches at once and exports them one after the other, on a thread of its own: so a receiver
/// that is slow or away for a while holds up no collection and loses no point.
///
/// The answer to an export says [`queued`](Outcome::queued). What became of those points is told by
/// the next flush, by the shutdown, and at any moment by [`stats`](Self::stats), in which
/// `produced = delivered + rejected + dropped + queued` always holds.
///
/// A batch that fails and may be sent again goes back to the front, with what is still owed of it,
/// and the queue pauses; so the order of each series stays. A refusal for good is counted, and the
/// next batch has its turn. What is beyond the limits of memory goes by the
/// [policy](QueueSettings::overflow). Batches are kept without what was remembered of their
/// encodings, and attribute sets that they share are counted once.
///
/// A flush waits for what is queued by then. A shutdown takes nothing more, exports what waits until
/// its deadline, and counts what is left as dropped for
/// [`Shutdown`](meterport_core::DropReason::Shutdown); without a deadline each batch has one more
/// attempt. Dropping the queue does not wait: what is left is counted and gone.
///
/// The thread starts with the first batch. In the child of a fork it starts again, and the batches
/// that waited are with both processes.
///
/// # Place
/// Outermost, around a stack with a bounded number of retries: while that retries, others wait.
pub struct Queue<E> {
    inner: Arc<E>,
    line: Arc<Line>,
    hook: Option<StartHook>,
    worker: Mutex<Option<Arc<Worker>>>,
}

/// Tells how a [`Queue`] does, wherever that is now.
#[derive(Clone)]
pub struct QueueMonitor(Arc<Line>);

impl QueueMonitor {
    /// What the queue has taken, and what became of it.
    pub fn stats(&self) -> QueueStats {
        self.0.stats()
    }
}

impl fmt::Debug for QueueMonitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("QueueMonitor").field(&self.stats()).finish()
    }
}

impl<E: MetricExporter> Queue<E> {
    /// A queue before `exporter`.
    pub fn new(exporter: E, settings: QueueSettings) -> Self {
        let line = Line::new(settings, Arc::new(SystemClock), Arc::new(SystemChance));
        Self {
            inner: Arc::new(exporter),
            line: Arc::new(line),
            hook: None,
            worker: Mutex::default(),
        }
    }

    /// The same with another clock for ages, and other dice for pauses. Waiting is always the
    /// thread's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>, chance: Arc<dyn Chance>) -> Self {
        self.line = Arc::new(Line::new(self.line.settings.clone(), clock, chance));
        self
    }

    /// The same, running `hook` on the thread before anything else.
    #[must_use]
    pub fn on_start(mut self, hook: StartHook) -> Self {
        self.hook = Some(hook);
        self
    }

    /// What it has taken, and what became of it.
    pub fn stats(&self) -> QueueStats {
        self.line.stats()
    }

    /// Tells the same wherever the queue is.
    pub fn monitor(&self) -> QueueMonitor {
        QueueMonitor(Arc::clone(&self.line))
    }

    /// The thread, started if there is none.
    fn worker(&self) -> Result<Arc<Worker>, ExportError> {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(worker) = worker.as_ref().filter(|worker| !worker.is_forked()) {
            return Ok(Arc::clone(worker));
        }
        let mut builder = Worker::builder("meterport-queue");
        if let Some(hook) = &self.hook {
            builder = builder.on_start(hook.clone());
        }
        let (inner, line) = (Arc::clone(&self.inner), Arc::clone(&self.line));
        let started = builder.start(|stop| run(inner, line, stop)).map_err(|error| {
            ExportError::new(ErrorKind::NoRuntime, "no thread could be started for the queue")
                .with_advice(RetryAdvice::Backoff)
                .with_component(self.inner.component())
                .with_source(error)
        })?;
        Ok(Arc::clone(worker.insert(Arc::new(started))))
    }

    /// A call of the exporter inside on the thread, where all its exports are.
    async fn call<F>(
        &self,
        deadline: Deadline,
        call: impl FnOnce(Arc<E>) -> F,
    ) -> Result<Outcome, ExportError>
    where
        F: Future<Output = Result<Outcome, ExportError>> + Send + 'static,
    {
        let task = self.worker()?.spawn(call(Arc::clone(&self.inner)));
        let error = |kind, message: &str| {
            ExportError::new(kind, message).with_component(self.inner.component())
        };
        match within(deadline, task).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(error(ErrorKind::Unavailable, "the exporter inside panicked")),
            Err(_) => {
                let error = error(ErrorKind::Timeout, "it did not end by its deadline");
                Err(error.with_advice(RetryAdvice::Backoff))
            }
        }
    }

    /// The answer of the exporter inside to a flush or a shutdown, with the books of those points
    /// that it had held back of this queue's.
    fn told_inside(&self, answer: Result<Outcome, ExportError>) -> Result<Outcome, ExportError> {
        match answer {
            Ok(outcome) => Ok(self.line.told_inside(outcome)),
            Err(error) => {
                let settled = self.line.told_inside(error.settled().clone());
                Err(error.with_settled(settled))
            }
        }
    }
}

impl<E> Drop for Queue<E> {
    fn drop(&mut self) {
        let left = self.line.abandon();
        self.line.give_up_inside();
        if left > 0 {
            tracing::warn!(points = left, "a queue was dropped without a shutdown");
        }
    }
}

impl<E: MetricExporter> fmt::Debug for Queue<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Queue").field(&self.inner).field(&self.line.settings).finish()
    }
}

/// The books of both, and the error of the one that failed.
fn both(
    first: Result<Outcome, ExportError>,
    second: Result<Outcome, ExportError>,
) -> Result<Outcome, ExportError> {
    match (first, second) {
        (Ok(mut first), Ok(second)) => {
            first.absorb(second);
            Ok(first)
        }
        (Ok(other), Err(error)) | (Err(error), Ok(other)) => {
            let mut settled = error.settled().clone();
            settled.absorb(other);
            Err(error.with_settled(settled))
        }
        (Err(error), Err(other)) => {
            let mut settled = error.settled().clone();
            settled.absorb(other.settled().clone());
            Err(error.with_settled(settled))
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<E: MetricExporter> MetricExporter for Queue<E> {
    /// Takes the batch; it waits only where a full queue is [to wait](Overflow::Wait).
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let component = self.inner.component();
        if !self.line.is_closed() {
            if batch.is_empty() {
                return Ok(Outcome::default());
            }
            if deadline.has_passed(self.line.clock.now()) {
                return Err(no_time(component));
            }
            self.worker()?;
        }
        let taken = self.line.take(batch, deadline).await;
        taken.map_err(|error| error.with_component(component))
    }

    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        let flushed = self.line.flush(deadline).await;
        let inner = self.call(deadline, async move |inner| inner.force_flush(deadline).await);
        let inner = self.told_inside(inner.await);
        both(flushed.map_err(|error| error.with_component(self.inner.component())), inner)
    }

    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.line.close(deadline);
        // Without a thread nothing waits, and nobody would say that nothing does.
        self.worker()?;
        let drained = within(deadline, self.line.ended()).await;
        let left = if drained.is_err() { self.line.abandon() } else { 0 };
        let told = self.line.tell();
        let drained = if left == 0 {
            Ok(told)
        } else {
            let message = format!("{left} points were still queued at the deadline");
            let error = ExportError::new(ErrorKind::Timeout, message).with_settled(told);
            Err(error.with_component(self.inner.component()))
        };
        let inner = self.call(deadline, async move |inner| inner.shutdown(deadline).await).await;
        let inner = self.told_inside(inner);
        let given_up = self.line.give_up_inside();
        both(both(drained, inner), Ok(given_up))
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
