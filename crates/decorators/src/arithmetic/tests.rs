use meterport_core::{
    Bounds, Buckets, ExponentialBuckets, ExponentialValue, HistogramValue, Number,
};
use meterport_testkit::strategy::{Numbers, exponential, histogram, samples};

use super::*;

#[test]
fn numbers_stay_exact_as_long_as_there_is_an_integer_for_them() {
    use Number::{F64, I64, U64};
    const MOST: i64 = i64::MAX;
    let table = [
        (I64(3), I64(4), I64(7)),
        (I64(MOST), I64(1), U64(MOST as u64 + 1)),
        (U64(u64::MAX), I64(-1), U64(u64::MAX - 1)),
        (U64(u64::MAX), U64(1), F64(u64::MAX as f64)),
        (I64(i64::MIN), I64(-1), F64(i64::MIN as f64)),
        (I64(1), F64(0.5), F64(1.5)),
    ];
    for (a, b, sum) in table {
        let mut sums = a;
        assert!(sums.add(&b));
        assert_eq!(sums, sum, "{a:?} + {b:?}");
    }
    assert_eq!(I64(7).since(&I64(3)), Some(I64(4)));
    assert_eq!(U64(u64::MAX).since(&I64(0)), Some(U64(u64::MAX)));
    assert_eq!(I64(2).since(&I64(3)), None, "a reset");
    assert_eq!(F64(0.5).since(&F64(0.75)), None);
    assert_eq!(F64(1.5).since(&I64(1)), Some(F64(0.5)));
}

fn bucketed(bounds: &[f64], counts: &[u64], min: f64, max: f64) -> HistogramValue {
    let buckets = Buckets::new(Bounds::new(bounds).unwrap(), counts.to_vec()).unwrap();
    let count = counts.iter().sum();
    let stats = Stats { count, sum: Some(count as f64), min: Some(min), max: Some(max) };
    HistogramValue { stats, buckets }
}

#[test]
fn histograms_with_the_same_bounds_are_added_and_subtracted() {
    let (a, b) = (bucketed(&[1.0], &[1, 2], 0.5, 4.0), bucketed(&[1.0], &[0, 5], 2.0, 9.0));
    let mut sum = a.clone();
    assert!(sum.add(&b));
    assert_eq!(sum, bucketed(&[1.0], &[1, 7], 0.5, 9.0));
    let between = sum.since(&a).unwrap();
    assert_eq!(between.buckets, b.buckets);
    assert_eq!(between.stats, Stats { count: 5, sum: Some(5.0), min: None, max: None });
    assert_eq!(a.since(&sum), None, "a reset");

    let other = bucketed(&[2.0], &[1, 1], 1.0, 3.0);
    assert!(!sum.add(&other));
    assert_eq!(sum, bucketed(&[1.0], &[1, 7], 0.5, 9.0), "nothing was added");
    assert_eq!(other.since(&sum), None);
}

#[test]
fn a_figure_that_one_side_lacks_is_not_known_of_both() {
    let whole = Stats { count: 1, sum: Some(2.0), min: Some(2.0), max: Some(2.0) };
    let bare = Stats { count: 3, ..Stats::default() };
    assert_eq!(add_stats(whole, bare), Stats { count: 4, ..Stats::default() });
    let empty = Stats { sum: Some(0.0), ..Stats::default() };
    assert_eq!(add_stats(whole, empty), whole);
    assert_eq!(add_stats(empty, whole), whole);
}

/// Counts by bucket of these measurements, by the definition of a bucket.
fn of(scale: i32, zero_threshold: f64, measured: &[f64]) -> ExponentialValue {
    let mut value = ExponentialValue { scale, zero_threshold, ..ExponentialValue::default() };
    let sum = measured.iter().sum();
    let fold = |join: fn(f64, f64) -> f64| measured.iter().copied().reduce(join);
    let (min, max) = (fold(f64::min), fold(f64::max));
    value.stats = Stats { count: measured.len() as u64, sum: Some(sum), min, max };
    for number in measured {
        let side = match number {
            number if number.abs() <= zero_threshold => {
                value.zero_count += 1;
                continue;
            }
            number if *number > 0.0 => &mut value.positive,
            _ => &mut value.negative,
        };
        let at = (number.abs().log2() * f64::from(scale).exp2()).ceil() as i64 - 1;
        let one = ExponentialBuckets { offset: index_of(at), counts: vec![1] };
        add_side(side, &one);
    }
    value
}

