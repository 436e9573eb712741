use meterport_core::{ExponentialValueRef, HistogramValueRef};

use crate::loss::Loss;

/// The width of the zero bucket where a point does not say it
/// (`prometheus_and_openmetrics.md`, "Exponential Histograms").
pub const DEFAULT_ZERO_THRESHOLD: f64 = 1e-128;

/// The schemas of exponential buckets: `2^schema` buckets for each power of two.
const SCHEMAS: std::ops::RangeInclusive<i32> = -4..=8;
/// The schema of buckets with bounds of one's own.
const CUSTOM: i32 = -53;
/// As many empty buckets between two others are written out: a span costs more.
const WIDEST_GAP: i64 = 1;

/// A run of neighbouring buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "Prometheus' message")]
pub struct Span {
    /// Of the first span the index of its first bucket, of a later one the buckets left out since
    /// the span before.
    pub offset: i32,
    /// How many buckets.
    pub length: u32,
}

/// The buckets on one side of zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "Prometheus' message")]
pub struct Side {
    /// Where buckets are.
    pub spans: Vec<Span>,
    /// Their counts, span after span.
    pub counts: Vec<u64>,
}

impl Side {
    /// Each count's difference to the one before, the first as it is: through all spans.
    pub fn deltas(&self) -> impl ExactSizeIterator<Item = i64> + Clone {
        let mut before = 0;
        self.counts.iter().map(move |count| {
            let delta = count.wrapping_sub(before) as i64;
            before = *count;
            delta
        })
    }

    fn clear(&mut self) {
        self.spans.clear();
        self.counts.clear();
    }

    /// Reads dense buckets from `offset` on; `shift` times, two neighbours become one. OpenTelemetry
    /// counts buckets by their lower bound, Prometheus by the upper one: `plus` is 1 between them.
    fn fill(&mut self, offset: i32, counts: &[u64], shift: u32, plus: i64) {
        self.clear();
        // The index of the bucket that would come next.
        let mut next: Option<i64> = None;
        for (index, count) in (i64::from(offset)..).zip(counts).filter(|bucket| *bucket.1 != 0) {
            // The arithmetic shift rounds down, also below zero; only then the bound changes.
            let index = (index >> shift) + plus;
            match next {
                Some(end) if index < end => {
                    if let Some(last) = self.counts.last_mut() {
                        *last = last.saturating_add(*count);
                    }
                    continue;
                }
                Some(end) if index - end <= WIDEST_GAP => {
                    let gap = (index - end) as u32;
                    self.counts.extend(std::iter::repeat_n(0, gap as usize));
                    if let Some(span) = self.spans.last_mut() {
                        span.length += gap + 1;
                    }
                }
                before => {
                    let gap = index - before.unwrap_or_default();
                    self.spans.push(Span { offset: saturated(gap), length: 1 });
                }
            }
            self.counts.push(*count);
            next = Some(index + 1);
        }
    }
}

