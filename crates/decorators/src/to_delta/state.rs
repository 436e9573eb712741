use meterport_core::{DropReason, Timestamp};

use crate::arithmetic::Additive;

/// What is known of a cumulative series.
#[derive(Debug)]
pub(super) struct State<V> {
    /// The value that came last.
    last: Mark<V>,
    /// The value up to which everything was settled when the last one came.
    base: Mark<V>,
    /// What was measured before a reset and is not settled, and since when.
    carried: Option<(Timestamp, V)>,
    /// The round in which the last value came.
    round: u64,
    /// The last round of this series that was not settled.
    failed: u64,
}

#[derive(Debug)]
struct Mark<V> {
    start: Timestamp,
    time: Timestamp,
    value: V,
}

/// A cumulative point.
pub(super) struct Observed<V> {
    pub(super) start: Timestamp,
    pub(super) time: Timestamp,
    pub(super) value: V,
}

/// What was measured since a moment.
pub(super) struct Delta<V> {
    pub(super) start: Timestamp,
    pub(super) value: V,
}

impl<V: Additive> State<V> {
    /// The first point of a series. It counts from its start; where that is not known, it is only
    /// the base of what comes later.
    pub(super) fn begin(point: Observed<V>, round: u64) -> (Self, Result<Delta<V>, DropReason>) {
        let Observed { start, time, value } = point;
        let last = Mark { start, time, value };
        let (base, delta) = if start.is_set() {
            let base = Mark { start, time: start, value: V::default() };
            (base, Ok(Delta { start, value: last.value.clone() }))
        } else {
            let base = Mark { start, time, value: last.value.clone() };
            (base, Err(DropReason::Baseline))
        };
        (Self { last, base, carried: None, round, failed: 0 }, delta)
    }

    /// The next point of the series. There is one in a round.
    pub(super) fn observe(
        &mut self,
        point: Observed<V>,
        round: u64,
    ) -> Result<Delta<V>, DropReason> {
        let Observed { start, time, value } = point;
        if self.round == round {
            return Err(DropReason::Conflict);
        }
        if time.is_set() && time < self.last.time {
            return Err(DropReason::OutOfOrder);
        }
        let last = std::mem::replace(&mut self.last, Mark { start, time, value });
        let restarted = start.is_set() && last.start.is_set() && start > last.start;
        let is_reset = restarted || self.last.value.since(&last.value).is_none();
        let is_open = self.is_open();
        if !is_open {
            self.carried = None;
        }
        if is_reset {
            if is_open {
                self.carry(&last);
            }
            let since = if restarted { start } else { last.time };
            self.base = Mark { start, time: since, value: V::default() };
        } else if !is_open {
            self.base = last;
        }
        self.round = round;
        Ok(self.owed())
    }

    /// Everything that is not settled, as of the last value.
    fn owed(&self) -> Delta<V> {
        let since = self.last.value.since(&self.base.value);
        let mut delta = Delta {
            start: self.base.time,
            value: since.unwrap_or_else(|| self.last.value.clone()),
        };
        if let Some((start, carried)) = &self.carried {
            // Bounds that changed at the reset leave no sum: the later part is sent.
            delta.value.add(carried);
            delta.start = *start;
        }
        delta
    }

    /// Keeps what was measured up to a reset.
    fn carry(&mut self, before: &Mark<V>) {
        let since = before.value.since(&self.base.value).unwrap_or_else(|| before.value.clone());
        let (_, carried) = self.carried.get_or_insert_with(|| (self.base.time, V::default()));
        carried.add(&since);
    }

    /// Whether the round in which it came last has failed.
    pub(super) fn is_open(&self) -> bool {
        self.round == self.failed
    }

    /// What is owed of a series that has not come in this round, with the time of its last value.
    pub(super) fn claim(&mut self, round: u64) -> Option<(Timestamp, Delta<V>)> {
        if self.round == round || !self.is_open() {
            return None;
        }
        self.round = round;
        // Should this round fail as well, it is owed again.
        Some((self.last.time, self.owed()))
    }

    /// Whether the last value came in this round.
    pub(super) fn is_of(&self, round: u64) -> bool {
        self.round == round
    }

    /// The round has failed: what was measured in it goes into a later delta.
    pub(super) fn fail(&mut self) {
        self.failed = self.round;
    }

    /// Up to when everything had been settled before the last value came.
    pub(super) fn settled_until(&self) -> Timestamp {
        self.base.time
    }
}
