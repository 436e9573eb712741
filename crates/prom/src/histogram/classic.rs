use meterport_core::ExponentialValueRef;

/// The buckets of a classic histogram, added up, with the one that holds everything at the end.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "what the formats have")]
pub struct Cumulative {
    /// Bound and count of everything up to it, but for the infinite bound.
    pub buckets: Vec<(f64, u64)>,
    /// The count of everything.
    pub total: u64,
}

/// The most powers of two that an exponential histogram shows as classic buckets, on both sides
/// together; where it spans more, they get coarser.
const MOST_BUCKETS: i64 = 64;

/// An exponential histogram for formats without native ones: classic buckets at powers of two, so
/// that the bounds stay the same whatever scale it has. Only where it is coarser than that, or
/// spans more than 64 of them, are the steps wider. From the first to the last bucket that is not
/// empty, none is left out.
///
/// Counts are exact, but that a measurement of exactly minus a power of two counts as less than it.
pub fn from_exponential(value: ExponentialValueRef<'_>, out: &mut Cumulative) {
    out.buckets.clear();
    let mut scale = value.scale.min(0);
    let ends = |side: (i32, &[u64]), scale: i32| ends(side, shift(value.scale, scale));
    let width = |scale| {
        [value.negative, value.positive]
            .into_iter()
            .filter_map(|side| ends(side, scale))
            .map(|(first, last)| last - first + 1)
            .sum::<i64>()
    };
    while width(scale) > MOST_BUCKETS {
        scale -= 1;
    }
    let shift = shift(value.scale, scale);
    let mut total = 0_u64;
    if let Some((first, last)) = ends(value.negative, scale) {
        for index in (first..=last).rev() {
            // Reaches from -2^(index + 1) to -2^index.
            out.buckets.push((-bound(index + 1, scale), total));
            total = total.saturating_add(sum(value.negative, index, shift));
        }
        out.buckets.push((-bound(first, scale), total));
    }
    total = total.saturating_add(value.zero_count);
    if value.zero_count > 0 || ends(value.negative, scale).is_some() {
        out.buckets.push((value.zero_threshold.max(0.0), total));
    }
    if let Some((first, last)) = ends(value.positive, scale) {
        out.buckets.push((bound(first, scale), total));
        for index in first..=last {
            total = total.saturating_add(sum(value.positive, index, shift));
            out.buckets.push((bound(index + 1, scale), total));
        }
    }
    out.total = total.max(value.stats.count);
    tidy(out);
}

/// How often two neighbours become one.
fn shift(from: i32, to: i32) -> u32 {
    from.saturating_sub(to).clamp(0, 63).unsigned_abs()
}

/// The first and the last bucket that is not empty.
fn ends((offset, counts): (i32, &[u64]), shift: u32) -> Option<(i64, i64)> {
    let first = counts.iter().position(|count| *count != 0)?;
    let last = counts.iter().rposition(|count| *count != 0)?;
    let index = |at: usize| (i64::from(offset) + at as i64) >> shift;
    Some((index(first), index(last)))
}

/// What lies in the bucket of this index.
fn sum((offset, counts): (i32, &[u64]), index: i64, shift: u32) -> u64 {
    let start = |index: i64| {
        let dense = i128::from(index) << shift;
        (dense - i128::from(offset)).clamp(0, counts.len() as i128) as usize
    };
    counts[start(index)..start(index + 1)].iter().fold(0, |sum, count| sum.saturating_add(*count))
}

/// `2^(index * 2^-scale)`, of scales up to 0.
fn bound(index: i64, scale: i32) -> f64 {
    let steps = 1_i128 << scale.unsigned_abs().min(64);
    let exponent = (i128::from(index) * steps).clamp(-1_100, 1_100);
    f64::exp2(exponent as f64)
}

/// Bounds ascend strictly: those that floats cannot tell apart, and infinite ones, are one.
fn tidy(out: &mut Cumulative) {
    out.buckets.retain(|bucket| bucket.0.is_finite());
    out.buckets.dedup_by(|later, first| {
        let same = later.0 <= first.0;
        if same {
            first.1 = later.1;
        }
        same
    });
}

