use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use meterport_core::{
    Clock, Component, Deadline, DropReason, ErrorKind, ExportError, MetricBatch, MetricExporter,
    Outcome,
};
use meterport_worker::{FailureLog, StartHook, catch_panic};

use crate::brake::{Abandoned, Brake, Cut};
use crate::source::{Begun, Slot};
use crate::stats::Ledger;
use crate::{FailureCause, ProducerFailure, ReaderError, budget};

/// Collects and exports; knows nothing of threads and commands.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) slots: Vec<Slot>,
    pub(crate) exporter: Arc<dyn MetricExporter>,
    pub(crate) component: Component,
    pub(crate) limits: Limits,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hook: Option<StartHook>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) topics: Topics,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// `None`: by hand.
    pub(crate) interval: Option<Duration>,
    /// `None`: no limit.
    pub(crate) timeout: Option<Duration>,
}

/// What is told to the log, each kind rate-limited apart.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    collect: FailureLog,
    export: FailureLog,
    loss: FailureLog,
}

/// What one collection gave.
#[derive(Debug, Default)]
struct Collected {
    batches: Vec<MetricBatch>,
    failures: Vec<ProducerFailure>,
    /// Some batch belongs to a snapshot that an earlier collection had begun.
    late: bool,
}

impl Engine {
    /// A tick: collects and exports once. Producers still busy from an earlier time are not
    /// waited for.
    pub(crate) async fn tick(&mut self, brake: &mut Brake) -> Result<(), Abandoned> {
        let collected = self.collect(Deadline::NONE, false, brake).await?;
        // What went wrong is in the log and the statistics.
        let _ = self.export(MetricBatch::join(collected.batches), Deadline::NONE, brake).await?;
        Ok(())
    }

    /// Collects and exports what every producer has now. A producer that was still at a snapshot
    /// of an earlier time is asked once more, after that one has gone out.
    pub(crate) async fn flush(
        &mut self,
        deadline: Deadline,
        brake: &mut Brake,
    ) -> Result<Result<Outcome, ReaderError>, Abandoned> {
        let mut outcome = Outcome::default();
        let mut failures = Vec::new();
        let mut error = None;
        for _ in 0..2 {
            let collected = self.collect(deadline, true, brake).await?;
            failures = collected.failures;
            match self.export(MetricBatch::join(collected.batches), deadline, brake).await? {
                Ok(exported) => outcome.absorb(exported),
                Err(failed) => error = error.or(Some(failed)),
            }
            if !collected.late {
                break;
            }
        }
        Ok(match error {
            Some(error) => Err(ReaderError::Export(error)),
            None if failures.is_empty() => Ok(outcome),
            None => Err(ReaderError::Collect { failures, outcome: Box::new(outcome) }),
        })
    }

    /// Has the exporter deliver what it holds back.
    pub(crate) async fn flush_exporter(
        &mut self,
        deadline: Deadline,
        brake: &mut Brake,
    ) -> Result<Result<Outcome, ExportError>, Abandoned> {
        let deadline = self.call_deadline(deadline);
        let exporter = Arc::clone(&self.exporter);
        let call = async { exporter.force_flush(deadline).await };
        let flushed = match brake.run(deadline, catch_panic(call)).await {
            Err(Cut::Abandoned) => return Err(Abandoned),
            Err(Cut::Deadline) => Err(self.cut("flush")),
            Ok(Err(panicked)) => Err(self.panicked(&panicked)),
            Ok(Ok(result)) => result,
        };
        if let Err(error) = &flushed {
            self.export_failed(error);
        }
        Ok(flushed)
    }

    /// Shuts the exporter down.
    pub(crate) async fn shut_exporter(
        &mut self,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let deadline = self.call_deadline(deadline);
        let exporter = Arc::clone(&self.exporter);
        let call = async { exporter.shutdown(deadline).await };
        let mut brake = Brake::deadline_only(Arc::clone(&self.clock));
        let shut = match brake.run(deadline, catch_panic(call)).await {
            Err(_) => Err(self.cut("shutdown")),
            Ok(Err(panicked)) => Err(self.panicked(&panicked)),
            Ok(Ok(result)) => result,
        };
        if let Err(error) = &shut {
            self.export_failed(error);
        }
        shut
    }

