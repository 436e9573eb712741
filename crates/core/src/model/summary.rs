use std::ops::Range;

use super::column::{concat, select};
use super::point::{Point, PointRef};
use super::points::sealed::Columns;
use super::points::{Points, Rows};

/// A quantile of a summary.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quantile {
    /// Which one, 0 to 1.
    pub quantile: f64,
    /// The measurement there.
    pub value: f64,
}

/// What a summary measured: quantiles computed by a client, kept for data that comes from
/// Prometheus.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SummaryValue {
    /// How many measurements.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The quantiles, ascending by convention.
    pub quantiles: Vec<Quantile>,
}

/// The points of a summary.
pub type Summaries = Points<SummaryRows>;
/// One point of a summary.
pub type SummaryPoint = Point<SummaryValue>;
/// One point of a summary as it lies in [`Summaries`].
pub type SummaryRef<'a> = PointRef<'a, SummaryValueRef<'a>>;

/// What a summary measured, as it lies in [`Summaries`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SummaryValueRef<'a> {
    /// How many measurements.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The quantiles.
    pub quantiles: &'a [Quantile],
}

/// The values of a summary.
#[derive(Clone, Debug)]
pub struct SummaryRows {
    rows: Box<[Row]>,
    quantiles: Box<[Quantile]>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    count: u64,
    sum: f64,
    quantiles: usize,
    /// Where the quantiles begin.
    at: usize,
}

impl SummaryRows {
    /// The value of a row.
    ///
    /// # Panics
    /// Beyond the last row.
    pub fn value(&self, row: usize) -> SummaryValueRef<'_> {
        let Row { count, sum, quantiles, at } = self.rows[row];
        SummaryValueRef { count, sum, quantiles: &self.quantiles[at..at + quantiles] }
    }

    fn new(mut rows: Box<[Row]>, quantiles: Box<[Quantile]>) -> Self {
        let mut at = 0;
        for row in &mut rows {
            row.at = at;
            at += row.quantiles;
        }
        Self { rows, quantiles }
    }

    fn quantiles_of(&self, rows: &Range<usize>) -> Range<usize> {
        let at = |row: usize| self.rows.get(row).map_or(self.quantiles.len(), |row| row.at);
        at(rows.start)..at(rows.end)
    }
}

impl Rows for SummaryRows {}

impl Columns for SummaryRows {
    type Value = SummaryValue;
    type Ref<'a> = SummaryValueRef<'a>;

    fn from_values(values: Vec<SummaryValue>) -> Self {
        let row = |value: &SummaryValue| Row {
            count: value.count,
            sum: value.sum,
            quantiles: value.quantiles.len(),
            at: 0,
        };
        let rows = values.iter().map(row).collect();
        Self::new(rows, concat(values.iter().map(|value| &*value.quantiles)))
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn at(&self, row: usize) -> SummaryValueRef<'_> {
        self.value(row)
    }

    fn to_value(value: SummaryValueRef<'_>) -> SummaryValue {
        let SummaryValueRef { count, sum, quantiles } = value;
        SummaryValue { count, sum, quantiles: quantiles.to_vec() }
    }

    fn select(&self, rows: &[Range<usize>]) -> Self {
        let kept: Vec<_> = rows.iter().map(|range| self.quantiles_of(range)).collect();
        Self::new(select(&self.rows, rows), select(&self.quantiles, &kept))
    }

    fn footprint(&self) -> usize {
        size_of_val(&*self.rows) + size_of_val(&*self.quantiles)
    }

    fn concat(parts: &[&Self]) -> Self {
        Self::new(
            concat(parts.iter().map(|part| &*part.rows)),
            concat(parts.iter().map(|part| &*part.quantiles)),
        )
    }
}
