//! An exporter that answers as scripted, for tests of what is wrapped around exporters.

mod answer;

use std::fmt;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use meterport_core::{
    Aggregation, AggregationSelector, Component, Deadline, ErrorKind, ExportError, InstrumentKind,
    MetricBatch, MetricExporter, Outcome, RetryAdvice, Temporality, TemporalitySelector,
};
use prost::Message;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until};

use crate::script::Script;
use crate::to_proto;

pub use answer::Answer;

/// An exporter that answers as scripted and remembers what it was asked. Clones share all of it.
///
/// What it takes has arrived before it waits for the first time, as at a receiver that answers
/// late. Waiting is by the runtime's clock, which may be paused.
///
/// ```
/// use meterport_core::{ErrorKind, ExportError};
/// use meterport_testkit::{Answer, ScriptedExporter};
///
/// let exporter = ScriptedExporter::new("primary");
/// exporter.script([Answer::Fail(ExportError::new(ErrorKind::Connect, "")), Answer::Hang]);
/// let inside = exporter.clone(); // give it to a decorator
/// # drop(inside);
/// assert!(exporter.calls().is_empty());
/// ```
#[derive(Clone)]
pub struct ScriptedExporter {
    component: Component,
    temporality: TemporalitySelector,
    aggregation: AggregationSelector,
    state: Arc<Mutex<State>>,
}

struct State {
    script: Script<Answer>,
    calls: Vec<Call>,
    taken: Vec<MetricBatch>,
    flushes: Vec<Deadline>,
    shutdowns: Vec<Deadline>,
    flush: Answer,
    shutdown: Answer,
}

/// An export as it was asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Call {
    /// The batch, whose remembered encodings are those of the caller.
    pub batch: MetricBatch,
    /// The deadline.
    pub deadline: Deadline,
    /// When, by the runtime's clock.
    pub at: Instant,
}

