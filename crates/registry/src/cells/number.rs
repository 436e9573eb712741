use std::sync::atomic::Ordering::Relaxed;

use crate::measure::{Measure, NumberKind};
use crate::sync::{AtomicBool, AtomicU64};
use crate::tally::{Tally, count, count_many};

/// Sums or last values as bits, in dense rows or a cache line apart.
pub(crate) struct NumberCells {
    values: Box<[AtomicU64]>,
    /// Whether something was measured that the value need not show: a zero, a last value.
    marks: Box<[AtomicBool]>,
    /// Rows lie `2^shift` cells apart.
    shift: u32,
    fold: Fold,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fold {
    /// A sum that may fall.
    Any,
    /// The last value.
    Last,
    /// A sum that only grows.
    Up,
}

impl NumberCells {
    pub(crate) fn sum(rows: usize, padded: bool, monotonic: bool) -> Self {
        Self::new(rows, padded, if monotonic { Fold::Up } else { Fold::Any })
    }

    pub(crate) fn last(rows: usize, padded: bool) -> Self {
        Self::new(rows, padded, Fold::Last)
    }

    fn new(rows: usize, padded: bool, fold: Fold) -> Self {
        // Eight cells of eight bytes are a cache line.
        let shift = if padded { 3 } else { 0 };
        Self {
            values: (0..rows << shift).map(|_| AtomicU64::new(0)).collect(),
            marks: (0..rows).map(|_| AtomicBool::new(false)).collect(),
            shift,
            fold,
        }
    }

    #[inline]
    fn value(&self, row: usize) -> &AtomicU64 {
        &self.values[row << self.shift]
    }

    #[inline]
    pub(crate) fn record<T: Measure>(&self, row: usize, value: T, tally: &Tally) {
        if self.fold == Fold::Last {
            self.value(row).store(value.bits(), Relaxed);
        } else if value.is_finite() {
            add(self.value(row), value, tally);
            // Where it always shows that something was added, a mark would say no more.
            if self.fold == Fold::Up && T::KIND != NumberKind::F64 && value != T::default() {
                return;
            }
        } else {
            return count(&tally.refused);
        }
        self.marks[row].store(true, Relaxed);
    }

    /// The same so many times, which is for sums alone.
    pub(crate) fn record_many<T: Measure>(&self, row: usize, value: T, times: u64, tally: &Tally) {
        if !value.is_finite() {
            return count_many(&tally.refused, times);
        }
        let (product, exceeded) = value.times(times);
        if exceeded {
            count_exceeded::<T>(tally);
        }
        self.record(row, product, tally);
    }

    /// Sets an observed value. What would poison a sum of sums is refused.
    pub(crate) fn set<T: Measure>(&self, row: usize, value: T, tally: &Tally) {
        if self.fold != Fold::Last && !value.is_finite() {
            return count(&tally.refused);
        }
        self.value(row).store(value.bits(), Relaxed);
        self.marks[row].store(true, Relaxed);
    }

    /// Moves a last value.
    pub(crate) fn add<T: Measure>(&self, row: usize, by: T, tally: &Tally) {
        if by.is_finite() {
            add(self.value(row), by, tally);
            self.marks[row].store(true, Relaxed);
        } else {
            count(&tally.refused);
        }
    }

    /// Whether rows lie side by side, so that all can be read in one go.
    pub(crate) fn dense(&self) -> Option<&[AtomicU64]> {
        (self.shift == 0).then_some(&self.values)
    }

    pub(crate) fn read(&self, row: usize) -> u64 {
        self.value(row).load(Relaxed)
    }

    /// Takes the mark away, and says whether it was there. A measurement adds before it marks:
    /// it is seen at the latest when it is looked for again.
    pub(crate) fn unmark(&self, row: usize) -> bool {
        let mark = &self.marks[row];
        mark.load(Relaxed) && mark.swap(false, Relaxed)
    }

    /// Takes what was measured since it was last taken; `None` if nothing was. Last values stay.
    pub(crate) fn take(&self, row: usize) -> Option<u64> {
        let marked = self.unmark(row);
        if self.fold == Fold::Last {
            return marked.then(|| self.read(row));
        }
        let value = self.value(row);
        let taken = if value.load(Relaxed) == 0 { 0 } else { value.swap(0, Relaxed) };
        (marked || taken != 0).then_some(taken)
    }

    pub(crate) fn is_marked(&self, row: usize) -> bool {
        self.marks[row].load(Relaxed)
    }

    pub(crate) fn is_touched(&self, row: usize) -> bool {
        let valued = self.fold != Fold::Last && self.read(row) != 0;
        valued || self.is_marked(row)
    }

    pub(crate) fn clear(&self, row: usize) {
        self.value(row).store(0, Relaxed);
        self.marks[row].store(false, Relaxed);
    }
}

#[inline]
fn add<T: Measure>(cell: &AtomicU64, value: T, tally: &Tally) {
    if value.add(cell) {
        count_exceeded::<T>(tally);
    }
}

#[cold]
fn count_exceeded<T: Measure>(tally: &Tally) {
    count(if T::KIND == NumberKind::F64 { &tally.saturated } else { &tally.wrapped });
}