/// Indices of buckets stay far inside of `i32` for all values there are; hostile ones end here.
fn saturated(index: i64) -> i32 {
    index.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

/// A native histogram, of one point.
///
/// ```
/// use meterport_core::{ExponentialBuckets, ExponentialHistograms, ExponentialPoint,
///     ExponentialValue, Stats};
/// use meterport_prom::{NativeHistogram, Span};
///
/// let value = ExponentialValue {
///     stats: Stats { count: 10, sum: Some(20.0), min: None, max: None },
///     positive: ExponentialBuckets { offset: 0, counts: vec![4, 3, 2, 1] },
///     ..ExponentialValue::default()
/// };
/// let points: ExponentialHistograms =
///     [ExponentialPoint::new(Default::default(), value)].into_iter().collect();
/// let mut native = NativeHistogram::default();
/// native.read(points.rows().value(0)).unwrap();
/// assert_eq!(native.positive.spans, [Span { offset: 1, length: 4 }]);
/// assert_eq!(native.positive.deltas().collect::<Vec<_>>(), [4, -1, -1, -1]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "Prometheus' message")]
pub struct NativeHistogram {
    /// -4 to 8, or -53 for custom buckets.
    pub schema: i32,
    /// All measurements.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// Measurements in the zero bucket.
    pub zero_count: u64,
    /// How wide the zero bucket is, in both directions.
    pub zero_threshold: f64,
    /// Positive buckets; those of custom buckets, whatever their sign.
    pub positive: Side,
    /// Negative buckets.
    pub negative: Side,
    /// The bounds of custom buckets, without the infinite one.
    pub custom_values: Vec<f64>,
}

impl NativeHistogram {
    /// Becomes that of an exponential histogram's point; what it held before is gone, its memory is
    /// used again. A scale above 8 becomes schema 8.
    ///
    /// # Errors
    /// [`Loss::ScaleTooCoarse`] below scale -4, [`Loss::SumMissing`] without a sum.
    pub fn read(&mut self, value: ExponentialValueRef<'_>) -> Result<(), Loss> {
        let schema = value.scale.min(*SCHEMAS.end());
        if schema < *SCHEMAS.start() {
            return Err(Loss::ScaleTooCoarse);
        }
        self.sum = value.stats.sum.ok_or(Loss::SumMissing)?;
        // Beyond 63 all bits but the sign are gone.
        let shift = value.scale.saturating_sub(schema).clamp(0, 63).unsigned_abs();
        self.schema = schema;
        self.count = value.stats.count;
        self.zero_count = value.zero_count;
        self.zero_threshold = match value.zero_threshold {
            threshold if threshold > 0.0 => threshold,
            _ => DEFAULT_ZERO_THRESHOLD,
        };
        self.positive.fill(value.positive.0, value.positive.1, shift, 1);
        self.negative.fill(value.negative.0, value.negative.1, shift, 1);
        self.custom_values.clear();
        Ok(())
    }

    /// Becomes that of a classic histogram's point, with custom buckets: for remote write 2.0, as
    /// no exposition format has them.
    ///
    /// # Errors
    /// [`Loss::SumMissing`] without a sum.
    pub fn read_custom(&mut self, value: HistogramValueRef<'_>) -> Result<(), Loss> {
        self.sum = value.stats.sum.ok_or(Loss::SumMissing)?;
        self.schema = CUSTOM;
        self.count = value.stats.count;
        (self.zero_count, self.zero_threshold) = (0, 0.0);
        self.negative.clear();
        self.custom_values.clear();
        let (bounds, counts) = match value.buckets {
            Some((bounds, counts)) => (bounds.as_slice(), counts),
            // All that is known is in one bucket without bounds.
            None => (&[][..], std::slice::from_ref(&self.count)),
        };
        let finite = bounds.strip_suffix(&[f64::INFINITY]).unwrap_or(bounds);
        self.custom_values.extend_from_slice(finite);
        self.positive.fill(0, counts, 0, 0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use meterport_core::{
        AttributeSet, Bounds, Buckets, ExponentialBuckets, ExponentialHistograms, ExponentialPoint,
        ExponentialValue, HistogramPoint, HistogramValue, Histograms, Stats,
    };

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn read(scale: i32, offset: i32, counts: &[u64]) -> Result<NativeHistogram, Loss> {
        let side = ExponentialBuckets { offset, counts: counts.to_vec() };
        let value = ExponentialValue {
            stats: Stats { count: 100, sum: Some(7.0), min: None, max: None },
            scale,
            positive: side.clone(),
            negative: side,
            ..ExponentialValue::default()
        };
        let points: ExponentialHistograms =
            [ExponentialPoint::new(AttributeSet::empty(), value)].into_iter().collect();
        let mut native = NativeHistogram::default();
        native.read(points.rows().value(0))?;
        assert_eq!(native.positive, native.negative);
        assert_eq!((native.count, native.zero_threshold), (100, 1e-128));
        Ok(native)
    }

    type Expected<'a> = (&'a [(i32, u32)], &'a [i64]);

    fn check_side(side: &Side, (spans, deltas): Expected<'_>) {
        let found: Vec<_> = side.spans.iter().map(|span| (span.offset, span.length)).collect();
        assert_eq!(found, spans);
        assert_eq!(side.deltas().collect::<Vec<_>>(), deltas);
    }

    #[test]
    fn exponential_buckets_become_native_ones() {
        let sparse = [4, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        let table: [(i32, i32, &[u64], i32, Expected<'_>); 9] = [
            (0, 0, &[4, 3, 2, 1], 0, (&[(1, 4)], &[4, -1, -1, -1])),
            (9, 1, &[4, 3, 2, 1], 8, (&[(1, 3)], &[4, 1, -4])),
            (10, -3, &[1, 2, 3, 4], 8, (&[(0, 2)], &[6, -2])),
            (0, 4, &sparse, 0, (&[(5, 4), (12, 1)], &[4, -2, -2, 2, -1])),
            (0, 3, &[10, 0, 0, 20, 5, 2], 0, (&[(4, 1), (2, 3)], &[10, 10, -15, -3])),
            (-4, -1, &[0, 0, 7], -4, (&[(2, 1)], &[7])),
            (8, 0, &[0, 0], 8, (&[], &[])),
            (20, i32::MAX, &[1, 1], 8, (&[((i32::MAX >> 12) + 1, 2)], &[1, 0])),
            (i32::MAX, i32::MIN, &[1, 1], 8, (&[(0, 1)], &[2])),
        ];
        for (scale, offset, counts, schema, expected) in table {
            let native = read(scale, offset, counts).unwrap();
            assert_eq!(native.schema, schema);
            check_side(&native.positive, expected);
        }
        assert_eq!(read(-5, 0, &[1]), Err(Loss::ScaleTooCoarse));
        assert_eq!(read(0, i32::MIN, &[1]).unwrap().positive.spans[0].offset, i32::MIN + 1);
        assert_eq!(read(0, i32::MAX, &[1]).unwrap().positive.spans[0].offset, i32::MAX);
    }

    #[test]
    fn classic_buckets_become_custom_ones() {
        let custom = |bounds: &[f64], counts: &[u64], sum| {
            let bounds = Bounds::new(bounds).unwrap();
            let stats = Stats { count: counts.iter().sum(), sum, min: None, max: None };
            let buckets = Buckets::new(bounds, counts.to_vec()).unwrap();
            let point =
                HistogramPoint::new(AttributeSet::empty(), HistogramValue { stats, buckets });
            let points: Histograms = [point].into_iter().collect();
            let mut native = NativeHistogram::default();
            let value = points.iter().next().unwrap().value;
            native.read_custom(value).map(|()| native)
        };
        let bounds = [-2.0, -1.0, 0.0, 1.0, 2.0];
        let native = custom(&bounds, &[10, 0, 0, 20, 5, 2], Some(1.0)).unwrap();
        assert_eq!((native.schema, native.count), (-53, 37));
        assert_eq!(native.custom_values, bounds);
        check_side(&native.positive, (&[(0, 1), (2, 3)], &[10, 10, -15, -3]));
        let endless = custom(&[1.0, f64::INFINITY], &[1, 2, 0], Some(1.0)).unwrap();
        assert_eq!(endless.custom_values, [1.0]);
        assert_eq!(custom(&[], &[1], None), Err(Loss::SumMissing));
    }

    /// Each bucket's index and count, added up one by one.
    fn slowly(scale: i32, offset: i32, counts: &[u64]) -> BTreeMap<i64, u64> {
        let width = 1_i64 << (scale - scale.min(8));
        let mut all = BTreeMap::new();
        for (at, count) in (i64::from(offset)..).zip(counts).filter(|bucket| *bucket.1 != 0) {
            *all.entry(at.div_euclid(width) + 1).or_insert(0) += count;
        }
        all
    }

    /// The buckets that a reader finds.
    fn found(side: &Side) -> BTreeMap<i64, u64> {
        let mut deltas = side.deltas();
        let (mut index, mut count) = (0, 0_i64);
        let mut all = BTreeMap::new();
        for span in &side.spans {
            index += i64::from(span.offset);
            for _ in 0..span.length {
                count += deltas.next().unwrap();
                all.insert(index, count as u64);
                index += 1;
            }
        }
        assert_eq!(deltas.next(), None);
        all.retain(|_, count| *count != 0);
        all
    }

    proptest! {
        #[test]
        fn a_slow_reader_finds_the_same_buckets(
            scale in -4..=20_i32,
            offset in -2_000..2_000_i32,
            counts in vec(prop_oneof![3 => Just(0_u64), 2 => 1..1_000_u64], 0..200),
        ) {
            let native = read(scale, offset, &counts).unwrap();
            prop_assert_eq!(found(&native.positive), slowly(scale, offset, &counts));
            let all: u64 = native.positive.counts.iter().sum();
            prop_assert_eq!(all, counts.iter().sum::<u64>());
        }
    }
}
