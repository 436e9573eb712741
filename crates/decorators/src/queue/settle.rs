//! What becomes of the batch that was under way.

use std::time::Duration;

use meterport_core::{Deadline, DropReason, ExportError, Outcome, RetryAdvice};

use super::line::Line;
use super::settings::{Overflow, QueueSettings};
use super::state::State;
use super::store::Entry;

/// Between two attempts while somebody waits.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);

impl Line {
    /// What became of the batch that was under way; the pause before the next one, if it failed.
    pub(super) fn settle(
        &self,
        entry: Entry,
        result: Result<Outcome, ExportError>,
        failures: u32,
    ) -> Option<Duration> {
        let points = entry.batch.points();
        let mut state = self.state();
        if state.under_way.take() != Some(entry.number) {
            // Given up at the end of the shutdown's deadline, and counted then.
            return None;
        }
        state.stats.in_flight = 0;
        let before = entry.unconfirmed;
        let told = |mut outcome: Outcome| {
            if before {
                outcome.maybe_duplicated = outcome.delivered;
            }
            outcome
        };
        let pause = match result {
            Ok(outcome) => {
                state.absorb(told(outcome), points);
                None
            }
            // Without a deadline, a shutdown must not try for ever.
            Err(error)
                if error.advice() == RetryAdvice::Never || state.closed == Some(Deadline::NONE) =>
            {
                let message = error.to_string();
                state.absorb(told(error.into_outcome(points)), points);
                state.untold.message = Some(message.into());
                None
            }
            Err(error) => {
                let rest = error.rest().unwrap_or(&entry.batch).bare();
                let settled = told(error.settled().clone());
                state.absorb(settled, points - rest.points().min(points));
                let unconfirmed = before || error.is_unconfirmed();
                self.put_back(&mut state, Entry { batch: rest, unconfirmed, ..entry });
                Some(self.pause(error.advice(), failures))
            }
        };
        drop(state);
        self.progress.notify_waiters();
        pause
    }

    fn put_back(&self, state: &mut State, entry: Entry) {
        let mut batch = entry.batch;
        if self.settings.newest_wins {
            let points = batch.points();
            batch = state.store.not_superseded(&batch);
            state.drop_points(DropReason::Superseded, points - batch.points());
        }
        // What came in the meantime may have taken its room: the oldest go, and this is the oldest.
        let waits = self.settings.overflow == Overflow::Wait;
        if !waits && !self.has_room(&*state.store, &batch) {
            state.drop_points(DropReason::QueueFull, batch.points());
        } else if !batch.is_empty() {
            state.store.put_back(Entry { batch, ..entry });
        }
    }

    /// Full jitter, or what the other side asks for, within the limits.
    fn pause(&self, advice: RetryAdvice, failures: u32) -> Duration {
        let QueueSettings { pause, max_pause, .. } = self.settings;
        let doubled = pause.saturating_mul(2_u32.saturating_pow(failures.min(30))).min(max_pause);
        let drawn = doubled.mul_f64(self.chance.ratio().clamp(0.0, 1.0));
        match advice {
            RetryAdvice::After(delay) => delay.min(max_pause).saturating_add(drawn / 10),
            RetryAdvice::Backoff | RetryAdvice::Never => drawn,
        }
    }

    /// Waits out a pause, until somebody asks to hurry: who waits for what is queued gets an attempt
    /// at once, and more of them the nearer the deadline is.
    pub(super) async fn rest(&self, pause: Duration) {
        let (hurries, hurried) = {
            let state = self.state();
            (state.hurries, state.hurried)
        };
        let pause = match hurried.remaining(self.clock.now()) {
            Some(left) if !left.is_zero() => pause.min((left / 4).max(SHORTEST_PAUSE)),
            _ => pause,
        };
        let hurry = async {
            while self.state().hurries == hurries {
                self.work.notified().await;
            }
        };
        let _ = tokio::time::timeout(pause, hurry).await;
    }
}
