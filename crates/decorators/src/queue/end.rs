//! Flush and shutdown: who waits for what is queued, and the end of it.

use meterport_core::{Deadline, DropReason, ErrorKind, ExportError, Outcome, RetryAdvice};
use meterport_worker::within;

use super::line::Line;

impl Line {
    /// Waits until everything that is queued now has been settled, and says what was settled since
    /// the last time.
    pub(super) async fn flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        let upto = {
            let mut state = self.state();
            state.hurry(deadline);
            state.next
        };
        self.work.notify_one();
        let settled = self.progress_until(|| self.state().is_settled(upto).then_some(()));
        let waited = within(deadline, settled).await;
        let told = self.tell();
        match waited {
            Ok(()) => Ok(told),
            Err(_) => {
                let message = "not everything that was queued could be exported until the deadline";
                let error = ExportError::new(ErrorKind::Timeout, message);
                Err(error.with_advice(RetryAdvice::Backoff).with_settled(told))
            }
        }
    }

    /// Takes nothing any more; what waits may be delivered until the deadline.
    pub(super) fn close(&self, deadline: Deadline) {
        let mut state = self.state();
        let deadline = state.closed.map_or(deadline, |before| before.earliest(deadline));
        state.closed = Some(deadline);
        state.hurry(deadline);
        drop(state);
        self.work.notify_one();
        self.progress.notify_waiters();
    }

    /// Waits until nothing is to be done any more.
    pub(super) async fn ended(&self) {
        self.progress_until(|| self.state().ended.then_some(())).await;
    }

    /// Takes what the exporter inside tells of points that it held back. Returns the books of those,
    /// and of whatever else was not told yet.
    pub(super) fn told_inside(&self, told: Outcome) -> Outcome {
        let mut state = self.state();
        state.settle_inside(told);
        std::mem::take(&mut state.untold)
    }

    /// The exporter inside tells nothing any more of what it still holds back, if it does.
    pub(super) fn give_up_inside(&self) -> Outcome {
        let mut state = self.state();
        let held = std::mem::take(&mut state.held_inside);
        state.drop_points(DropReason::Unconfirmed, held);
        std::mem::take(&mut state.untold)
    }

    /// What was settled and not told yet.
    pub(super) fn tell(&self) -> Outcome {
        std::mem::take(&mut self.state().untold)
    }

    /// Gives up what is left, and says how many points those were.
    pub(super) fn abandon(&self) -> u64 {
        let mut state = self.state();
        state.closed.get_or_insert(Deadline::NONE);
        let under_way = std::mem::take(&mut state.stats.in_flight);
        if state.under_way.take().is_some() {
            state.drop_points(DropReason::Cancelled, under_way);
        }
        let mut left = 0;
        while let Some(entry) = state.store.pop() {
            left += entry.batch.points();
        }
        state.drop_points(DropReason::Shutdown, left);
        state.ended = true;
        drop(state);
        self.work.notify_one();
        self.progress.notify_waiters();
        under_way + left
    }
}
