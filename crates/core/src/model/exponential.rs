use std::ops::Range;

use super::column::{concat, select};
use super::point::{Point, PointRef};
use super::points::sealed::Columns;
use super::points::{Points, Rows};
use super::stats::{Stats, StatsRows};

/// Counts of neighbouring buckets of an exponential histogram.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExponentialBuckets {
    /// The index of the first bucket: bucket `i` ends at `2^((i + 1) / 2^scale)`.
    pub offset: i32,
    /// One count for each bucket from there on, not added up.
    pub counts: Vec<u64>,
}

/// What a base-2 exponential histogram measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExponentialValue {
    /// Count, sum and extremes.
    pub stats: Stats,
    /// The resolution: `2^scale` buckets for each power of two.
    pub scale: i32,
    /// Measurements that are not told from zero.
    pub zero_count: u64,
    /// How far from zero those may be.
    pub zero_threshold: f64,
    /// The buckets of positive measurements.
    pub positive: ExponentialBuckets,
    /// The buckets of negative measurements, by their distance from zero.
    pub negative: ExponentialBuckets,
}

/// The points of a base-2 exponential histogram.
pub type ExponentialHistograms = Points<ExponentialRows>;
/// One point of a base-2 exponential histogram.
pub type ExponentialPoint = Point<ExponentialValue>;
/// One point of a base-2 exponential histogram as it lies in [`ExponentialHistograms`].
pub type ExponentialRef<'a> = PointRef<'a, ExponentialValueRef<'a>>;

/// What a base-2 exponential histogram measured, as it lies in [`ExponentialHistograms`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExponentialValueRef<'a> {
    /// Count, sum and extremes.
    pub stats: Stats,
    /// The resolution.
    pub scale: i32,
    /// Measurements that are not told from zero.
    pub zero_count: u64,
    /// How far from zero those may be.
    pub zero_threshold: f64,
    /// The index of the first positive bucket, and the counts.
    pub positive: (i32, &'a [u64]),
    /// The index of the first negative bucket, and the counts.
    pub negative: (i32, &'a [u64]),
}

/// The values of a base-2 exponential histogram.
#[derive(Clone, Debug)]
pub struct ExponentialRows {
    stats: StatsRows,
    shapes: Box<[Shape]>,
    /// Positive, then negative counts, row after row.
    counts: Box<[u64]>,
    /// Where each row's counts end.
    ends: Box<[usize]>,
}

#[derive(Clone, Copy, Debug)]
struct Shape {
    scale: i32,
    zero_count: u64,
    zero_threshold: f64,
    positive_offset: i32,
    negative_offset: i32,
    positive_len: usize,
}

impl ExponentialRows {
    /// Count, sum and extremes of all rows.
    pub fn stats(&self) -> &StatsRows {
        &self.stats
    }

    fn counts_of(&self, rows: &Range<usize>) -> Range<usize> {
        let end_before = |row: usize| row.checked_sub(1).map_or(0, |before| self.ends[before]);
        end_before(rows.start)..end_before(rows.end)
    }

    /// The value of a row.
    ///
    /// # Panics
    /// Beyond the last row.
    pub fn value(&self, row: usize) -> ExponentialValueRef<'_> {
        let shape = self.shapes[row];
        let counts = &self.counts[self.counts_of(&(row..row + 1))];
        let (positive, negative) = counts.split_at(shape.positive_len);
        ExponentialValueRef {
            stats: self.stats.at(row),
            scale: shape.scale,
            zero_count: shape.zero_count,
            zero_threshold: shape.zero_threshold,
            positive: (shape.positive_offset, positive),
            negative: (shape.negative_offset, negative),
        }
    }
}

/// Collects [`ExponentialRows`] row by row, without a `Vec` for each.
#[derive(Debug, Default)]
pub struct ExponentialRowsBuilder {
    stats: Vec<Stats>,
    shapes: Vec<Shape>,
    counts: Vec<u64>,
    ends: Vec<usize>,
}

impl ExponentialRowsBuilder {
    /// With room for that many rows, and for the counts of all their buckets.
    pub fn with_capacity(rows: usize, counts: usize) -> Self {
        Self {
            stats: Vec::with_capacity(rows),
            shapes: Vec::with_capacity(rows),
            counts: Vec::with_capacity(counts),
            ends: Vec::with_capacity(rows),
        }
    }