impl ScriptedExporter {
    /// One of this name, which is also its type, that delivers everything.
    pub fn new(name: &str) -> Self {
        let state = State {
            script: Script::new(Answer::Deliver),
            calls: Vec::new(),
            taken: Vec::new(),
            flushes: Vec::new(),
            shutdowns: Vec::new(),
            flush: Answer::Deliver,
            shutdown: Answer::Deliver,
        };
        Self {
            component: Component::new(name),
            temporality: TemporalitySelector::default(),
            aggregation: AggregationSelector::default(),
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// The same with other temporalities.
    #[must_use]
    pub fn with_temporality(mut self, temporality: TemporalitySelector) -> Self {
        self.temporality = temporality;
        self
    }

    /// The same with other aggregations.
    #[must_use]
    pub fn with_aggregation(mut self, aggregation: AggregationSelector) -> Self {
        self.aggregation = aggregation;
        self
    }

    /// Adds answers to the script, one for each export.
    pub fn script(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state().script.extend(answers);
    }

    /// The answer behind the script.
    pub fn default_answer(&self, answer: Answer) {
        self.state().script.set_standing(answer);
    }

    /// The answer to every flush; those that say something of points fail or succeed.
    pub fn answer_flush(&self, answer: Answer) {
        self.state().flush = answer;
    }

    /// The answer to every shutdown, which takes place all the same.
    pub fn answer_shutdown(&self, answer: Answer) {
        self.state().shutdown = answer;
    }

    /// The exports asked for so far, but for those of no points and those behind a shutdown.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// What has arrived so far, whatever was answered, in order.
    pub fn taken(&self) -> Vec<MetricBatch> {
        self.state().taken.clone()
    }

    /// How many points have arrived so far, whatever was answered.
    pub fn taken_points(&self) -> u64 {
        self.state().taken.iter().map(MetricBatch::points).sum()
    }

    /// The deadlines of the flushes so far.
    pub fn flushes(&self) -> Vec<Deadline> {
        self.state().flushes.clone()
    }

    /// The deadlines of the shutdowns so far.
    pub fn shutdowns(&self) -> Vec<Deadline> {
        self.state().shutdowns.clone()
    }

    /// No code of a test runs under the lock, so that a poisoned one is still sound.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, batch: &MetricBatch, deadline: Deadline) -> Result<Answer, ExportError> {
        let mut state = self.state();
        if !state.shutdowns.is_empty() {
            return Err(ExportError::new(ErrorKind::Shutdown, ""));
        }
        state.calls.push(Call { batch: batch.clone(), deadline, at: Instant::now() });
        let answer = state.script.pop();
        Ok(answer.unwrap_or_else(|| state.script.standing().clone()))
    }

    fn take(&self, batch: &MetricBatch, points: u64) -> Outcome {
        let batch = if points < batch.points() { batch.slice(0..points) } else { batch.clone() };
        let mut outcome = attempt();
        outcome.delivered = batch.points();
        self.state().taken.push(batch);
        outcome
    }

    async fn answer(
        &self,
        answer: Answer,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let points = batch.points();
        match answer {
            Answer::Deliver => {
                let outcome = self.take(batch, points);
                yield_now().await;
                Ok(outcome)
            }
            Answer::DeliverAfter(delay) => {
                let outcome = self.take(batch, points);
                sleep(delay).await;
                Ok(outcome)
            }
            Answer::Fail(error) => {
                yield_now().await;
                Err(error.with_settled(attempt()))
            }
            Answer::FailAfter(delay, error) => {
                sleep(delay).await;
                Err(error.with_settled(attempt()))
            }
            Answer::Hang => {
                self.take(batch, points);
                pending().await
            }
            Answer::HangUntilDeadline => {
                self.take(batch, points);
                match deadline.instant() {
                    Some(end) => sleep_until(end.into()).await,
                    None => pending().await,
                }
                Err(timeout().unconfirmed().with_settled(attempt()))
            }
            Answer::Limit { bytes, named } => {
                let size = to_proto(batch).encoded_len() as u64;
                yield_now().await;
                if size > bytes {
                    let kind = ErrorKind::TooLarge { size, limit: named.then_some(bytes) };
                    return Err(ExportError::new(kind, "").with_settled(attempt()));
                }
                let mut outcome = self.take(batch, points);
                outcome.raw_bytes = size;
                Ok(outcome)
            }
            Answer::Panic => panic!("as scripted"),
            Answer::Partly(first, error) => {
                let settled = self.take(batch, first);
                yield_now().await;
                Err(error.with_settled(settled).with_rest(batch.slice(first..points)))
            }
            Answer::Reject(rejected) => {
                let mut outcome = self.take(batch, points.saturating_sub(rejected));
                outcome.rejected = points - outcome.delivered;
                outcome.message = Some("as scripted".into());
                Ok(outcome)
            }
            Answer::With(answer) => {
                let answered = answer(batch);
                let outcome = match &answered {
                    Ok(outcome) => outcome,
                    Err(error) => error.settled(),
                };
                self.take(batch, outcome.delivered);
                answered
            }
        }
    }
}

fn attempt() -> Outcome {
    let mut outcome = Outcome::default();
    outcome.attempts = 1;
    outcome
}

fn timeout() -> ExportError {
    ExportError::new(ErrorKind::Timeout, "").with_advice(RetryAdvice::Backoff)
}

#[async_trait]
impl MetricExporter for ScriptedExporter {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let answered = async {
            if batch.is_empty() && self.state().shutdowns.is_empty() {
                return Ok(Outcome::default());
            }
            if deadline.has_passed(Instant::now().into_std()) {
                return Err(timeout());
            }
            let answer = self.begin(batch, deadline)?;
            self.answer(answer, batch, deadline).await
        };
        answered.await.map_err(|error| error.with_component(&self.component))
    }

    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        let answer = {
            let mut state = self.state();
            state.flushes.push(deadline);
            state.flush.clone()
        };
        let answered = self.answer(answer, &MetricBatch::default(), deadline).await;
        answered.map(|_| Outcome::default()).map_err(|error| error.with_component(&self.component))
    }

    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        let answer = {
            let mut state = self.state();
            state.shutdowns.push(deadline);
            state.shutdown.clone()
        };
        let answered = self.answer(answer, &MetricBatch::default(), deadline).await;
        answered.map(|_| Outcome::default()).map_err(|error| error.with_component(&self.component))
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.temporality.of(kind)
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.aggregation.of(kind)
    }

    fn component(&self) -> &Component {
        &self.component
    }
}

impl fmt::Debug for ScriptedExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedExporter")
            .field("name", &self.component.kind)
            .finish_non_exhaustive()
    }
}
