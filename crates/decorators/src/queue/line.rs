use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use meterport_core::{
    Chance, Clock, Deadline, DropReason, ErrorKind, ExportError, MetricBatch, Outcome, RetryAdvice,
};
use meterport_worker::within;
use tokio::sync::Notify;

use super::settings::{Overflow, QueueSettings};
use super::state::{QueueStats, State};
use super::store::{Entry, Store};

/// The batches that wait, and the books: all of a queue but the exporter inside and the thread.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) settings: QueueSettings,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) chance: Arc<dyn Chance>,
    state: Mutex<State>,
    /// Something is there to be done, or the end has come.
    pub(super) work: Notify,
    /// Something has been settled or room has been made.
    pub(super) progress: Notify,
}

impl Line {
    pub(super) fn new(
        settings: QueueSettings,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Self {
        let (work, progress) = (Notify::new(), Notify::new());
        Self { settings, clock, chance, state: Mutex::default(), work, progress }
    }

    /// No foreign code runs under the lock.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks again after each progress, until there is something.
    pub(super) async fn progress_until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        loop {
            let mut progress = pin!(self.progress.notified());
            // What comes between the look and the wait is not missed.
            progress.as_mut().enable();
            if let Some(found) = look() {
                return found;
            }
            progress.await;
        }
    }

    pub(super) fn stats(&self) -> QueueStats {
        let state = self.state();
        let queued = state.queued() + state.held_inside;
        let bytes = state.store.bytes();
        QueueStats { queued, bytes, ..state.stats.clone() }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().closed.is_some()
    }

    /// Takes a batch, whose books are then those of the answer.
    pub(super) async fn take(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let batch = batch.bare();
        let taken = self.progress_until(|| self.try_take(&batch).transpose());
        within(deadline, taken).await.unwrap_or_else(|_| {
            let message = "the queue had no room until the deadline";
            Err(ExportError::new(ErrorKind::Timeout, message).with_advice(RetryAdvice::Backoff))
        })
    }

    /// `None` if there is no room now and it is to be waited for.
    fn try_take(&self, batch: &MetricBatch) -> Result<Option<Outcome>, ExportError> {
        let points = batch.points();
        let mut state = self.state();
        if state.closed.is_some() {
            return Err(ExportError::new(ErrorKind::Shutdown, ""));
        }
        let mut answer = Outcome::default();
        if self.settings.newest_wins {
            let superseded = state.store.supersede(batch);
            state.drop_points(DropReason::Superseded, superseded);
        }
        while !self.has_room(&*state.store, batch) {
            if state.store.points() == 0 {
                return Err(self.too_large(&state, batch));
            }
            match self.settings.overflow {
                Overflow::DropOldest => {
                    let oldest = state.store.pop().map_or(0, |entry| entry.batch.points());
                    state.drop_points(DropReason::QueueFull, oldest);
                }
                Overflow::DropNewest => {
                    state.stats.produced += points;
                    state.stats.dropped.add(DropReason::QueueFull, points);
                    answer.dropped.add(DropReason::QueueFull, points);
                    return Ok(Some(answer));
                }
                Overflow::Wait => return Ok(None),
            }
        }
        let number = state.next;
        state.next += 1;
        state.stats.produced += points;
        answer.queued = points;
        let since = self.clock.now();
        state.store.push(Entry { batch: batch.clone(), since, number, unconfirmed: false });
        drop(state);
        self.work.notify_one();
        self.progress.notify_waiters();
        Ok(Some(answer))
    }

    pub(super) fn has_room(&self, store: &dyn Store, batch: &MetricBatch) -> bool {
        store.points().saturating_add(batch.points()) <= self.settings.max_points
            && store.bytes_with(batch) <= self.settings.max_bytes
    }

    /// Not even an empty queue has room for it.
    fn too_large(&self, state: &State, batch: &MetricBatch) -> ExportError {
        let QueueSettings { max_points, max_bytes, .. } = self.settings;
        let bytes = state.store.bytes_with(batch);
        let (size, limit) = match bytes > max_bytes {
            true => (bytes as u64, max_bytes as u64),
            false => (batch.points(), max_points),
        };
        let message = format!("the queue holds {max_points} points and {max_bytes} bytes at most");
        ExportError::new(ErrorKind::TooLarge { size, limit: Some(limit) }, message)
    }

    /// The next batch to be exported, once there is one; `None` at the end.
    pub(super) async fn next(&self) -> Option<(Entry, Deadline)> {
        loop {
            match self.try_next() {
                Next::Entry(entry, deadline) => return Some((entry, deadline)),
                Next::End => return None,
                Next::Nothing => self.work.notified().await,
            }
        }
    }

    fn try_next(&self) -> Next {
        let mut state = self.state();
        let now = self.clock.now();
        while let Some(entry) = state.store.pop() {
            let points = entry.batch.points();
            if state.closed.is_some_and(|closed| closed.has_passed(now)) {
                state.drop_points(DropReason::Shutdown, points);
                continue;
            }
            let age = now.saturating_duration_since(entry.since);
            if self.settings.max_age.is_some_and(|max_age| age > max_age) {
                state.drop_points(DropReason::Expired, points);
                continue;
            }
            state.under_way = Some(entry.number);
            state.stats.in_flight = points;
            let deadline = Deadline::after(now, self.settings.export_timeout);
            let deadline = deadline.earliest(state.closed.unwrap_or(Deadline::NONE));
            return Next::Entry(entry, deadline);
        }
        let end = state.closed.is_some();
        state.ended |= end;
        drop(state);
        self.progress.notify_waiters();
        if end { Next::End } else { Next::Nothing }
    }
}

enum Next {
    Entry(Entry, Deadline),
    Nothing,
    End,
}