#[cfg(test)]
mod tests {
    use meterport_core::{
        AttributeSet, ExponentialBuckets, ExponentialHistograms, ExponentialPoint,
        ExponentialValue, Stats,
    };

    use super::*;

    struct Shape<'a> {
        scale: i32,
        zero: (u64, f64),
        positive: (i32, &'a [u64]),
        negative: (i32, &'a [u64]),
    }

    fn classic(shape: Shape<'_>) -> Cumulative {
        let side = |(offset, counts): (i32, &[u64])| ExponentialBuckets {
            offset,
            counts: counts.to_vec(),
        };
        let all = shape.positive.1.iter().chain(shape.negative.1);
        let count = all.fold(shape.zero.0, |sum, count| sum.saturating_add(*count));
        let value = ExponentialValue {
            stats: Stats { count, sum: Some(0.0), min: None, max: None },
            scale: shape.scale,
            zero_count: shape.zero.0,
            zero_threshold: shape.zero.1,
            positive: side(shape.positive),
            negative: side(shape.negative),
        };
        let points: ExponentialHistograms =
            [ExponentialPoint::new(AttributeSet::empty(), value)].into_iter().collect();
        let mut out = Cumulative::default();
        from_exponential(points.rows().value(0), &mut out);
        out
    }

    #[test]
    fn buckets_lie_at_powers_of_two() {
        // Scale 1: bounds at the square roots of two; (1, 1.41], (1.41, 2], (2, 2.83], (2.83, 4].
        let out = classic(Shape {
            scale: 1,
            zero: (3, 0.0),
            positive: (0, &[1, 2, 0, 4]),
            negative: (-2, &[5, 6]),
        });
        let expected = [(-1.0, 0), (-0.5, 11), (0.0, 14), (1.0, 14), (2.0, 17), (4.0, 21)];
        assert_eq!(out.buckets, expected);
        assert_eq!(out.total, 21);
    }

    #[test]
    fn odd_shapes_end_in_ascending_finite_buckets() {
        let one: (i32, &[u64]) = (0, &[1]);
        let none: (i32, &[u64]) = (0, &[]);
        let wide = vec![1; 20_000];
        let shapes = [
            Shape { scale: 0, zero: (0, 0.0), positive: none, negative: none },
            Shape { scale: 0, zero: (9, 2.0), positive: one, negative: one },
            Shape { scale: -11, zero: (0, 0.0), positive: (-1, &[7, 8]), negative: none },
            Shape { scale: i32::MIN, zero: (0, 0.0), positive: (-1, &[7, 8]), negative: one },
            Shape { scale: i32::MAX, zero: (0, 0.0), positive: (i32::MAX, &[7, 8]), negative: one },
            Shape { scale: 0, zero: (0, 0.0), positive: (i32::MAX, &[7]), negative: one },
            Shape { scale: 0, zero: (1, f64::NAN), positive: (i32::MIN, &[7]), negative: one },
            Shape {
                scale: 3,
                zero: (0, 0.0),
                positive: (-8_000, &wide),
                negative: (-8_000, &wide),
            },
            Shape { scale: 0, zero: (u64::MAX, 0.0), positive: (0, &[u64::MAX, 1]), negative: one },
        ];
        for shape in shapes {
            let scale = shape.scale;
            let out = classic(shape);
            assert!(out.buckets.len() <= 70, "{scale}: {}", out.buckets.len());
            assert!(out.buckets.iter().all(|bucket| bucket.0.is_finite()), "{scale}: {out:?}");
            let ascends = |pair: &[(f64, u64)]| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1;
            assert!(out.buckets.windows(2).all(ascends), "{scale}: {out:?}");
            assert!(out.buckets.last().is_none_or(|last| last.1 <= out.total), "{scale}: {out:?}");
        }
    }
}
