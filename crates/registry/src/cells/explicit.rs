use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use meterport_core::{Bounds, StatsRow};

use crate::measure::finite_sum;
use crate::sync::{AtomicU64, fence, pause};
use crate::tally::{Tally, count};

/// Histograms with explicit bounds. Each row is a *sequence cell*: an odd sequence number keeps
/// other writers out, and a reader that sees the same even number before and after has seen count,
/// sum, extremes and buckets in step. All of it is atomics, so nothing here is `unsafe`.
///
/// The count is the sum of the buckets and can never disagree with them.
pub(crate) struct ExplicitCells {
    bounds: Bounds,
    min_max: bool,
    /// For each row: sequence, sum, smallest, largest, buckets.
    cells: Box<[AtomicU64]>,
}

const SUM: usize = 1;
const MIN: usize = 2;
const MAX: usize = 3;
const BUCKETS: usize = 4;

/// A reader that so many writers came in the way of takes a writer's turn itself.
const MAX_READS: u32 = 8;

/// Above so many bounds it is worth to search.
const MAX_COMPARED: usize = 32;

impl ExplicitCells {
    pub(crate) fn new(bounds: Bounds, min_max: bool, rows: usize) -> Self {
        let width = BUCKETS + bounds.buckets();
        let cells = (0..rows * width).map(|_| AtomicU64::new(0)).collect();
        let new = Self { bounds, min_max, cells };
        (0..rows).for_each(|row| reset(new.row(row)));
        new
    }

    #[inline]
    fn row(&self, row: usize) -> &[AtomicU64] {
        let width = BUCKETS + self.bounds.buckets();
        &self.cells[row * width..][..width]
    }

    /// Which bucket a value belongs to.
    #[inline]
    pub(crate) fn bucket(&self, value: f64) -> usize {
        let bounds = self.bounds.as_slice();
        if bounds.len() <= MAX_COMPARED {
            // Without branches to predict wrongly.
            bounds.iter().map(|bound| usize::from(value > *bound)).sum()
        } else {
            bounds.partition_point(|bound| value > *bound)
        }
    }

    /// `value` is finite.
    #[inline]
    pub(crate) fn record(&self, row: usize, value: f64, tally: &Tally) {
        let bucket = self.bucket(value);
        let exceeded = write(self.row(row), |cells| {
            let (sum, exceeded) = finite_sum(f64::from_bits(cells[SUM].load(Relaxed)), value);
            cells[SUM].store(sum.to_bits(), Relaxed);
            if self.min_max {
                if value < f64::from_bits(cells[MIN].load(Relaxed)) {
                    cells[MIN].store(value.to_bits(), Relaxed);
                }
                if value > f64::from_bits(cells[MAX].load(Relaxed)) {
                    cells[MAX].store(value.to_bits(), Relaxed);
                }
            }
            let bucket = &cells[BUCKETS + bucket];
            bucket.store(bucket.load(Relaxed).wrapping_add(1), Relaxed);
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
            let before = cells[0].load(Acquire);
            let stats = copy(cells, counts);
            fence(Acquire);
            if before.is_multiple_of(2) && cells[0].load(Relaxed) == before {
                return self.finished(stats, start, counts);
            }
            counts.truncate(start);
        }
        let stats = write(cells, |cells| copy(cells, counts));
        self.finished(stats, start, counts)
    }

    /// The same, and the row begins anew.
    pub(crate) fn take(&self, row: usize, counts: &mut Vec<u64>) -> Option<StatsRow> {
        if !self.is_touched(row) {
            return None;
        }
        let start = counts.len();
        let stats = write(self.row(row), |cells| {
            let stats = copy(cells, counts);
            reset(cells);
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

    /// Moves with every measurement.
    pub(crate) fn sequence(&self, row: usize) -> u64 {
        self.row(row)[0].load(Relaxed)
    }

    pub(crate) fn is_touched(&self, row: usize) -> bool {
        self.row(row)[BUCKETS..].iter().any(|bucket| bucket.load(Relaxed) != 0)
    }

    pub(crate) fn clear(&self, row: usize) {
        write(self.row(row), reset);
    }
}

fn copy(cells: &[AtomicU64], counts: &mut Vec<u64>) -> (f64, f64, f64) {
    counts.extend(cells[BUCKETS..].iter().map(|cell| cell.load(Relaxed)));
    let float = |at: usize| f64::from_bits(cells[at].load(Relaxed));
    (float(SUM), float(MIN), float(MAX))
}

fn reset(cells: &[AtomicU64]) {
    cells[SUM].store(0, Relaxed);
    cells[MIN].store(f64::INFINITY.to_bits(), Relaxed);
    cells[MAX].store(f64::NEG_INFINITY.to_bits(), Relaxed);
    cells[BUCKETS..].iter().for_each(|bucket| bucket.store(0, Relaxed));
}

/// Takes a writer's turn. `change` must not panic.
#[inline]
fn write<R>(cells: &[AtomicU64], change: impl FnOnce(&[AtomicU64]) -> R) -> R {
    let sequence = &cells[0];
    let mut turn = 0;
    let before = loop {
        let now = sequence.load(Relaxed);
        if now.is_multiple_of(2)
            && sequence.compare_exchange_weak(now, now.wrapping_add(1), Acquire, Relaxed).is_ok()
        {
            break now;
        }
        pause(turn);
        turn = turn.saturating_add(1);
    };
    // A reader that sees any of the changes sees the odd number too.
    fence(Release);
    let result = change(cells);
    sequence.store(before.wrapping_add(2), Release);
    result
}
