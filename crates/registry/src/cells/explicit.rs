use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use meterport_core::StatsRow;

use super::Buckets;
use crate::measure::finite_sum;
use crate::sync::{AtomicU64, fence, pause, take};
use crate::tally::{Tally, count, count_many};

/// Histograms with explicit bounds. Each row is a *sequence cell*: while one writes, a number that
/// no sequence comes to keeps others out, and a reader that sees the same number before and after
/// has seen count, sum, extremes and buckets in step. All of it is atomics, so nothing here is
/// `unsafe`.
///
/// The count is the sum of the buckets and can never disagree with them.
pub(crate) struct ExplicitCells {
    buckets: Buckets,
    min_max: bool,
    /// How many cells a row has.
    width: usize,
    /// For each row its head, then its counts.
    cells: Box<[AtomicU64]>,
}

/// Sequence, sum, ranks of the smallest and the largest.
const HEAD: usize = 4;

/// Instead of the sequence number, which is even, while somebody writes.
const TAKEN: u64 = 1;

/// A reader that so many writers came in the way of takes a writer's turn itself.
const MAX_READS: u32 = 8;

impl ExplicitCells {
    pub(crate) fn new(buckets: Buckets, min_max: bool, rows: usize) -> Self {
        let width = HEAD + buckets.len();
        let cells = (0..rows * width).map(|_| AtomicU64::new(0)).collect();
        let new = Self { buckets, min_max, width, cells };
        (0..rows).for_each(|row| new.row(row).reset(min_max));
        new
    }

    /// A row, with the counts of those after it behind its own.
    #[inline(always)]
    fn open(&self, row: usize) -> Option<Row<'_>> {
        let cells = self.cells.get(row * self.width..)?;
        let ([sequence, sum, min, max], counts) = cells.split_first_chunk::<HEAD>()?;
        Some(Row { sequence, sum, min, max, counts })
    }

    fn row(&self, row: usize) -> Row<'_> {
        let Some(open) = self.open(row) else { unreachable!("there are as many rows") };
        Row { counts: &open.counts[..self.width - HEAD], ..open }
    }

    /// Which bucket a value belongs to.
    pub(crate) fn bucket(&self, value: f64) -> usize {
        self.buckets.find(value)
    }

    /// Records a value, if that takes no more than the usual: says whether it did.
    ///
    /// It calls nothing and needs few registers, so that its caller has none to save: that was a
    /// quarter of the time.
    #[inline(always)]
    pub(crate) fn try_record(&self, row: usize, value: f64) -> bool {
        let Some(bucket) = self.buckets.look_up(value) else { return false };
        let Some(cells) = self.open(row) else { return false };
        let before = take(cells.sequence, TAKEN);
        if before == TAKEN {
            return false;
        }
        let (sum, exceeded) = cells.sum_with(value, 1);
        if exceeded {
            cells.sequence.store(before, Release);
            return false;
        }
        cells.begin();
        cells.add(value, sum, bucket, 1);
        cells.end(before);
        true
    }

    /// Records a value so many times, whatever the bounds, whoever is inside, and where the sum
    /// would not be finite. Values that would poison it are refused.
    pub(crate) fn record(&self, row: usize, value: f64, times: u64, tally: &Tally) {
        if !value.is_finite() {
            return count_many(&tally.refused, times);
        }
        let bucket = self.buckets.find(value);
        let exceeded = self.row(row).write(|cells| {
            let (sum, exceeded) = cells.sum_with(value, times);
            cells.add(value, sum, bucket, times);
            exceeded
        });
        if exceeded {
            count(&tally.saturated);
        }
    }

    /// Adds the row's counts to `counts` and gives its figures; adds nothing and gives `None` if
    /// nothing was measured.
    pub(crate) fn read(&self, row: usize, counts: &mut Vec<u64>) -> Option<StatsRow> {
        let cells = self.row(row);
        let start = counts.len();
        for _ in 0..MAX_READS {
            let before = cells.sequence.load(Acquire);
            let stats = cells.copy(counts);
            fence(Acquire);
            if before != TAKEN && cells.sequence.load(Relaxed) == before {
                return self.finished(stats, start, counts);
            }
            counts.truncate(start);
        }
        let stats = cells.write(|cells| cells.copy(counts));
        self.finished(stats, start, counts)
    }

    /// The same, and the row begins anew.
    pub(crate) fn take(&self, row: usize, counts: &mut Vec<u64>) -> Option<StatsRow> {
        if !self.is_touched(row) {
            return None;
        }
        let start = counts.len();
        let stats = self.row(row).write(|cells| {
            let stats = cells.copy(counts);
            cells.reset(self.min_max);
            stats
        });
        self.finished(stats, start, counts)
    }

    fn finished(
        &self,
        (sum, min, max): (f64, f64, f64),
        start: usize,
        counts: &mut Vec<u64>,
    ) -> Option<StatsRow> {
        let count = counts[start..].iter().fold(0_u64, |all, count| all.wrapping_add(*count));
        if count == 0 {
            counts.truncate(start);
            return None;
        }
        Some(StatsRow::new(count, sum, min, max))
    }

    /// Moves with every measurement; `None` while one is made.
    pub(crate) fn sequence(&self, row: usize) -> Option<u64> {
        let now = self.row(row).sequence.load(Relaxed);
        (now != TAKEN).then_some(now)
    }

    pub(crate) fn is_touched(&self, row: usize) -> bool {
        self.row(row).counts.iter().any(|count| count.load(Relaxed) != 0)
    }

    pub(crate) fn clear(&self, row: usize) {
        self.row(row).write(|cells| cells.reset(self.min_max));
    }
}

