mod levels;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Clock, Component, Deadline, ExportError, InstrumentKind, MetricBatch,
    MetricExporter, Outcome, Temporality,
};
use meterport_worker::{FailureLog, SystemClock};
use tracing::Level;

pub use levels::LogLevels;

/// Says in the log, through `tracing`, what became of each export.
///
/// An event has the exporter, the metrics and points of the batch, how long the export took, and
/// what came of it: points delivered, rejected and dropped, attempts, bytes; or the error. The first
/// failure is loud; while it lasts there is one line in a while with the number of those left out;
/// then the recovery is told.
pub struct Logging<E> {
    inner: E,
    levels: LogLevels,
    topics: Mutex<Topics>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct Topics {
    /// Exports that failed.
    failure: FailureLog,
    /// Exports that were answered, but not taken in full.
    loss: FailureLog,
}

/// An event at a level that is not known before.
macro_rules! event_at {
    ($level:expr, $($fields:tt)+) => {
        match $level {
            Some(Level::ERROR) => tracing::error!($($fields)+),
            Some(Level::WARN) => tracing::warn!($($fields)+),
            Some(Level::INFO) => tracing::info!($($fields)+),
            Some(Level::DEBUG) => tracing::debug!($($fields)+),
            Some(Level::TRACE) => tracing::trace!($($fields)+),
            None => {}
        }
    };
}

impl<E: MetricExporter> Logging<E> {
    /// Tells of what `exporter` does, at the levels that [`LogLevels`] has by default.
    pub fn new(exporter: E) -> Self {
        Self::with(exporter, LogLevels::default())
    }

    /// The same with other levels.
    #[must_use]
    pub fn with_levels(self, levels: LogLevels) -> Self {
        Self { clock: self.clock, ..Self::with(self.inner, levels) }
    }

    /// The same with another clock than the runtime's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn with(inner: E, levels: LogLevels) -> Self {
        let log = || FailureLog::new(levels.quiet);
        let topics = Mutex::new(Topics { failure: log(), loss: log() });
        Self { inner, levels, topics, clock: Arc::new(SystemClock) }
    }

    fn topics(&self) -> MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answered(&self, batch: &MetricBatch, outcome: &Outcome, took: Duration) {
        let exporter = self.inner.component();
        let Outcome { delivered, rejected, queued, attempts, wire_bytes, .. } = *outcome;
        event_at!(
            self.levels.success,
            %exporter,
            metrics = batch.metrics().count(),
            points = batch.points(),
            ?took,
            delivered,
            rejected,
            dropped = ?outcome.dropped,
            queued,
            attempts,
            wire_bytes,
            "metrics were exported"
        );
        let recovered = self.topics().failure.succeeded();
        if let Some(failures) = recovered {
            event_at!(self.levels.recovery, %exporter, failures, "metrics are exported again");
        }
        let Some(reason) = outcome.loss() else {
            let recovered = self.topics().loss.succeeded();
            if let Some(failures) = recovered {
                event_at!(self.levels.recovery, %exporter, failures, "metrics are taken in full again");
            }
            return;
        };
        let told = self.topics().loss.failed(self.clock.now());
        event_at!(
            if told.is_some() { self.levels.failure } else { self.levels.repeat },
            %exporter,
            rejected,
            dropped = ?outcome.dropped,
            reason,
            suppressed = told.unwrap_or_default(),
            "metrics were exported in part"
        );
    }

    fn failed(&self, batch: &MetricBatch, error: &ExportError, took: Duration) {
        let told = self.topics().failure.failed(self.clock.now());
        event_at!(
            if told.is_some() { self.levels.failure } else { self.levels.repeat },
            %error,
            metrics = batch.metrics().count(),
            points = batch.points(),
            ?took,
            delivered = error.settled().delivered,
            suppressed = told.unwrap_or_default(),
            "metrics were not exported"
        );
    }

    fn ended(
        &self,
        call: &'static str,
        result: Result<Outcome, ExportError>,
    ) -> Result<Outcome, ExportError> {
        if let Err(error) = &result {
            event_at!(self.levels.failure, %error, call, "an exporter's call failed");
        }
        result
    }
}

impl<E: MetricExporter> fmt::Debug for Logging<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Logging").field(&self.inner).field(&self.levels).finish()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<E: MetricExporter> MetricExporter for Logging<E> {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let began = self.clock.now();
        let result = self.inner.export(batch, deadline).await;
        let took = self.clock.now().saturating_duration_since(began);
        match &result {
            // Nothing happened, whatever failed before.
            Ok(_) if batch.is_empty() => {}
            Ok(outcome) => self.answered(batch, outcome, took),
            Err(error) => self.failed(batch, error, took),
        }
        result
    }

    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.ended("flush", self.inner.force_flush(deadline).await)
    }

    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.ended("shutdown", self.inner.shutdown(deadline).await)
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