    /// Adds a row: [`scale`](ExponentialValue::scale),
    /// [`zero_count`](ExponentialValue::zero_count) with a threshold of zero, then the index of
    /// the first bucket and the counts, of positive and of negative measurements.
    pub fn push(
        &mut self,
        stats: Stats,
        scale: i32,
        zero_count: u64,
        positive: (i32, &[u64]),
        negative: (i32, &[u64]),
    ) {
        self.stats.push(stats);
        self.shapes.push(Shape {
            scale,
            zero_count,
            zero_threshold: 0.0,
            positive_offset: positive.0,
            negative_offset: negative.0,
            positive_len: positive.1.len(),
        });
        self.counts.extend_from_slice(positive.1);
        self.counts.extend_from_slice(negative.1);
        self.ends.push(self.counts.len());
    }

    /// How many bucket counts there are by now.
    pub fn counts(&self) -> usize {
        self.counts.len()
    }

    /// The rows.
    pub fn finish(self) -> ExponentialRows {
        ExponentialRows {
            stats: StatsRows::from_stats(self.stats),
            shapes: self.shapes.into(),
            counts: self.counts.into(),
            ends: self.ends.into(),
        }
    }
}

fn ends(lens: impl Iterator<Item = usize>) -> Box<[usize]> {
    let mut end = 0;
    let running = lens.map(|len| {
        end += len;
        end
    });
    running.collect()
}

impl Rows for ExponentialRows {}

impl Columns for ExponentialRows {
    type Value = ExponentialValue;
    type Ref<'a> = ExponentialValueRef<'a>;

    fn from_values(values: Vec<ExponentialValue>) -> Self {
        let shape = |value: &ExponentialValue| Shape {
            scale: value.scale,
            zero_count: value.zero_count,
            zero_threshold: value.zero_threshold,
            positive_offset: value.positive.offset,
            negative_offset: value.negative.offset,
            positive_len: value.positive.counts.len(),
        };
        let len =
            |value: &ExponentialValue| value.positive.counts.len() + value.negative.counts.len();
        Self {
            stats: StatsRows::from_stats(values.iter().map(|value| value.stats)),
            shapes: values.iter().map(shape).collect(),
            counts: concat(
                values.iter().flat_map(|value| [&*value.positive.counts, &*value.negative.counts]),
            ),
            ends: ends(values.iter().map(len)),
        }
    }

    fn len(&self) -> usize {
        self.shapes.len()
    }

    fn at(&self, row: usize) -> ExponentialValueRef<'_> {
        self.value(row)
    }

    fn to_value(value: ExponentialValueRef<'_>) -> ExponentialValue {
        let buckets = |(offset, counts): (i32, &[u64])| ExponentialBuckets {
            offset,
            counts: counts.to_vec(),
        };
        ExponentialValue {
            stats: value.stats,
            scale: value.scale,
            zero_count: value.zero_count,
            zero_threshold: value.zero_threshold,
            positive: buckets(value.positive),
            negative: buckets(value.negative),
        }
    }

    fn select(&self, rows: &[Range<usize>]) -> Self {
        let kept: Vec<_> = rows.iter().map(|range| self.counts_of(range)).collect();
        let lens = rows.iter().cloned().flatten().map(|row| self.counts_of(&(row..row + 1)).len());
        Self {
            stats: self.stats.select(rows),
            shapes: select(&self.shapes, rows),
            counts: select(&self.counts, &kept),
            ends: ends(lens),
        }
    }

    fn footprint(&self) -> usize {
        let Self { stats, shapes, counts, ends } = self;
        stats.footprint() + size_of_val(&**shapes) + size_of_val(&**counts) + size_of_val(&**ends)
    }

    fn concat(parts: &[&Self]) -> Self {
        let lens = parts
            .iter()
            .flat_map(|part| (0..part.len()).map(|row| part.counts_of(&(row..row + 1)).len()));
        Self {
            stats: StatsRows::concat(parts.iter().map(|part| &part.stats)),
            shapes: concat(parts.iter().map(|part| &*part.shapes)),
            ends: ends(lens),
            counts: concat(parts.iter().map(|part| &*part.counts)),
        }
    }
}
