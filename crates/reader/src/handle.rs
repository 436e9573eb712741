use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use meterport_core::{Clock, Deadline};
use meterport_worker::{Ending, Panicked, Worker, block_on, within};

use crate::control::{Answer, Control};
use crate::{ReaderError, budget};

/// The owner's hold on a reader's thread: each wait ends by its deadline, whatever that thread
/// does.
#[derive(Debug)]
pub(crate) struct Handle(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    worker: Worker,
    control: Control,
    clock: Arc<dyn Clock>,
    told_of_fork: AtomicBool,
}

impl Handle {
    pub(crate) fn new(worker: Worker, control: Control, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { worker, control, clock, told_of_fork: AtomicBool::new(false) }))
    }

    pub(crate) async fn flush(&self, deadline: Deadline) -> Answer {
        self.usable()?;
        within(deadline, self.flushed(deadline)).await.unwrap_or(Err(ReaderError::TimedOut))
    }

    pub(crate) fn flush_blocking(&self, deadline: Deadline) -> Answer {
        self.blockable()?;
        block_on(deadline, self.flushed(deadline)).unwrap_or(Err(ReaderError::TimedOut))
    }

    pub(crate) async fn shutdown(&self, deadline: Deadline) -> Answer {
        self.usable()?;
        let answer = within(deadline, self.shut(deadline)).await;
        let answer = answer.unwrap_or(Err(ReaderError::TimedOut));
        // The answer is out: the thread has only itself to end.
        let _ = self.0.worker.join(deadline).await;
        answer
    }

    pub(crate) fn shutdown_blocking(&self, deadline: Deadline) -> Answer {
        self.blockable()?;
        let answer = block_on(deadline, self.shut(deadline));
        let answer = answer.unwrap_or(Err(ReaderError::TimedOut));
        let _ = self.0.worker.join_blocking(deadline);
        answer
    }

    async fn flushed(&self, deadline: Deadline) -> Answer {
        let work_by = budget::before_caller(deadline, self.0.clock.now());
        match self.0.control.flush(work_by).await {
            Some(answer) => answer,
            None => Err(self.lost().await),
        }
    }

    async fn shut(&self, deadline: Deadline) -> Answer {
        let work_by = budget::before_caller(deadline, self.0.clock.now());
        match self.0.control.shutdown(work_by).await {
            Some(answer) => answer,
            None => Err(self.lost().await),
        }
    }

    async fn lost(&self) -> ReaderError {
        // At most until the deadline of the wait around this.
        match self.0.worker.join(Deadline::NONE).await {
            Ok(Ending::Panicked(panicked)) => ReaderError::Lost(panicked),
            _ => ReaderError::Lost(Panicked::new(&"ended without a word")),
        }
    }

    fn blockable(&self) -> Result<(), ReaderError> {
        self.usable()?;
        if self.0.worker.is_current() { Err(ReaderError::OwnThread) } else { Ok(()) }
    }

    fn usable(&self) -> Result<(), ReaderError> {
        if !self.0.worker.is_forked() {
            return Ok(());
        }
        if !self.0.told_of_fork.swap(true, Ordering::Relaxed) {
            tracing::warn!("metric reader used in a forked process, which has no thread for it");
        }
        Err(ReaderError::Forked)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.0.worker.is_forked() {
            // The fork may have copied locks that are held for ever: let nothing take them.
            std::mem::forget(Arc::clone(&self.0));
        }
    }
}
