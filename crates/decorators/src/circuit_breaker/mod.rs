//! An exporter that keeps failing is left alone for a while.

mod circuit;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Clock, Component, Deadline, ErrorKind, ExportError, InstrumentKind, MetricBatch,
    MetricExporter, Outcome, RetryAdvice, Temporality,
};
use meterport_worker::SystemClock;

use self::circuit::{Circuit, Entry};

pub use self::circuit::{BreakerPolicy, BreakerState};

/// Refuses exports for a while after so many failures in a row, so that a receiver that is down is
/// not asked all the time, and what stands outside can go elsewhere at once.
///
/// A refusal is an error of the kind [`CircuitOpen`](ErrorKind::CircuitOpen) that owes the whole
/// batch and advises to try again when the breaker lets somebody try. Then the next export is a
/// probe, and others are refused until it has ended: well, and the breaker is closed; badly, and it
/// stays open for as long again. A probe whose future is dropped leaves the next export to try.
///
/// A failure is what another attempt could heal: an error whose advice is not
/// [`Never`](RetryAdvice::Never). A receiver that refuses a batch for good has answered.
///
/// Inside of a [`Fallback`](crate::Fallback), around the retries of one member.
pub struct CircuitBreaker<E> {
    inner: E,
    policy: BreakerPolicy,
    clock: Arc<dyn Clock>,
    circuit: Mutex<Circuit>,
}

impl<E: MetricExporter> CircuitBreaker<E> {
    /// Leaves `exporter` alone as the policy says.
    pub fn new(exporter: E, policy: BreakerPolicy) -> Self {
        let policy = policy.after_failures(policy.failures);
        let circuit = Mutex::new(Circuit::Closed(0));
        Self { inner: exporter, policy, clock: Arc::new(SystemClock), circuit }
    }

    /// The same with another clock than the runtime's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// What would be done with an export now.
    pub fn state(&self) -> BreakerState {
        self.circuit().state(self.clock.now())
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refusal(&self, wait: Option<std::time::Duration>) -> ExportError {
        let advice = wait.map_or(RetryAdvice::Backoff, RetryAdvice::After);
        ExportError::new(ErrorKind::CircuitOpen, "refused after failures of exports before")
            .with_advice(advice)
            .with_component(self.inner.component())
    }
}

/// What an export says of the receiver.
enum Verdict {
    Answered,
    Failed,
    /// It was not asked.
    Unknown,
}

impl Verdict {
    fn of(result: &Result<Outcome, ExportError>) -> Self {
        use ErrorKind::{Config, Encode, NoRuntime, Shutdown};
        match result {
            Ok(_) => Self::Answered,
            Err(error) => match (error.kind(), error.advice()) {
                (Config | Encode | NoRuntime | Shutdown, _) => Self::Unknown,
                (_, RetryAdvice::Never) => Self::Answered,
                _ => Self::Failed,
            },
        }
    }
}

/// Makes room for the next probe if this one is dropped before it has ended.
struct Probe<'a, E: MetricExporter>(Option<&'a CircuitBreaker<E>>);

impl<E: MetricExporter> Drop for Probe<'_, E> {
    fn drop(&mut self) {
        if let Some(breaker) = self.0 {
            breaker.circuit().abandon(breaker.clock.now());
        }
    }
}

impl<E: MetricExporter> fmt::Debug for CircuitBreaker<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CircuitBreaker").field(&self.inner).field(&self.policy).finish()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<E: MetricExporter> MetricExporter for CircuitBreaker<E> {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        // Nothing is sent then, and so nothing is tried.
        if batch.is_empty() || deadline.has_passed(self.clock.now()) {
            return self.inner.export(batch, deadline).await;
        }
        let entry = self.circuit().enter(self.clock.now());
        let probe = match entry {
            Entry::Pass { probe } => probe,
            Entry::Refuse(wait) => return Err(self.refusal(wait)),
        };
        let mut guard = Probe(probe.then_some(self));
        let result = self.inner.export(batch, deadline).await;
        match Verdict::of(&result) {
            // The probe's guard leaves the next one to try.
            Verdict::Unknown => return result,
            Verdict::Failed => {
                if self.circuit().fail(probe, self.clock.now(), self.policy) {
                    let exporter = self.inner.component();
                    let error = result.as_ref().err().map(ToString::to_string);
                    tracing::warn!(%exporter, error, "the circuit is open");
                }
            }
            Verdict::Answered => {
                self.circuit().succeed(probe);
                if probe {
                    tracing::info!(exporter = %self.inner.component(), "the circuit is closed");
                }
            }
        }
        guard.0 = None;
        result
    }

    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.inner.force_flush(deadline).await
    }

    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        // From now on the exporter inside has the only answer.
        *self.circuit() = Circuit::Closed(0);
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