/// The cells of a row.
#[derive(Clone, Copy)]
struct Row<'a> {
    sequence: &'a AtomicU64,
    sum: &'a AtomicU64,
    min: &'a AtomicU64,
    max: &'a AtomicU64,
    counts: &'a [AtomicU64],
}

impl Row<'_> {
    /// Takes a writer's turn. `change` must not panic.
    fn write<R>(self, change: impl FnOnce(Self) -> R) -> R {
        // One exchange where nobody else writes: the number need not be read before. Who finds it
        // taken puts there what was there.
        let mut before = take(self.sequence, TAKEN);
        if before == TAKEN {
            before = wait(self.sequence);
        }
        self.begin();
        let result = change(self);
        self.end(before);
        result
    }

    /// Begins to make use of a turn: a reader that sees any of the changes sees that it is taken
    /// too.
    #[inline(always)]
    fn begin(self) {
        fence(Release);
    }

    /// Ends a turn that was taken after this sequence number.
    #[inline(always)]
    fn end(self, before: u64) {
        self.sequence.store(before.wrapping_add(2), Release);
    }

    /// The sum with so many times the value, as [`finite_sum`] gives it.
    #[inline(always)]
    fn sum_with(self, value: f64, times: u64) -> (f64, bool) {
        finite_sum(f64::from_bits(self.sum.load(Relaxed)), value * times as f64)
    }

    /// Adds a value so many times, with the sum that there is then.
    #[inline(always)]
    fn add(self, value: f64, sum: f64, bucket: usize, times: u64) {
        self.sum.store(sum.to_bits(), Relaxed);
        let value = rank(value);
        let [min, max] = [self.min, self.max].map(|cell| cell.load(Relaxed) as i64);
        // One branch, since both are rare.
        if (value < min) | (value > max) {
            self.min.store(value.min(min) as u64, Relaxed);
            self.max.store(value.max(max) as u64, Relaxed);
        }
        // There are as many counts as buckets.
        if let Some(count) = self.counts.get(bucket) {
            count.store(count.load(Relaxed).wrapping_add(times), Relaxed);
        }
    }

    fn copy(self, counts: &mut Vec<u64>) -> (f64, f64, f64) {
        counts.extend(self.counts.iter().map(|cell| cell.load(Relaxed)));
        let [min, max] = [self.min, self.max].map(|cell| ranked(cell.load(Relaxed) as i64));
        (f64::from_bits(self.sum.load(Relaxed)), min, max)
    }

    /// Without `min_max` the extremes are such as no value goes beyond.
    fn reset(self, min_max: bool) {
        let end = if min_max { f64::INFINITY } else { f64::NEG_INFINITY };
        self.sum.store(0, Relaxed);
        self.min.store(rank(end) as u64, Relaxed);
        self.max.store(rank(-end) as u64, Relaxed);
        self.counts.iter().for_each(|count| count.store(0, Relaxed));
    }
}

/// A float's place in the order of floats. Of one that is not below zero it is its bits.
#[inline(always)]
fn rank(value: f64) -> i64 {
    flipped(value.to_bits() as i64)
}

fn ranked(rank: i64) -> f64 {
    f64::from_bits(flipped(rank) as u64)
}

/// The order of negative floats is the reverse of that of their bits.
#[inline(always)]
fn flipped(bits: i64) -> i64 {
    bits ^ (bits >> (i64::BITS - 1)) & i64::MAX
}

/// Takes a turn when there is one.
#[cold]
#[inline(never)]
fn wait(sequence: &AtomicU64) -> u64 {
    let mut turn = 0;
    loop {
        pause(turn);
        turn = turn.saturating_add(1);
        if sequence.load(Relaxed) != TAKEN {
            let before = take(sequence, TAKEN);
            if before != TAKEN {
                return before;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_in_the_order_of_floats() {
        let ascending =
            [f64::NEG_INFINITY, f64::MIN, -1.0, -f64::from_bits(1), 0.0, 0.5, 2.0, f64::INFINITY];
        assert!(ascending.is_sorted_by(|a, b| rank(*a) < rank(*b)));
        assert_eq!(ascending.map(|value| ranked(rank(value))), ascending);
    }
}
