use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use meterport_core::{
    Chance, Component, ConfigError, Deadline, MetricExporter, Outcome, Variables,
};
use meterport_worker::{SystemChance, Worker};

use crate::control::control;
use crate::handle::Handle;
use crate::run::{Mode, run};
use crate::setup::{INTERVAL_VARIABLE, Layered, Setup, shared_options};
use crate::stats::Ledger;
use crate::ticks::Ticks;
use crate::{ReaderError, ReaderStats, StartError};

#[cfg(test)]
mod tests;

const DEFAULT_INTERVAL: Duration = Duration::from_secs(60);

/// Collects from its producers and exports at an interval, on a thread of its own: the
/// specification's periodic exporting metric reader (`metrics/sdk.md`).
///
/// - Collections and exports come one after the other, in order, never two at once. An export
///   that takes longer than the interval moves the next ones; missed ones are not made up for.
/// - Producers run side by side, each isolated. The others' points go out without those of a
///   producer that fails, panics or is not done in half of the timeout (and one interval). One
///   that is not done is left running, not started again and not waited for again; what it gives
///   takes the place of its next snapshot, so that no increment is lost and nothing overtakes.
/// - An export is cut at its deadline, even if the exporter ignores it. Failures are told of in
///   the log (`tracing`): the first, one a minute while they last, the recovery.
/// - An exporter that blocks its thread blocks the reader's, which no deadline can cut. Flushes
///   and shutdowns still end by theirs.
///
/// It works from anywhere: without a runtime, on any kind of runtime, in `Drop`, after the
/// application's runtime has ended. Dropping it without [`shutdown`](Self::shutdown) never blocks:
/// the export that runs is cancelled, the thread ends by itself, and the log has a warning.
pub struct PeriodicReader {
    handle: Handle,
    ledger: Arc<Ledger>,
    component: Component,
}

/// Settings of a [`PeriodicReader`].
#[derive(Debug)]
pub struct PeriodicReaderBuilder {
    setup: Setup,
    interval: Layered<Duration>,
    phase: Option<Arc<dyn Chance>>,
}

impl PeriodicReaderBuilder {
    /// From the beginning of one collection to the beginning of the next. By default 60 seconds,
    /// or what `OTEL_METRIC_EXPORT_INTERVAL` says when the environment is read.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval.code = Some(interval);
        self
    }

    /// Where the moment of the first collection within the first interval is drawn; a fleet that
    /// starts at once then does not export at once.
    #[must_use]
    pub fn random_phase(mut self, chance: Arc<dyn Chance>) -> Self {
        self.phase = Some(chance);
        self
    }

    /// Collects for the first time after exactly one interval.
    #[must_use]
    pub fn fixed_phase(mut self) -> Self {
        self.phase = None;
        self
    }

    /// Reads `OTEL_METRIC_EXPORT_INTERVAL` and `OTEL_METRIC_EXPORT_TIMEOUT`, in milliseconds.
    /// What the program sets itself wins.
    ///
    /// # Errors
    /// A variable cannot be understood, or the interval is zero.
    pub fn with_variables(mut self, variables: &Variables<'_>) -> Result<Self, ConfigError> {
        self.setup.read(variables)?;
        let interval = variables.millis(&[INTERVAL_VARIABLE])?;
        if interval.is_some_and(|interval| interval.is_zero()) {
            return Err(ConfigError::new(INTERVAL_VARIABLE, "must be longer than zero"));
        }
        self.interval.environment = interval;
        Ok(self)
    }

    shared_options!();

    /// Starts the reader's thread.
    ///
    /// # Errors
    /// No producer, an interval of zero, a thread's name with a NUL; or no thread to be had.
    pub fn start(self) -> Result<PeriodicReader, StartError> {
        let interval = self.interval.or(DEFAULT_INTERVAL);
        if interval.is_zero() {
            return Err(ConfigError::new("interval", "must be longer than zero").into());
        }
        let mut worker = Worker::builder(&self.setup.thread_name);
        if let Some(hook) = &self.setup.hook {
            worker = worker.on_start(hook.clone());
        }
        let engine = self.setup.engine(Some(interval))?;
        let ledger = Arc::clone(&engine.ledger);
        let clock = Arc::clone(&engine.clock);
        let component = engine.component.clone();
        let phase = self.phase;
        let (control, orders) = control();
        let worker = worker.start(move |_| {
            let ticks = Ticks::new(Arc::clone(&engine.clock), interval, phase.as_deref());
            run(engine, ticks, orders, Mode::Periodic)
        });
        let worker = worker.map_err(StartError::Thread)?;
        Ok(PeriodicReader { handle: Handle::new(worker, control, clock), ledger, component })
    }
}

impl PeriodicReader {
    /// A reader that exports through `exporter`; an `Arc<dyn MetricExporter>` is one too.
    pub fn builder(exporter: impl MetricExporter) -> PeriodicReaderBuilder {
        PeriodicReaderBuilder {
            setup: Setup::new(exporter),
            interval: Layered::default(),
            phase: Some(Arc::new(SystemChance)),
        }
    }

    /// Collects and exports now, then has the exporter deliver what it holds back. Flushes asked
    /// for at the same time may share one export.
    ///
    /// Dropping the future does not stop the work. An empty collection is not exported.
    ///
    /// # Errors
    /// See [`ReaderError`]. The points of an export that failed are lost.
    pub async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ReaderError> {
        self.handle.flush(deadline).await
    }

    /// As [`force_flush`](Self::force_flush), blocking this thread; also inside a runtime and in
    /// `Drop`.
    ///
    /// # Errors
    /// See [`ReaderError`].
    pub fn force_flush_blocking(&self, deadline: Deadline) -> Result<Outcome, ReaderError> {
        self.handle.flush_blocking(deadline)
    }

    /// Collects and exports a last time, shuts the exporter down, and ends the thread.
    ///
    /// An export that runs gets at most half of the time; the exporter's own shutdown is left a
    /// tenth of it, at most a second, by the last export. Dropping the future does not stop the
    /// shutdown. Calls at the same time all wait, and have the same result; the first one's
    /// deadline rules the work. A call after that is `Ok` and does nothing.
    ///
    /// # Errors
    /// See [`ReaderError`]. The reader has shut down all the same, or does so as soon as its
    /// thread is no longer blocked.
    pub async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ReaderError> {
        self.handle.shutdown(deadline).await
    }

    /// As [`shutdown`](Self::shutdown), blocking this thread; also inside a runtime and in `Drop`.
    ///
    /// # Errors
    /// See [`ReaderError`].
    pub fn shutdown_blocking(&self, deadline: Deadline) -> Result<Outcome, ReaderError> {
        self.handle.shutdown_blocking(deadline)
    }

    /// What it has done so far.
    pub fn stats(&self) -> ReaderStats {
        self.ledger.snapshot()
    }
}

impl fmt::Debug for PeriodicReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeriodicReader").field("exporter", &self.component).finish_non_exhaustive()
    }
}
