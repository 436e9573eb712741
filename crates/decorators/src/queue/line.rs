use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use meterport_core::{
    Chance, Clock, Deadline, DropReason, Drops, ErrorKind, ExportError, MetricBatch, Outcome,
    RetryAdvice,
};
use meterport_worker::within;
use tokio::sync::Notify;

use super::settings::{Overflow, QueueSettings};
use super::store::{Entry, Memory, Store};
use crate::books::Early;

/// What a queue has taken and what became of it, at one moment:
/// `produced = delivered + rejected + dropped + queued`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct QueueStats {
    /// Points that were given to it and not given back with an error.
    pub produced: u64,
    /// Points that the exporter inside has delivered.
    pub delivered: u64,
    /// Points that the other side has refused.
    pub rejected: u64,
    /// Points given up, by reason.
    pub dropped: Drops,
    /// Points that wait or are under way.
    pub queued: u64,
    /// Of those, the ones that are under way.
    pub in_flight: u64,
    /// The bytes of the batches that wait.
    pub bytes: usize,
}

/// Between two attempts while somebody waits.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);

/// The batches that wait, and the books: all of a queue but the exporter inside and the thread.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) settings: QueueSettings,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) chance: Arc<dyn Chance>,
    state: Mutex<State>,
    /// Something is there to be done, or the end has come.
    work: Notify,
    /// Something has been settled or room has been made.
    progress: Notify,
}

#[derive(Debug)]
struct State {
    store: Box<dyn Store>,
    stats: QueueStats,
    /// What was settled and no flush has told yet.
    untold: Outcome,
    /// Points that the exporter inside has taken and holds back.
    held_inside: u64,
    early: Early,
    /// The number of the next batch.
    next: u64,
    /// The number of the batch that is under way.
    under_way: Option<u64>,
    /// How often somebody has asked to hurry.
    hurries: u64,
    /// Until when the last of those waits.
    hurried: Deadline,
    /// Since when nothing is taken any more, and until when what waits may be delivered.
    closed: Option<Deadline>,
    /// Nothing is to be done any more.
    ended: bool,
}

impl Line {
    pub(super) fn new(
        settings: QueueSettings,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Self {
        let state = State {
            store: Box::<Memory>::default(),
            stats: QueueStats::default(),
            untold: Outcome::default(),
            held_inside: 0,
            early: Early::default(),
            next: 0,
            under_way: None,
            hurries: 0,
            hurried: Deadline::NONE,
            closed: None,
            ended: false,
        };
        let (work, progress) = (Notify::new(), Notify::new());
        Self { settings, clock, chance, state: Mutex::new(state), work, progress }
    }

    /// No foreign code runs under the lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
        let room = async {
            loop {
                let mut progress = pin!(self.progress.notified());
                progress.as_mut().enable();
                if let Some(answer) = self.try_take(&batch)? {
                    return Ok(answer);
                }
                progress.await;
            }
        };
        within(deadline, room).await.unwrap_or_else(|_| {
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

    fn has_room(&self, store: &dyn Store, batch: &MetricBatch) -> bool {
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

    /// Waits until everything that is queued now has been settled, and says what was settled since
    /// the last time.
    pub(super) async fn flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        let upto = {
            let mut state = self.state();
            state.hurry(deadline);
            state.next
        };
        self.work.notify_one();
        let settled = async {
            loop {
                let mut progress = pin!(self.progress.notified());
                progress.as_mut().enable();
                if self.state().is_settled(upto) {
                    return;
                }
                progress.await;
            }
        };
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
        loop {
            let mut progress = pin!(self.progress.notified());
            progress.as_mut().enable();
            if self.state().ended {
                return;
            }
            progress.await;
        }
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

enum Next {
    Entry(Entry, Deadline),
    Nothing,
    End,
}

impl State {
    fn hurry(&mut self, deadline: Deadline) {
        self.hurries += 1;
        self.hurried = deadline;
    }

    fn queued(&self) -> u64 {
        self.store.points() + self.stats.in_flight
    }

    fn drop_points(&mut self, reason: DropReason, points: u64) {
        self.stats.dropped.add(reason, points);
        self.untold.dropped.add(reason, points);
    }

    /// Adds the books of so many points. Whatever foreign books leave open was not told of, and is
    /// given up.
    fn absorb(&mut self, mut outcome: Outcome, points: u64) {
        let open = points.saturating_sub(outcome.points());
        outcome.dropped.add(DropReason::Unconfirmed, open);
        outcome.members.clear();
        self.held_inside += std::mem::take(&mut outcome.queued);
        self.add(outcome);
        self.settle_inside(Outcome::default());
    }

    /// What the exporter inside tells of points that it held back.
    fn settle_inside(&mut self, told: Outcome) {
        let under_way = self.stats.in_flight > 0;
        let news = self.early.news(told, &mut self.held_inside, under_way);
        self.add(news);
    }

    fn add(&mut self, outcome: Outcome) {
        self.stats.delivered += outcome.delivered;
        self.stats.rejected += outcome.rejected;
        for (reason, points) in outcome.dropped.iter() {
            self.stats.dropped.add(reason, points);
        }
        self.untold.absorb(outcome);
    }

    /// Whether no batch below this number waits or is under way.
    fn is_settled(&self, upto: u64) -> bool {
        let waits = self.store.first().is_some_and(|number| number < upto);
        self.ended || !(waits || self.under_way.is_some_and(|number| number < upto))
    }
}