    async fn collect(
        &mut self,
        deadline: Deadline,
        patient: bool,
        brake: &mut Brake,
    ) -> Result<Collected, Abandoned> {
        self.ledger.collect_began();
        let deadline = self.collect_deadline(deadline);
        let hook = self.hook.as_ref();
        let begun: Vec<_> = self.slots.iter_mut().map(|slot| slot.begin(deadline, hook)).collect();
        let mut collected = Collected::default();
        // They all run already: waiting for one after the other is waiting for all at once.
        for (at, (slot, begun)) in self.slots.iter_mut().zip(begun).enumerate() {
            let earlier = begun == Begun::Earlier;
            let wait = if earlier && !patient { Deadline::at(self.clock.now()) } else { deadline };
            let result = match brake.run(wait, slot.taken()).await {
                Ok(result) => result,
                Err(Cut::Deadline) => Err(FailureCause::Unfinished),
                Err(Cut::Abandoned) => return Err(Abandoned),
            };
            match result {
                Ok(batch) => {
                    self.ledger.producer_gave(at, earlier);
                    collected.late |= earlier;
                    collected.batches.push(batch);
                }
                Err(cause) => {
                    self.ledger.producer_failed(at, &cause);
                    let producer = Arc::clone(&slot.name);
                    collected.failures.push(ProducerFailure { producer, cause });
                }
            }
        }
        self.collect_ended(&collected.failures);
        Ok(collected)
    }

    async fn export(
        &mut self,
        batch: MetricBatch,
        deadline: Deadline,
        brake: &mut Brake,
    ) -> Result<Result<Outcome, ExportError>, Abandoned> {
        let points = batch.points();
        if points == 0 {
            return Ok(Ok(Outcome::default()));
        }
        let began = self.clock.now();
        let deadline = self.call_deadline(deadline);
        self.ledger.export_began(points);
        let result = if brake.has_passed(deadline) {
            Err(self.error(ErrorKind::Timeout, "no time was left to export"))
        } else {
            let exporter = Arc::clone(&self.exporter);
            let call = async { exporter.export(&batch, deadline).await };
            match brake.run(deadline, catch_panic(call)).await {
                Ok(Ok(result)) => result,
                Ok(Err(panicked)) => Err(self.panicked(&panicked)),
                Err(Cut::Deadline) => Err(self.cut("export")),
                Err(Cut::Abandoned) => {
                    let books = Outcome::dropped(DropReason::Cancelled, points);
                    self.ledger.export_ended(false, books, self.clock.now() - began);
                    return Err(Abandoned);
                }
            }
        };
        let books = match &result {
            Ok(outcome) => outcome.clone(),
            Err(error) => error.clone().into_outcome(points),
        };
        let took = self.clock.now().saturating_duration_since(began);
        self.ledger.export_ended(result.is_ok(), books, took);
        match &result {
            Ok(outcome) => self.export_answered(outcome),
            Err(error) => self.export_failed(error),
        }
        Ok(result)
    }

    /// Until when one call of the exporter may take.
    fn call_deadline(&self, deadline: Deadline) -> Deadline {
        deadline.earliest(Deadline::within(self.clock.now(), self.limits.timeout))
    }

    /// Until when producers are waited for: half of the time there is, and one interval.
    fn collect_deadline(&self, deadline: Deadline) -> Deadline {
        let now = self.clock.now();
        budget::half(self.call_deadline(deadline), now)
            .earliest(Deadline::within(now, self.limits.interval))
    }

    fn error(&self, kind: ErrorKind, message: impl AsRef<str>) -> ExportError {
        ExportError::new(kind, message).with_component(&self.component)
    }

    fn cut(&self, call: &str) -> ExportError {
        let message = format!("the exporter's {call} did not end by its deadline and was cut");
        self.error(ErrorKind::Timeout, message).unconfirmed()
    }

    fn panicked(&self, panicked: &dyn Display) -> ExportError {
        self.error(ErrorKind::Unavailable, format!("the exporter {panicked}")).unconfirmed()
    }

    fn collect_ended(&mut self, failures: &[ProducerFailure]) {
        let exporter = &self.component;
        if let Some(failure) = failures.first() {
            self.ledger.went_wrong(&failure.to_string());
            if let Some(suppressed) = self.topics.collect.failed(self.clock.now()) {
                let others = failures.len() - 1;
                tracing::warn!(%exporter, error = %failure, others, suppressed, "metrics were not collected");
            }
        } else if let Some(failures) = self.topics.collect.succeeded() {
            tracing::info!(%exporter, failures, "metrics are collected again");
        }
    }

    fn export_failed(&mut self, error: &ExportError) {
        self.ledger.went_wrong(&error.to_string());
        if let Some(suppressed) = self.topics.export.failed(self.clock.now()) {
            tracing::warn!(%error, suppressed, "metrics were not exported");
        }
    }

    fn export_answered(&mut self, outcome: &Outcome) {
        let exporter = &self.component;
        if let Some(failures) = self.topics.export.succeeded() {
            tracing::info!(%exporter, failures, "metrics are exported again");
        }
        let Some(reason) = outcome.loss() else {
            if let Some(failures) = self.topics.loss.succeeded() {
                tracing::info!(%exporter, failures, "metrics are taken in full again");
            }
            return;
        };
        self.ledger.went_wrong(&reason);
        if let Some(suppressed) = self.topics.loss.failed(self.clock.now()) {
            let rejected = outcome.rejected;
            let dropped = &outcome.dropped;
            tracing::warn!(%exporter, rejected, ?dropped, reason, suppressed, "metrics were exported in part");
        }
    }
}
