use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// The same histogram as a list of values.
struct Plain(Vec<f64>);

impl Plain {
    fn counts(&self, sign: f64, scale: i8) -> BTreeMap<i32, u64> {
        let mut counts = BTreeMap::new();
        for value in self.0.iter().map(|value| value * sign).filter(|value| *value > 0.0) {
            let shift = u32::from(scale.abs_diff(MAX_SCALE)).min(31);
            *counts.entry(index(value) >> shift).or_default() += 1;
        }
        counts
    }

    /// The finest scale at which both signs fit.
    fn scale(&self, max_size: usize, max_scale: i8) -> i8 {
        let fits = |scale| {
            [1.0, -1.0].iter().all(|sign| {
                let counts = self.counts(*sign, scale);
                let first = counts.keys().next().map_or(0, |at| i64::from(*at));
                let last = counts.keys().next_back().map_or(0, |at| i64::from(*at));
                last - first < max_size as i64
            })
        };
        (-11..=max_scale).rev().find(|scale| fits(*scale)).unwrap()
    }
}

fn counts(window: &Window) -> BTreeMap<i32, u64> {
    let (first, counts) = window.buckets();
    let indexed = (first..).zip(counts.iter().copied());
    indexed.filter(|(_, count)| *count > 0).collect()
}

fn check(values: &[f64], max_size: u32, max_scale: i8) {
    let mut state = ExponentialState::new(max_size, max_scale);
    for (nth, value) in values.iter().enumerate() {
        state.record(*value, 1);
        let plain = Plain(values[..=nth].to_vec());
        let scale = plain.scale(max_size as usize, max_scale);
        assert_eq!(state.scale, scale, "after {:?}", &values[..=nth]);
        assert_eq!(counts(&state.positive), plain.counts(1.0, scale));
        assert_eq!(counts(&state.negative), plain.counts(-1.0, scale));
        assert_eq!(state.zero_count, plain.0.iter().filter(|value| **value == 0.0).count() as u64);
        assert_eq!(state.count, nth as u64 + 1);
        assert!(state.positive.used <= max_size as usize);
    }
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 1.0..1.0001_f64,
        4 => 0.001..1000.0_f64,
        1 => proptest::num::f64::POSITIVE | proptest::num::f64::SUBNORMAL,
        1 => -2.0..2.0_f64,
        1 => Just(0.0),
        1 => Just(f64::MAX),
        1 => Just(f64::from_bits(1)),
    ]
}

proptest! {
    /// Merged buckets hold what they would hold had they been so wide from the start.
    #[test]
    fn merging_is_exact(
        values in prop::collection::vec(value(), 1..40),
        max_size in prop::sample::select(vec![2_u32, 3, 4, 20, 160]),
        max_scale in -10..=20_i8,
    ) {
        check(&values, max_size, max_scale);
    }
}

#[test]
fn the_widest_range_fits_into_two_buckets() {
    check(&[f64::from_bits(1), f64::MAX, 1.0, -f64::MAX, -f64::from_bits(1)], 2, 20);
}

#[test]
fn a_histogram_that_begins_anew_has_its_scale_again() {
    let cells = ExponentialCells::new(4, 20, (true, true), 1);
    let tally = Tally::default();
    [1.0, 1e9].iter().for_each(|value| cells.record(0, *value, 1, &tally));
    assert!(cells.take(0, &mut ExponentialRowsBuilder::default()));
    assert!(!cells.is_touched(0));
    cells.record(0, 3.0, 1, &tally);
    let mut rows = ExponentialRowsBuilder::default();
    assert!(cells.read(0, &mut rows));
    let rows = rows.finish();
    let value = rows.value(0);
    assert_eq!((value.scale, value.positive.1, value.stats.sum), (20, &[1][..], Some(3.0)));
}
