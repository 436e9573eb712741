use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::column::{concat, select};
use super::points::sealed::Columns;
use super::points::{Point, PointRef, Points, Rows};
use super::stats::{Stats, StatsRows};

/// Bounds of buckets, strictly ascending, without NaN. Shared by the points that have them.
///
/// With `n` bounds there are `n + 1` buckets: bucket `i` holds the measurements above bound
/// `i - 1` and up to bound `i`.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds(Arc<[f64]>);

impl Bounds {
    /// Checked bounds; none at all means one bucket for everything.
    ///
    /// # Errors
    /// [`BucketsError::NotAscending`].
    pub fn new(bounds: impl Into<Arc<[f64]>>) -> Result<Self, BucketsError> {
        let bounds = bounds.into();
        let ascending = bounds.windows(2).all(|pair| pair[0] < pair[1]);
        // A single NaN has no neighbour to be compared with.
        if ascending && !bounds.iter().any(|bound| bound.is_nan()) {
            Ok(Self(bounds))
        } else {
            Err(BucketsError::NotAscending)
        }
    }

    /// The bounds.
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }

    /// How many buckets they make.
    pub fn buckets(&self) -> usize {
        self.0.len() + 1
    }

    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

/// Why buckets cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BucketsError {
    /// The bounds do not ascend, or one is NaN.
    NotAscending,
    /// The number of counts is not the number of bounds and one.
    WrongCount {
        /// How many bounds.
        bounds: usize,
        /// How many counts.
        counts: usize,
    },
}

impl fmt::Display for BucketsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAscending => f.write_str("bucket bounds must ascend and not be NaN"),
            Self::WrongCount { bounds, counts } => {
                write!(f, "{bounds} bounds make {} buckets, not {counts}", bounds + 1)
            }
        }
    }
}

impl std::error::Error for BucketsError {}

/// The counts of a histogram's buckets; or no buckets at all, which OTLP allows too.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buckets(Option<(Bounds, Vec<u64>)>);

impl Buckets {
    /// One count for each bucket, not added up.
    ///
    /// # Errors
    /// [`BucketsError::WrongCount`].
    pub fn new(bounds: Bounds, counts: Vec<u64>) -> Result<Self, BucketsError> {
        if counts.len() == bounds.buckets() {
            Ok(Self(Some((bounds, counts))))
        } else {
            let bounds = bounds.as_slice().len();
            Err(BucketsError::WrongCount { bounds, counts: counts.len() })
        }
    }

    /// No buckets: count, sum and extremes alone.
    pub const fn none() -> Self {
        Self(None)
    }

    /// The bounds, if there are buckets.
    pub fn bounds(&self) -> Option<&Bounds> {
        self.0.as_ref().map(|parts| &parts.0)
    }

    /// The counts; empty where there are no buckets.
    pub fn counts(&self) -> &[u64] {
        self.0.as_ref().map_or(&[], |parts| &parts.1)
    }

    /// Bounds and counts, if there are buckets.
    pub fn into_parts(self) -> Option<(Bounds, Vec<u64>)> {
        self.0
    }

    /// The measurements in all buckets.
    pub fn total(&self) -> u64 {
        self.counts().iter().fold(0, |total, count| total.saturating_add(*count))
    }
}

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
#[derive(Default)]
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
        HistogramValue { stats: value.stats, buckets: Buckets(value.buckets.map(owned)) }
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
