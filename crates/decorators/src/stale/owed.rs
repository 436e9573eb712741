use std::ops::RangeInclusive;

use meterport_core::{MetricBatch, Timestamp};

use super::times::times;

/// What is left of a batch of which a part was settled: it may come again, and is no collection.
#[derive(Debug, Default)]
pub(super) struct Owed(Option<Rest>);

#[derive(Debug)]
struct Rest {
    points: u64,
    times: RangeInclusive<Timestamp>,
}

impl Owed {
    /// So much of `batch` is left, and may come again.
    pub(super) fn set(&mut self, rest: &MetricBatch, batch: &MetricBatch) {
        let is_part = !rest.is_empty() && rest.points() < batch.points();
        self.0 = times(rest).filter(|_| is_part).map(|times| Rest { points: rest.points(), times });
    }

    /// Whether this is what was left of an earlier batch: no more points, and none that is newer or
    /// older. If it is not, nothing is owed any more.
    pub(super) fn is_rest(&mut self, batch: &MetricBatch) -> bool {
        let Some(owed) = &self.0 else { return false };
        let is_inside = |times: RangeInclusive<Timestamp>| {
            owed.times.contains(times.start()) && owed.times.contains(times.end())
        };
        let is_rest = times(batch).is_some_and(is_inside) && batch.points() <= owed.points;
        if !is_rest {
            self.0 = None;
        }
        is_rest
    }
}
