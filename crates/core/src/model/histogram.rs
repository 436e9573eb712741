use std::ops::Range;

use super::buckets::{Bounds, Buckets, BucketsError};
use super::column::{concat, select};
use super::point::{Point, PointRef};
use super::points::sealed::Columns;
use super::points::{Points, Rows};
use super::stats::{Stats, StatsRows};

mod builder;

pub use builder::HistogramRowsBuilder;

/// What a histogram measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistogramValue {
    /// Count, sum and extremes.
    pub stats: Stats,
    /// The buckets.
    pub buckets: Buckets,
}

/// The points of a histogram.
pub type Histograms = Points<HistogramRows>;
/// One point of a histogram.
pub type HistogramPoint = Point<HistogramValue>;
/// One point of a histogram as it lies in [`Histograms`].
pub type HistogramRef<'a> = PointRef<'a, HistogramValueRef<'a>>;

/// What a histogram measured, as it lies in [`Histograms`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct HistogramValueRef<'a> {
    /// Count, sum and extremes.
    pub stats: Stats,
    /// Bounds and counts of the buckets, if there are any.
    pub buckets: Option<(&'a Bounds, &'a [u64])>,
}

/// The values of a histogram. Bounds are kept once for each stretch of rows that shares them.
#[derive(Clone, Debug)]
pub struct HistogramRows {
    stats: StatsRows,
    counts: Box<[u64]>,
    stretches: Box<[Stretch]>,
}

/// Rows in a row with the same bounds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stretch {
    /// The bounds, or none where there are no buckets.
    pub bounds: Option<Bounds>,
    /// The rows, counted from the metric's first.
    pub rows: Range<usize>,
    /// Where the first row's counts begin in [`HistogramRows::counts`].
    pub counts_at: usize,
}

impl Stretch {
    /// How many buckets each row has.
    pub fn width(&self) -> usize {
        self.bounds.as_ref().map_or(0, Bounds::buckets)
    }

    fn counts(&self, rows: &Range<usize>) -> Range<usize> {
        let at = |row: usize| self.counts_at + (row - self.rows.start) * self.width();
        at(rows.start)..at(rows.end)
    }
}

impl HistogramRows {
    /// Rows that share their bounds: `counts` holds row after row.
    ///
    /// # Errors
    /// [`BucketsError::WrongCount`], with the totals, if there are not as many counts as rows
    /// times buckets.
    pub fn uniform(
        bounds: Bounds,
        counts: Box<[u64]>,
        stats: StatsRows,
    ) -> Result<Self, BucketsError> {
        let rows = stats.len();
        if counts.len() != rows * bounds.buckets() {
            let bounds = bounds.as_slice().len();
            return Err(BucketsError::WrongCount { bounds, counts: counts.len() });
        }
        let stretch = Stretch { bounds: Some(bounds), rows: 0..rows, counts_at: 0 };
        Ok(Self { stats, counts, stretches: [stretch].into() })
    }

    /// Count, sum and extremes of all rows.
    pub fn stats(&self) -> &StatsRows {
        &self.stats
    }

    /// The counts of all rows, row after row.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The stretches of rows with the same bounds, in order, covering all rows.
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }
}

/// Collects stretches, joining those that have the same bounds.
#[derive(Debug, Default)]
struct Stretches {
    all: Vec<Stretch>,
    rows: usize,
    counts: usize,
}

impl Stretches {
    fn push(&mut self, bounds: Option<&Bounds>, rows: usize) {
        let width = bounds.map_or(0, Bounds::buckets);
        let end = self.rows + rows;
        match self.all.last_mut() {
            Some(Stretch { bounds: last, rows, .. }) if same(last.as_ref(), bounds) => {
                rows.end = end;
            }
            _ => self.all.push(Stretch {
                bounds: bounds.cloned(),
                rows: self.rows..end,
                counts_at: self.counts,
            }),
        }
        self.rows = end;
        self.counts += rows * width;
    }
}

fn same(a: Option<&Bounds>, b: Option<&Bounds>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.is_same(b),
        (None, None) => true,
        _ => false,
    }
}

impl Rows for HistogramRows {}

impl Columns for HistogramRows {
    type Value = HistogramValue;
    type Ref<'a> = HistogramValueRef<'a>;

    fn from_values(values: Vec<HistogramValue>) -> Self {
        let mut stretches = Stretches::default();
        let mut counts = Vec::new();
        let mut stats = Vec::with_capacity(values.len());
        for value in values {
            stats.push(value.stats);
            match value.buckets.into_parts() {
                Some((bounds, row)) => {
                    stretches.push(Some(&bounds), 1);
                    counts.extend_from_slice(&row);
                }
                None => stretches.push(None, 1),
            }
        }
        Self {
            stats: StatsRows::from_stats(stats),
            counts: counts.into(),
            stretches: stretches.all.into(),
        }
    }

    fn len(&self) -> usize {
        self.stats.len()
    }

    fn at(&self, row: usize) -> HistogramValueRef<'_> {
        let stretch = &self.stretches[self.stretches.partition_point(|s| s.rows.end <= row)];
        HistogramValueRef {
            stats: self.stats.at(row),
            buckets: stretch
                .bounds
                .as_ref()
                .map(|bounds| (bounds, &self.counts[stretch.counts(&(row..row + 1))])),
        }
    }

    fn to_value(value: HistogramValueRef<'_>) -> HistogramValue {
        let owned = |(bounds, counts): (&Bounds, &[u64])| (bounds.clone(), counts.to_vec());
        HistogramValue {
            stats: value.stats,
            buckets: Buckets::from_parts(value.buckets.map(owned)),
        }
    }

    fn select(&self, rows: &[Range<usize>]) -> Self {
        let mut stretches = Stretches::default();
        let mut kept = Vec::new();
        let mut at = 0;
        for range in rows {
            let mut start = range.start;
            while start < range.end {
                let stretch = &self.stretches[at];
                if stretch.rows.end <= start {
                    at += 1;
                    continue;
                }
                let stop = range.end.min(stretch.rows.end);
                stretches.push(stretch.bounds.as_ref(), stop - start);
                kept.push(stretch.counts(&(start..stop)));
                start = stop;
            }
        }
        Self {
            stats: self.stats.select(rows),
            counts: select(&self.counts, &kept),
            stretches: stretches.all.into(),
        }
    }

    fn footprint(&self) -> usize {
        let Self { stats, counts, stretches } = self;
        stats.footprint() + size_of_val(&**counts) + size_of_val(&**stretches)
    }

    fn concat(parts: &[&Self]) -> Self {
        let mut stretches = Stretches::default();
        for stretch in parts.iter().flat_map(|part| &part.stretches) {
            stretches.push(stretch.bounds.as_ref(), stretch.rows.len());
        }
        Self {
            stats: StatsRows::concat(parts.iter().map(|part| &part.stats)),
            counts: concat(parts.iter().map(|part| &*part.counts)),
            stretches: stretches.all.into(),
        }
    }
}
