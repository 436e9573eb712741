use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use meterport_core::{Bounds, StatsRow};

use crate::measure::finite_sum;
use crate::sync::{AtomicU64, fence, pause, take};
use crate::tally::{Tally, count};

/// Histograms with explicit bounds. Each row is a *sequence cell*: while one writes, a number that
/// no sequence comes to keeps others out, and a reader that sees the same number before and after
/// has seen count, sum, extremes and buckets in step. All of it is atomics, so nothing here is
/// `unsafe`.
///
/// The count is the sum of the buckets and can never disagree with them.
pub(crate) struct ExplicitCells {
    bounds: Bounds,
    /// The bounds again if they are few, filled up with infinity.
    steps: Box<[Steps]>,
    min_max: bool,
    /// For each row its head, then its counts.
    cells: Box<[AtomicU64]>,
}

/// So many that comparing them takes no loop.
type Steps = [f64; STEPS];
const STEPS: usize = 8;

/// Sequence, sum, smallest, largest.
const HEAD: usize = 4;

/// Instead of the sequence number, which is even, while somebody writes.
const TAKEN: u64 = 1;

/// A reader that so many writers came in the way of takes a writer's turn itself.
const MAX_READS: u32 = 8;

/// Above so many bounds it is worth to search.
const MAX_COMPARED: usize = 32;

impl ExplicitCells {
    pub(crate) fn new(bounds: Bounds, min_max: bool, rows: usize) -> Self {
        let width = HEAD + bounds.buckets();
        let cells = (0..rows * width).map(|_| AtomicU64::new(0)).collect();
        let few = Some(bounds.as_slice()).filter(|bounds| bounds.len() <= MAX_COMPARED);
        let full =
            |some: &[f64]| std::array::from_fn(|at| some.get(at).copied().unwrap_or(f64::INFINITY));
        let steps = few.unwrap_or_default().chunks(STEPS).map(full).collect();
        let new = Self { bounds, steps, min_max, cells };
        (0..rows).for_each(|row| new.row(row).reset());
        new
    }

    #[inline]
    fn row(&self, row: usize) -> Row<'_> {
        let width = HEAD + self.bounds.buckets();
        let cells = &self.cells[row * width..][..width];
        let Some(([sequence, sum, min, max], counts)) = cells.split_first_chunk::<HEAD>() else {
            unreachable!("it is as wide");
        };
        Row { sequence, sum, min, max, counts }
    }

    /// Which bucket a value belongs to.
    #[inline(always)]
    pub(crate) fn bucket(&self, value: f64) -> usize {
        // Without branches to predict wrongly. Nothing is above infinity.
        let above = |steps: &Steps| steps.iter().map(|step| u64::from(value > *step)).sum::<u64>();
        match &*self.steps {
            [] => self.bounds.as_slice().partition_point(|bound| value > *bound),
            [only] => above(only) as usize,
            [first, second] => (above(first) + above(second)) as usize,
            more => more.iter().map(above).sum::<u64>() as usize,
        }
    }

    /// `value` is finite.
    #[inline]
    pub(crate) fn record(&self, row: usize, value: f64, tally: &Tally) {
        let bucket = self.bucket(value);
        let exceeded = self.row(row).write(|Row { sum, min, max, counts, .. }| {
            let (new, exceeded) = finite_sum(f64::from_bits(sum.load(Relaxed)), value);
            sum.store(new.to_bits(), Relaxed);
            if self.min_max {
                if value < f64::from_bits(min.load(Relaxed)) {
                    min.store(value.to_bits(), Relaxed);
                }
                if value > f64::from_bits(max.load(Relaxed)) {
                    max.store(value.to_bits(), Relaxed);
                }
            }
            // There are as many counts as buckets.
            if let Some(count) = counts.get(bucket) {
                count.store(count.load(Relaxed).wrapping_add(1), Relaxed);
            }
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
            cells.reset();
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
        self.row(row).write(|cells| cells.reset());
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
    #[inline]
    fn write<R>(self, change: impl FnOnce(Self) -> R) -> R {
        // One exchange where nobody else writes: the number need not be read before. Who finds it
        // taken puts there what was there.
        let mut before = take(self.sequence, TAKEN);
        if before == TAKEN {
            before = self.wait();
        }
        // A reader that sees any of the changes sees that it is taken too.
        fence(Release);
        let result = change(self);
        self.sequence.store(before.wrapping_add(2), Release);
        result
    }

    /// Takes a turn when there is one.
    #[cold]
    fn wait(self) -> u64 {
        let mut turn = 0;
        loop {
            pause(turn);
            turn = turn.saturating_add(1);
            if self.sequence.load(Relaxed) != TAKEN {
                let before = take(self.sequence, TAKEN);
                if before != TAKEN {
                    return before;
                }
            }
        }
    }

    fn copy(self, counts: &mut Vec<u64>) -> (f64, f64, f64) {
        counts.extend(self.counts.iter().map(|cell| cell.load(Relaxed)));
        let [sum, min, max] =
            [self.sum, self.min, self.max].map(|cell| f64::from_bits(cell.load(Relaxed)));
        (sum, min, max)
    }

    fn reset(self) {
        self.sum.store(0, Relaxed);
        self.min.store(f64::INFINITY.to_bits(), Relaxed);
        self.max.store(f64::NEG_INFINITY.to_bits(), Relaxed);
        self.counts.iter().for_each(|count| count.store(0, Relaxed));
    }
}