fn index_of(at: i64) -> i32 {
    i32::try_from(at).unwrap()
}

/// Adds one count the slow way.
fn add_side(side: &mut ExponentialBuckets, one: &ExponentialBuckets) {
    if side.counts.is_empty() {
        *side = one.clone();
        return;
    }
    while one.offset < side.offset {
        side.counts.insert(0, 0);
        side.offset -= 1;
    }
    let at = (one.offset - side.offset) as usize;
    side.counts.resize(side.counts.len().max(at + 1), 0);
    side.counts[at] += 1;
}

/// The sum of both parts is what one histogram of all measurements would be.
fn check(a: (i32, f64, &[f64]), b: (i32, f64, &[f64]), scale: i32, threshold: f64) {
    let mut sum = of(a.0, a.1, a.2);
    let earlier = sum.clone();
    assert!(sum.add(&of(b.0, b.1, b.2)));
    assert_eq!(sum, of(scale, threshold, &[a.2, b.2].concat()), "{a:?} + {b:?}");
    let since = sum.since(&earlier).unwrap();
    assert_eq!(since.stats.count, b.2.len() as u64);
    let expected = of(scale, threshold, b.2);
    assert_eq!((since.zero_count, since.scale), (expected.zero_count, scale));
    assert_eq!((since.positive, since.negative), (expected.positive, expected.negative));
    assert_eq!(earlier.since(&sum), None, "a reset");
}

#[test]
fn exponential_histograms_are_added_and_subtracted() {
    check((0, 0.0, &[1.5, 3.0]), (0, 0.0, &[3.5, -20.0]), 0, 0.0);
    // The coarser scale decides.
    check((3, 0.0, &[1.1, 1.2, 7.0]), (1, 0.0, &[1.3, -2.5]), 1, 0.0);
    check((-2, 0.0, &[5.0]), (4, 0.0, &[1e6, 1e-6]), -2, 0.0);
    // The wider zero decides, and goes to the end of a bucket that it cuts.
    check((0, 0.0, &[0.3, 3.0]), (0, 0.5, &[0.1, 3.5]), 0, 0.5);
    check((0, 0.0, &[0.6, 3.0]), (0, 0.6, &[0.1, 3.5]), 0, 1.0);
    check((0, 0.0, &[-0.6, 0.9, 3.0]), (0, 0.6, &[0.1, 3.5]), 0, 1.0);
    // Far apart at a fine scale: coarser, until 160 buckets are enough.
    check((10, 0.0, &[1.0001]), (10, 0.0, &[1000.0]), 4, 0.0);
}

#[test]
fn nothing_measured_changes_nothing() {
    let some = of(3, 0.25, &[1.0, -4.0]);
    let mut sum = ExponentialValue::default();
    assert!(sum.add(&some) && sum.add(&ExponentialValue::default()));
    assert_eq!(sum, some);
    assert_eq!(some.since(&ExponentialValue::default()), Some(some.clone()));
}

#[test]
fn no_input_makes_it_panic_or_lose_a_count() {
    let all: Vec<_> = samples(exponential(Numbers::Any), 300, 3).collect();
    for (a, b) in all.iter().zip(&all[1..]) {
        let mut sum = a.clone();
        if sum.add(b) {
            assert_eq!(sum.stats.count, a.stats.count.saturating_add(b.stats.count));
            assert!(sum.positive.counts.len() <= 160 && sum.negative.counts.len() <= 160);
        }
        let _ = (sum.since(a), a.since(b));
    }
    let all: Vec<_> = samples(histogram(Numbers::Any), 300, 3).collect();
    for (a, b) in all.iter().zip(&all[1..]) {
        let mut sum = a.clone();
        let _ = (sum.add(b), sum.since(a));
    }
}
