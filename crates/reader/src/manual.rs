use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use meterport_core::{Clock, Component, ConfigError, Deadline, MetricExporter, Outcome, Variables};
use meterport_worker::{StartHook, Worker};

use crate::control::control;
use crate::engine::Engine;
use crate::handle::Handle;
use crate::run::{Mode, run};
use crate::setup::{Setup, shared_options};
use crate::stats::Ledger;
use crate::ticks::Ticks;
use crate::{ReaderError, ReaderStats};

/// Collects and exports when it is told to: for short jobs, for tests, for a schedule of one's
/// own.
///
/// The work is done on a thread of its own, as by [`PeriodicReader`](crate::PeriodicReader) and
/// with the same promises; the thread starts with the first call. So both twins of each method
/// work from anywhere, and one exporter is always used from one runtime.
pub struct ManualReader {
    /// Until the thread takes it.
    engine: Arc<Mutex<Option<Engine>>>,
    starting: Mutex<()>,
    handle: OnceLock<Handle>,
    ledger: Arc<Ledger>,
    component: Component,
    clock: Arc<dyn Clock>,
    hook: Option<StartHook>,
    thread_name: String,
}

/// Settings of a [`ManualReader`].
#[derive(Debug)]
pub struct ManualReaderBuilder {
    setup: Setup,
}

impl ManualReaderBuilder {
    /// Reads `OTEL_METRIC_EXPORT_TIMEOUT`, in milliseconds. What the program sets itself wins.
    ///
    /// # Errors
    /// The variable cannot be understood.
    pub fn with_variables(mut self, variables: &Variables<'_>) -> Result<Self, ConfigError> {
        self.setup.read(variables)?;
        Ok(self)
    }

    shared_options!();

    /// The reader; its thread starts later.
    ///
    /// # Errors
    /// No producer, or a thread's name with a NUL.
    pub fn build(self) -> Result<ManualReader, ConfigError> {
        let thread_name = self.setup.thread_name.clone();
        let hook = self.setup.hook.clone();
        let engine = self.setup.engine(None)?;
        Ok(ManualReader {
            ledger: Arc::clone(&engine.ledger),
            component: engine.component.clone(),
            clock: Arc::clone(&engine.clock),
            engine: Arc::new(Mutex::new(Some(engine))),
            starting: Mutex::new(()),
            handle: OnceLock::new(),
            hook,
            thread_name,
        })
    }
}

impl ManualReader {
    /// A reader that exports through `exporter`; an `Arc<dyn MetricExporter>` is one too.
    pub fn builder(exporter: impl MetricExporter) -> ManualReaderBuilder {
        ManualReaderBuilder { setup: Setup::new(exporter) }
    }

    /// Collects from every producer and exports. Calls at the same time may share one export.
    /// Producers are waited for until half of the time is over.
    ///
    /// Dropping the future does not stop the work. An empty collection is not exported.
    ///
    /// # Errors
    /// See [`ReaderError`]. The points of an export that failed are lost.
    pub async fn collect_and_export(&self, deadline: Deadline) -> Result<Outcome, ReaderError> {
        self.handle()?.flush(deadline).await
    }

    /// As [`collect_and_export`](Self::collect_and_export), blocking this thread; also inside a
    /// runtime and in `Drop`.
    ///
    /// # Errors
    /// See [`ReaderError`].
    pub fn collect_and_export_blocking(&self, deadline: Deadline) -> Result<Outcome, ReaderError> {
        self.handle()?.flush_blocking(deadline)
    }

    /// Shuts the exporter down, and ends the thread. It collects nothing: what is wanted in the
    /// last export is the caller's to say. Otherwise as
    /// [`PeriodicReader::shutdown`](crate::PeriodicReader::shutdown).
    ///
    /// # Errors
    /// See [`ReaderError`].
    pub async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ReaderError> {
        self.handle()?.shutdown(deadline).await
    }

    /// As [`shutdown`](Self::shutdown), blocking this thread; also inside a runtime and in `Drop`.
    ///
    /// # Errors
    /// See [`ReaderError`].
    pub fn shutdown_blocking(&self, deadline: Deadline) -> Result<Outcome, ReaderError> {
        self.handle()?.shutdown_blocking(deadline)
    }

    /// What it has done so far.
    pub fn stats(&self) -> ReaderStats {
        self.ledger.snapshot()
    }

    fn handle(&self) -> Result<&Handle, ReaderError> {
        if let Some(handle) = self.handle.get() {
            return Ok(handle);
        }
        let _starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = self.handle.get() {
            return Ok(handle);
        }
        let mut worker = Worker::builder(&self.thread_name);
        if let Some(hook) = &self.hook {
            worker = worker.on_start(hook.clone());
        }
        let (control, orders) = control();
        // Taken on the thread: without one, it is still here for the next call.
        let engine = Arc::clone(&self.engine);
        let worker = worker.start(move |_| async move {
            let engine = engine.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(engine) = engine {
                let ticks = Ticks::never(Arc::clone(&engine.clock));
                run(engine, ticks, orders, Mode::Manual).await;
            }
        });
        let worker = worker.map_err(|error| ReaderError::Thread(Arc::new(error)))?;
        Ok(self.handle.get_or_init(|| Handle::new(worker, control, Arc::clone(&self.clock))))
    }
}

impl fmt::Debug for ManualReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualReader").field("exporter", &self.component).finish_non_exhaustive()
    }
}
