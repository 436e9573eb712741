use std::ops::Range;

use super::LengthMismatch;
use super::column::{Column, concat, select};

/// What both kinds of histogram say of all their measurements together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// How many measurements.
    pub count: u64,
    /// Their sum, where it is known and can be trusted to mean something: not for measurements
    /// of both signs.
    pub sum: Option<f64>,
    /// The smallest.
    pub min: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
}

/// [`Stats`] of many rows: numbers side by side, and which of them are there.
#[derive(Clone, Debug)]
pub struct StatsRows {
    numbers: Box<[StatsRow]>,
    present: Column<Present>,
}

/// The numbers of one row; those that are not [`Present`] are zero.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct StatsRow {
    /// See [`Stats::count`].
    pub count: u64,
    /// See [`Stats::sum`].
    pub sum: f64,
    /// See [`Stats::min`].
    pub min: f64,
    /// See [`Stats::max`].
    pub max: f64,
}

impl StatsRow {
    /// These numbers.
    pub const fn new(count: u64, sum: f64, min: f64, max: f64) -> Self {
        Self { count, sum, min, max }
    }
}

/// Which of the optional numbers a row has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Present {
    /// Has a sum.
    pub sum: bool,
    /// Has a smallest value.
    pub min: bool,
    /// Has a largest value.
    pub max: bool,
}

impl Present {
    /// Which are there.
    pub const fn new(sum: bool, min: bool, max: bool) -> Self {
        Self { sum, min, max }
    }
}

impl StatsRows {
    /// From columns. Numbers that are not present become zero.
    ///
    /// # Errors
    /// The columns differ in length.
    pub fn from_columns(
        mut numbers: Box<[StatsRow]>,
        present: Column<Present>,
    ) -> Result<Self, LengthMismatch> {
        if !present.fits(numbers.len()) {
            return Err(LengthMismatch);
        }
        if present.shared() != Some(Present::new(true, true, true)) {
            for (row, numbers) in numbers.iter_mut().enumerate() {
                let Present { sum, min, max } = present.at(row);
                let or_zero = |present, number| if present { number } else { 0.0 };
                numbers.sum = or_zero(sum, numbers.sum);
                numbers.min = or_zero(min, numbers.min);
                numbers.max = or_zero(max, numbers.max);
            }
        }
        Ok(Self { numbers, present })
    }

    /// From the figures of each row.
    pub fn from_stats(stats: impl IntoIterator<Item = Stats>) -> Self {
        let stats = stats.into_iter();
        let mut numbers = Vec::with_capacity(stats.size_hint().0);
        let mut present = Vec::with_capacity(stats.size_hint().0);
        for Stats { count, sum, min, max } in stats {
            let or_zero = Option::unwrap_or_default;
            numbers.push(StatsRow {
                count,
                sum: or_zero(sum),
                min: or_zero(min),
                max: or_zero(max),
            });
            present.push(Present { sum: sum.is_some(), min: min.is_some(), max: max.is_some() });
        }
        Self { numbers: numbers.into(), present: Column::from_values(present) }
    }

    /// The numbers of all rows.
    pub fn numbers(&self) -> &[StatsRow] {
        &self.numbers
    }

    /// Which of them are there.
    pub fn present(&self) -> &Column<Present> {
        &self.present
    }

    pub(super) fn at(&self, row: usize) -> Stats {
        let StatsRow { count, sum, min, max } = self.numbers[row];
        let present = self.present.at(row);
        Stats {
            count,
            sum: present.sum.then_some(sum),
            min: present.min.then_some(min),
            max: present.max.then_some(max),
        }
    }

    pub(super) fn footprint(&self) -> usize {
        size_of_val(&*self.numbers) + self.present.footprint()
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    pub(super) fn select(&self, rows: &[Range<usize>]) -> Self {
        Self { numbers: select(&self.numbers, rows), present: self.present.select(rows) }
    }

    pub(super) fn concat<'a>(parts: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let present: Vec<_> = parts.clone().map(|part| (&part.present, part.len())).collect();
        Self {
            present: Column::concat(&present),
            numbers: concat(parts.map(|part| &*part.numbers)),
        }
    }
}
