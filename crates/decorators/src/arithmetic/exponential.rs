//! Exponential histograms of differing scales and zero thresholds: OpenTelemetry specification,
//! `metrics/data-model.md`, "Exponential Scale" and "Zero Count and Zero Threshold".

use meterport_core::{ExponentialBuckets, ExponentialValue};

use super::{Additive, add_counts, add_stats, stats_since};

/// The most buckets of one sign that a sum gets: the specification's default of `MaxSize`
/// (`metrics/sdk.md`, "Base2 Exponential Bucket Histogram Aggregation"), or as many as one side
/// already has.
const MAX_SIZE: usize = 160;

/// The coarser scale and the wider zero decide. A sum that would need more buckets becomes coarser
/// than both.
impl Additive for ExponentialValue {
    fn add(&mut self, other: &Self) -> bool {
        if is_blank(other) {
            return true;
        }
        if is_blank(self) {
            other.clone_into(self);
            return true;
        }
        let mut other = other.clone();
        let sides = [&self.positive, &self.negative, &other.positive, &other.negative];
        let most = sides.iter().fold(MAX_SIZE, |most, side| most.max(side.counts.len()));
        let scale = self.scale.min(other.scale);
        rescale(self, scale);
        rescale(&mut other, scale);
        let threshold = self.zero_threshold.max(other.zero_threshold);
        let threshold = widen_zero(self, threshold);
        let threshold = widen_zero(&mut other, threshold);
        widen_zero(self, threshold);
        let pairs = [(&self.positive, &other.positive), (&self.negative, &other.negative)];
        let shift = pairs.iter().map(|(a, b)| shift_to_fit(a, b, most)).max().unwrap_or_default();
        let Some(scale) = scale.checked_sub_unsigned(shift) else { return false };
        rescale(self, scale);
        rescale(&mut other, scale);
        merge(&mut self.positive, &other.positive);
        merge(&mut self.negative, &other.negative);
        self.zero_count = self.zero_count.saturating_add(other.zero_count);
        self.stats = add_stats(self.stats, other.stats);
        true
    }

    fn since(&self, earlier: &Self) -> Option<Self> {
        if is_blank(earlier) {
            return Some(self.clone());
        }
        // A cumulative histogram becomes coarser and its zero wider, never the other way.
        if self.scale > earlier.scale || self.zero_threshold < earlier.zero_threshold {
            return None;
        }
        let mut earlier = earlier.clone();
        rescale(&mut earlier, self.scale);
        widen_zero(&mut earlier, self.zero_threshold);
        let mut since = Self {
            stats: stats_since(self.stats, earlier.stats)?,
            zero_count: self.zero_count.checked_sub(earlier.zero_count)?,
            ..self.clone()
        };
        subtract(&mut since.positive, &earlier.positive)?;
        subtract(&mut since.negative, &earlier.negative)?;
        Some(since)
    }
}

/// Nothing measured, and so neither a scale nor a threshold of its own.
fn is_blank(value: &ExponentialValue) -> bool {
    let ExponentialValue { stats, zero_count, positive, negative, .. } = value;
    let empty = |side: &ExponentialBuckets| side.counts.iter().all(|count| *count == 0);
    stats.count == 0 && *zero_count == 0 && empty(positive) && empty(negative)
}

/// Joins buckets until the scale is the given one, which is not finer.
fn rescale(value: &mut ExponentialValue, scale: i32) {
    let shift = (i64::from(value.scale) - i64::from(scale)).clamp(0, 63) as u32;
    value.scale = scale;
    for side in [&mut value.positive, &mut value.negative] {
        *side = joined(side, shift);
    }
}

/// Counts the buckets that lie within the threshold as zero. A bucket that lies across takes the
/// threshold along to its far end. Says where it is then.
fn widen_zero(value: &mut ExponentialValue, mut threshold: f64) -> f64 {
    if threshold > 0.0 {
        // What the negative side widens, the positive side must know.
        let ExponentialValue { scale, positive, negative, zero_count, .. } = value;
        for _ in 0..2 {
            for side in [&mut *positive, &mut *negative] {
                *zero_count = zero_count.saturating_add(take_zeros(side, *scale, &mut threshold));
            }
        }
    }
    value.zero_threshold = threshold;
    threshold
}

