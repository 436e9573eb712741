use meterport_core::{ExponentialRowsBuilder, Stats};

use super::index::{MAX_SCALE, index};
use crate::lock::lock;
use crate::measure::finite_sum;
use crate::sync::Mutex;
use crate::tally::{Tally, count, count_many};

/// Base-2 exponential histograms, each behind a lock of its own: a measurement may have to merge
/// buckets.
pub(crate) struct ExponentialCells {
    /// Whether sums mean something.
    sum: bool,
    min_max: bool,
    max_scale: i8,
    cells: Box<[Mutex<ExponentialState>]>,
}

/// What a base-2 exponential histogram has measured.
#[derive(Clone, Debug)]
pub(crate) struct ExponentialState {
    pub(crate) scale: i8,
    pub(crate) zero_count: u64,
    count: u64,
    sum: f64,
    min: f64,
    max: f64,
    pub(crate) positive: Window,
    pub(crate) negative: Window,
}

/// Neighbouring buckets, as many as there is room for.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// The index of the first bucket in use.
    first: i32,
    used: usize,
    counts: Box<[u64]>,
}

/// At the coarsest scale any two floats fit into two buckets.
const MIN_SIZE: u32 = 2;

impl ExponentialCells {
    /// `sum`, `min_max`: whether they are to be told.
    pub(crate) fn new(
        max_size: u32,
        max_scale: i8,
        (sum, min_max): (bool, bool),
        rows: usize,
    ) -> Self {
        let state = || Mutex::new(ExponentialState::new(max_size, max_scale));
        Self { sum, min_max, max_scale, cells: (0..rows).map(|_| state()).collect() }
    }

    /// Records a value so many times; those that would poison the sum are refused.
    pub(crate) fn record(&self, row: usize, value: f64, times: u64, tally: &Tally) {
        if !value.is_finite() {
            count_many(&tally.refused, times);
        } else if lock(&self.cells[row]).record(value, times) {
            count(&tally.saturated);
        }
    }

    /// Reads the row; says whether something was measured.
    pub(crate) fn read(&self, row: usize, rows: &mut ExponentialRowsBuilder) -> bool {
        let state = lock(&self.cells[row]);
        if state.count > 0 {
            self.push(&state, rows);
        }
        state.count > 0
    }

    /// The same, and the row begins anew.
    pub(crate) fn take(&self, row: usize, rows: &mut ExponentialRowsBuilder) -> bool {
        let mut state = lock(&self.cells[row]);
        if state.count == 0 {
            return false;
        }
        self.push(&state, rows);
        state.reset(self.max_scale);
        true
    }

    fn push(&self, state: &ExponentialState, rows: &mut ExponentialRowsBuilder) {
        let stats = Stats {
            count: state.count,
            sum: self.sum.then_some(state.sum),
            min: self.min_max.then_some(state.min),
            max: self.min_max.then_some(state.max),
        };
        let (positive, negative) = (state.positive.buckets(), state.negative.buckets());
        rows.push(stats, state.scale.into(), state.zero_count, positive, negative);
    }

    pub(crate) fn count(&self, row: usize) -> u64 {
        lock(&self.cells[row]).count
    }

    pub(crate) fn is_touched(&self, row: usize) -> bool {
        self.count(row) > 0
    }

    pub(crate) fn clear(&self, row: usize) {
        lock(&self.cells[row]).reset(self.max_scale);
    }
}

impl ExponentialState {
    pub(crate) fn new(max_size: u32, max_scale: i8) -> Self {
        let max_size = max_size.max(MIN_SIZE) as usize;
        let window = |len| Window { first: 0, used: 0, counts: vec![0; len].into() };
        let mut new = Self {
            scale: 0,
            zero_count: 0,
            count: 0,
            sum: 0.0,
            min: 0.0,
            max: 0.0,
            positive: window(max_size),
            // Made when a negative value comes: the API has instruments without.
            negative: window(0),
        };
        new.reset(max_scale);
        new
    }

    fn reset(&mut self, max_scale: i8) {
        self.scale = max_scale.min(MAX_SCALE);
        (self.zero_count, self.count) = (0, 0);
        (self.sum, self.min, self.max) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
        self.positive.clear();
        self.negative.clear();
    }

    /// Says whether the sum would have become infinite.
    #[inline]
    pub(crate) fn record(&mut self, value: f64, times: u64) -> bool {
        self.count = self.count.wrapping_add(times);
        let (sum, exceeded) = finite_sum(self.sum, value * times as f64);
        self.sum = sum;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        if value == 0.0 {
            self.zero_count = self.zero_count.wrapping_add(times);
            return exceeded;
        }
        let finest = index(value.abs());
        if value < 0.0 && self.negative.counts.is_empty() {
            self.negative.counts = vec![0; self.positive.counts.len()].into();
        }
        let window = if value > 0.0 { &self.positive } else { &self.negative };
        let merges = window.merges_for(self.at_scale(finest));
        if merges > 0 {
            self.merge(merges);
        }
        let at = self.at_scale(finest);
        let window = if value > 0.0 { &mut self.positive } else { &mut self.negative };
        window.count(at, times);
        exceeded
    }

    /// The index at the present scale of an index at the finest.
    fn at_scale(&self, finest: i32) -> i32 {
        finest >> u32::from(self.scale.abs_diff(MAX_SCALE)).min(i32::BITS - 1)
    }

    /// Halves the resolution so many times.
    pub(crate) fn merge(&mut self, times: u32) {
        self.positive.merge(times);
        self.negative.merge(times);
        self.scale -= times as i8;
    }
}

impl Window {
    /// The first bucket in use, and the counts from there on.
    pub(crate) fn buckets(&self) -> (i32, &[u64]) {
        (self.first, &self.counts[..self.used])
    }

    fn clear(&mut self) {
        self.counts[..self.used].fill(0);
        (self.first, self.used) = (0, 0);
    }

    /// How many times buckets must be merged in pairs until there is room for this one.
    fn merges_for(&self, at: i32) -> u32 {
        if self.used == 0 {
            return 0;
        }
        let (mut first, mut last) = (self.first.min(at), self.last().max(at));
        let mut merges = 0;
        while i64::from(last) - i64::from(first) >= self.counts.len() as i64 {
            (first, last) = (first >> 1, last >> 1);
            merges += 1;
        }
        merges
    }

    fn last(&self) -> i32 {
        // There are as many as there are between two indexes.
        self.first + (self.used as i32 - 1)
    }

    /// There is room for it.
    fn count(&mut self, at: i32, times: u64) {
        if self.used == 0 {
            (self.first, self.used) = (at, 1);
        }
        if at < self.first {
            let more = self.first.abs_diff(at) as usize;
            self.counts.copy_within(..self.used, more);
            self.counts[..more].fill(0);
            (self.first, self.used) = (at, self.used + more);
        }
        let place = at.abs_diff(self.first) as usize;
        self.used = self.used.max(place + 1);
        self.counts[place] = self.counts[place].wrapping_add(times);
    }

    fn merge(&mut self, times: u32) {
        if self.used == 0 {
            return;
        }
        let first = self.first >> times;
        for place in 0..self.used {
            // Never to the right, so that nothing is overwritten before it was moved.
            let to = (((self.first + place as i32) >> times) - first) as usize;
            let moved = std::mem::take(&mut self.counts[place]);
            self.counts[to] = self.counts[to].wrapping_add(moved);
        }
        self.used = ((self.last() >> times) - first) as usize + 1;
        self.first = first;
    }
}

#[cfg(test)]
mod tests;
