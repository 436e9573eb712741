//! Calls of the exporter on a thread of its own, each within its deadline.

use std::fmt;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use meterport_core::{Deadline, ErrorKind, ExportError, MetricBatch, MetricExporter, Outcome};
use meterport_worker::{Worker, block_on, catch_panic, within};

use super::PushStats;
use crate::suppressed;

pub(super) type Observer = Arc<dyn Fn(&Result<Outcome, ExportError>) + Send + Sync>;
type Answer = Result<Outcome, ExportError>;

/// How long after its deadline an exporter may still answer: its own error says more than ours.
const GRACE: Duration = Duration::from_millis(100);
/// How many exports may wait at most: an exporter that blocks its thread would heap them up.
const WAITING: usize = 16;

pub(super) struct Calls {
    exporter: Arc<dyn MetricExporter>,
    worker: Worker,
    observer: Option<Observer>,
    stats: Mutex<PushStats>,
    waiting: Arc<AtomicUsize>,
}

impl Calls {
    pub(super) fn start(
        exporter: Arc<dyn MetricExporter>,
        thread_name: String,
        observer: Option<Observer>,
    ) -> io::Result<Self> {
        let worker = Worker::builder(thread_name).on_start(suppressed());
        let worker = worker.start(|mut stop| async move { stop.requested().await })?;
        let (stats, waiting) = (Mutex::default(), Arc::default());
        Ok(Self { exporter, worker, observer, stats, waiting })
    }

    pub(super) fn stats(&self) -> PushStats {
        self.books().clone()
    }

    pub(super) async fn export(&self, batch: MetricBatch, deadline: Deadline) -> Answer {
        let points = batch.points();
        let answer = match Place::take(&self.waiting) {
            None => Err(self.error(
                ErrorKind::Timeout,
                "the exporter blocks its thread: too many exports wait for it",
            )),
            Some(place) => {
                let exporter = Arc::clone(&self.exporter);
                let call = async move {
                    let answer = exporter.export(&batch, deadline).await;
                    drop(place);
                    answer
                };
                self.call(call, deadline).await
            }
        };
        if let Some(observer) = &self.observer {
            // It is not ours, and this may be the SDK's thread.
            let _ = catch_unwind(AssertUnwindSafe(|| observer(&answer)));
        }
        self.books().add(answer.clone(), points);
        answer
    }

    pub(super) fn force_flush(&self, deadline: Deadline) -> Answer {
        let exporter = Arc::clone(&self.exporter);
        self.block(async move { exporter.force_flush(deadline).await }, deadline)
    }

    /// Ends the exporter and the thread.
    pub(super) fn shutdown(&self, deadline: Deadline) -> Answer {
        let exporter = Arc::clone(&self.exporter);
        let answer = self.block(async move { exporter.shutdown(deadline).await }, deadline);
        self.worker.stop();
        // If it does not end, it ends by itself once the exporter lets it.
        let _ = self.worker.join_blocking(deadline);
        answer
    }

    fn block(&self, call: impl Future<Output = Answer> + Send + 'static, by: Deadline) -> Answer {
        if self.worker.is_current() {
            let what = "called by the exporter that it is to wait for";
            return Err(self.error(ErrorKind::NoRuntime, what));
        }
        // The call keeps the deadline by itself.
        block_on(Deadline::NONE, self.call(call, by)).unwrap_or_else(|_| Err(self.timed_out()))
    }

    async fn call(
        &self,
        call: impl Future<Output = Answer> + Send + 'static,
        deadline: Deadline,
    ) -> Answer {
        if self.worker.is_forked() {
            let what = "made before a fork: its thread is in the other process";
            return Err(self.error(ErrorKind::NoRuntime, what));
        }
        let task = self.worker.spawn(catch_panic(call));
        let abort = task.abort_handle();
        let late = deadline.instant().and_then(|at| at.checked_add(GRACE));
        match within(late.map_or(Deadline::NONE, Deadline::at), task).await {
            Ok(Ok(Ok(answer))) => answer,
            Ok(Ok(Err(panicked))) => {
                let what = format!("the exporter {panicked}");
                Err(self.error(ErrorKind::Unavailable, &what))
            }
            // The thread has ended, and the task with it.
            Ok(Err(_)) => Err(self.error(ErrorKind::Shutdown, "the exporter's thread has ended")),
            Err(_) => {
                abort.abort();
                Err(self.timed_out())
            }
        }
    }

    fn timed_out(&self) -> ExportError {
        self.error(ErrorKind::Timeout, "the exporter did not answer by the deadline").unconfirmed()
    }

    fn error(&self, kind: ErrorKind, what: &str) -> ExportError {
        ExportError::new(kind, what).with_component(self.exporter.component())
    }

    fn books(&self) -> MutexGuard<'_, PushStats> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls")
            .field("exporter", &self.exporter)
            .field("worker", &self.worker)
            .finish_non_exhaustive()
    }
}

/// One of the exports that wait; given back when it is dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(waiting: &Arc<AtomicUsize>) -> Option<Self> {
        let more = |waiting| (waiting < WAITING).then_some(waiting + 1);
        waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Self(Arc::clone(waiting)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