fn take_zeros(side: &mut ExponentialBuckets, scale: i32, threshold: &mut f64) -> u64 {
    let mut within = 0;
    for (at, count) in (i64::from(side.offset)..).zip(&side.counts) {
        if lower_bound(at, scale) >= *threshold {
            break;
        }
        if *count > 0 {
            *threshold = threshold.max(lower_bound(at + 1, scale));
        }
        within += 1;
    }
    side.offset = side.offset.saturating_add(within as i32);
    side.counts.drain(..within).fold(0, u64::saturating_add)
}

fn lower_bound(index: i64, scale: i32) -> f64 {
    (index as f64 * (-f64::from(scale)).exp2()).exp2()
}

/// The buckets with `2^shift` neighbours joined; none at either end is empty.
fn joined(side: &ExponentialBuckets, shift: u32) -> ExponentialBuckets {
    let Some((first, last)) = ends(side) else { return ExponentialBuckets::default() };
    let (low, high) = (first >> shift, last >> shift);
    // Not more than there were.
    let mut counts = vec![0_u64; (high - low + 1) as usize];
    for (at, count) in (i64::from(side.offset)..).zip(&side.counts) {
        if *count > 0 {
            let sum = &mut counts[((at >> shift) - low) as usize];
            *sum = sum.saturating_add(*count);
        }
    }
    ExponentialBuckets { offset: index(low), counts }
}

/// The first and the last bucket that holds something.
fn ends(side: &ExponentialBuckets) -> Option<(i64, i64)> {
    let first = side.counts.iter().position(|count| *count > 0)?;
    let last = side.counts.iter().rposition(|count| *count > 0)?;
    let index = |at: usize| i64::from(side.offset) + at as i64;
    Some((index(first), index(last)))
}

/// No float lies in a bucket whose index does not fit.
fn index(at: i64) -> i32 {
    at.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

/// By how much the scale must fall so that both together need at most so many buckets.
fn shift_to_fit(a: &ExponentialBuckets, b: &ExponentialBuckets, most: usize) -> u32 {
    let (Some(a), Some(b)) = (ends(a), ends(b)) else { return 0 };
    let (low, high) = (a.0.min(b.0), a.1.max(b.1));
    let width = |shift: u32| (high >> shift) - (low >> shift) + 1;
    (0..63).find(|shift| width(*shift) <= most as i64).unwrap_or(63)
}

/// Adds buckets of the same scale, which [`shift_to_fit`] has made few enough together.
fn merge(sums: &mut ExponentialBuckets, more: &ExponentialBuckets) {
    let Some(more_ends) = ends(more) else { return };
    let own_ends = ends(sums).unwrap_or(more_ends);
    let (low, high) = (own_ends.0.min(more_ends.0), own_ends.1.max(more_ends.1));
    let mut counts = vec![0; (high - low + 1) as usize];
    for side in [joined(sums, 0), joined(more, 0)] {
        if !side.counts.is_empty() {
            let from = (i64::from(side.offset) - low) as usize;
            add_counts(&mut counts[from..], &side.counts);
        }
    }
    *sums = ExponentialBuckets { offset: index(low), counts };
}

/// `None` if a bucket of `earlier` holds more.
fn subtract(later: &mut ExponentialBuckets, earlier: &ExponentialBuckets) -> Option<()> {
    for (at, count) in (i64::from(earlier.offset)..).zip(&earlier.counts) {
        if *count > 0 {
            let at = usize::try_from(at - i64::from(later.offset)).ok()?;
            let own = later.counts.get_mut(at)?;
            *own = own.checked_sub(*count)?;
        }
    }
    *later = joined(later, 0);
    Some(())
}
