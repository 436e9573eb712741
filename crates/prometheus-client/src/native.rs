//! Prometheus' native histograms as exponential ones.

use meterport_core::{ExponentialBuckets, ExponentialValue, Stats};
use prometheus_client::encoding::prometheus_protobuf::prometheus_data_model::{
    BucketSpan, Histogram,
};

/// From the first bucket of a side to the last. Buckets of Prometheus may lie far apart; ours lie side
/// by side.
const WIDEST: i64 = 1_024;
/// Prometheus' schemas of exponential buckets; they are OpenTelemetry's scales.
const SCHEMAS: std::ops::RangeInclusive<i32> = -4..=8;
/// OpenTelemetry's lowest scale.
const LOWEST_SCALE: i32 = -10;

/// Whether there are native buckets, as Prometheus tells it (`client_model`, `metrics.proto`: a
/// native histogram of nothing has a span without buckets).
pub(crate) fn is_native(histogram: &Histogram) -> bool {
    !histogram.positive_span.is_empty()
        || !histogram.negative_span.is_empty()
        || histogram.zero_threshold > 0.0
        || histogram.zero_count > 0
}

/// `None` if the figures contradict each other.
pub(crate) fn exponential(histogram: &Histogram, stats: Stats) -> Option<ExponentialValue> {
    if !SCHEMAS.contains(&histogram.schema) {
        return None;
    }
    let mut positive = indexed(&histogram.positive_span, &histogram.positive_delta)?;
    let mut negative = indexed(&histogram.negative_span, &histogram.negative_delta)?;
    let mut scale = histogram.schema;
    while width(&positive).max(width(&negative)) > WIDEST && scale > LOWEST_SCALE {
        // Two neighbours make one bucket of the scale below.
        scale -= 1;
        positive.iter_mut().chain(&mut negative).for_each(|bucket| bucket.0 >>= 1);
    }
    Some(ExponentialValue {
        stats,
        scale,
        zero_count: histogram.zero_count,
        zero_threshold: histogram.zero_threshold,
        positive: side_by_side(&positive)?,
        negative: side_by_side(&negative)?,
    })
}

/// Index and count of each bucket. Prometheus' bucket `i` ends at `base^i`, OpenTelemetry's at
/// `base^(i + 1)`.
fn indexed(spans: &[BucketSpan], deltas: &[i64]) -> Option<Vec<(i64, u64)>> {
    let mut deltas = deltas.iter();
    let mut buckets = Vec::with_capacity(deltas.len());
    let (mut index, mut count) = (-1_i64, 0_i64);
    for span in spans {
        index = index.checked_add(span.offset.into())?;
        for _ in 0..span.length {
            // One for each bucket: a span that says more is not followed.
            count = count.checked_add(*deltas.next()?)?;
            buckets.push((index, u64::try_from(count).ok()?));
            index += 1;
        }
    }
    let ascends = buckets.windows(2).all(|pair| pair[0].0 < pair[1].0);
    (ascends && deltas.len() == 0).then_some(buckets)
}

fn width(buckets: &[(i64, u64)]) -> i64 {
    match buckets {
        [first, .., last] => last.0 - first.0 + 1,
        _ => 1,
    }
}

fn side_by_side(buckets: &[(i64, u64)]) -> Option<ExponentialBuckets> {
    let Some(first) = buckets.first() else { return Some(ExponentialBuckets::default()) };
    if width(buckets) > WIDEST {
        return None;
    }
    let mut counts = vec![0_u64; width(buckets) as usize];
    for (index, count) in buckets {
        let place = counts.get_mut((index - first.0) as usize)?;
        *place = place.checked_add(*count)?;
    }
    Some(ExponentialBuckets { offset: i32::try_from(first.0).ok()?, counts })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(spans: &[(i32, u32)]) -> Vec<BucketSpan> {
        spans
            .iter()
            .map(|(offset, length)| BucketSpan { offset: *offset, length: *length })
            .collect()
    }

    fn positive(schema: i32, of: &[(i32, u32)], deltas: &[i64]) -> Option<(i32, i32, Vec<u64>)> {
        let histogram = Histogram {
            schema,
            positive_span: spans(of),
            positive_delta: deltas.to_vec(),
            ..Histogram::default()
        };
        let stats = Stats { count: 0, sum: None, min: None, max: None };
        let value = exponential(&histogram, stats)?;
        Some((value.scale, value.positive.offset, value.positive.counts))
    }

    #[test]
    fn spans_are_laid_side_by_side() {
        for (of, deltas, offset, counts) in [
            (&[][..], &[][..], 0, &[][..]),
            (&[(0, 0)], &[], 0, &[]),
            (&[(1, 3)], &[2, -1, 4], 0, &[2, 1, 5]),
            (&[(-2, 1), (2, 2)], &[1, 1, 1], -3, &[1, 0, 0, 2, 3]),
        ] {
            assert_eq!(positive(0, of, deltas), Some((0, offset, counts.to_vec())), "{of:?}");
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for (schema, of, deltas) in [
            (0, &[(0, 2)][..], &[1][..]),
            (0, &[(0, 1)], &[1, 1]),
            (0, &[(0, u32::MAX)], &[1]),
            (0, &[(0, 1)], &[-1]),
            (0, &[(0, 2)], &[i64::MAX, 1]),
            (0, &[(0, 1), (-1, 1)], &[1, 1]),
            (9, &[(0, 1)], &[1]),
            (-5, &[(0, 1)], &[1]),
            (-53, &[(0, 1)], &[1]),
        ] {
            assert_eq!(positive(schema, of, deltas), None, "{schema} {of:?} {deltas:?}");
        }
    }

    #[test]
    fn what_lies_far_apart_is_given_at_a_lower_scale() {
        // Of schema 8, the buckets of 2^-1000 and 2^1000: indices of OpenTelemetry -256,001 and 255,999.
        let apart = positive(8, &[(-256_000, 1), (511_999, 2)], &[3, 4, 1]).unwrap();
        let (scale, offset, counts) = apart;
        assert_eq!((scale, offset, counts.len()), (-1, -501, 1_002));
        assert_eq!((counts[0], counts[1_000], counts[1_001]), (3, 7, 8));
        assert_eq!(counts.iter().sum::<u64>(), 18);
        let farthest = positive(8, &[(i32::MIN, 1), (i32::MAX, 1), (i32::MAX, 1)], &[1, 0, 0]);
        assert_eq!(farthest, None);
    }
}
