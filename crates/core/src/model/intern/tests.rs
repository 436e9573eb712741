use std::sync::Arc;

use super::super::{AttributeSet, Series, SeriesChunk, Value, ValueRef};
use super::*;

/// Names a series for each number, and gives for each row of the series the number and what was
/// named for it.
fn snapshot(
    interner: &mut SeriesInterner,
    numbers: impl IntoIterator<Item = i64>,
) -> (Series, Vec<i64>) {
    let numbers: Vec<_> = numbers.into_iter().collect();
    let attributes = |number: &i64| [("number", ValueRef::Int(*number))];
    let (series, arranged) = interner.arrange(numbers.iter(), attributes);
    let arranged: Vec<_> = arranged.into_iter().copied().collect();
    let of_rows: Vec<_> = series.iter().map(number).collect();
    assert_eq!(of_rows, arranged);
    (series, arranged)
}

fn number(set: &AttributeSet) -> i64 {
    match set.get("number") {
        Some(ValueRef::Int(number)) => number,
        other => unreachable!("{other:?}"),
    }
}

fn chunks(series: &Series) -> Vec<*const SeriesChunk> {
    series.runs().iter().map(|run| Arc::as_ptr(run.chunk())).collect()
}

#[test]
fn whatever_the_order_the_rows_stay() {
    let mut interner = SeriesInterner::default();
    let (first, _) = snapshot(&mut interner, 0..600);
    assert_eq!(first.runs().len(), 3);
    for order in [(0..600).rev().collect::<Vec<_>>(), (0..600).map(|i| i * 7 % 600).collect()] {
        let (series, rows) = snapshot(&mut interner, order);
        assert_eq!(rows, (0..600).collect::<Vec<_>>());
        assert_eq!(chunks(&series), chunks(&first));
    }
}

#[test]
fn one_new_series_rebuilds_a_small_chunk() {
    let mut interner = SeriesInterner::default();
    let (first, _) = snapshot(&mut interner, 0..300);
    let mut rebuilt = 0;
    let mut before = first.clone();
    for new in 300..812 {
        // In the middle of what is named.
        let (series, _) = snapshot(&mut interner, (0..150).chain(new..new + 1).chain(150..new));
        assert_eq!(series.len(), new as usize + 1);
        assert!(series.runs().len() <= series.len() / 128 + 9, "{}", series.runs().len());
        let known = chunks(&before);
        let runs = series.runs().iter();
        rebuilt += runs
            .filter(|run| !known.contains(&Arc::as_ptr(run.chunk())))
            .map(|run| run.len())
            .sum::<usize>();
        before = series;
    }
    assert_eq!(chunks(&before)[0], chunks(&first)[0]);
    // Each of the 512 rows is put into chunks of twice the size, up to 256.
    assert!(rebuilt <= 512 * 9, "{rebuilt}");
}

#[test]
fn absent_series_leave_gaps_and_come_back_to_their_rows() {
    let mut interner = SeriesInterner::default();
    let (all, _) = snapshot(&mut interner, 0..100);
    let (odd, rows) = snapshot(&mut interner, (1..100).step_by(2));
    assert_eq!((odd.len(), rows[0], odd.runs().len()), (50, 1, 50));
    assert!(chunks(&odd).iter().all(|chunk| *chunk == chunks(&all)[0]));
    assert_eq!(chunks(&snapshot(&mut interner, 0..100).0), chunks(&all));
    assert_eq!(snapshot(&mut interner, []).0.len(), 0);
}

#[test]
fn the_majority_that_is_gone_is_forgotten() {
    let mut interner = SeriesInterner::default();
    // Churn: each snapshot has 100 series that never come back, and 300 that stay.
    let (first, _) = snapshot(&mut interner, 0..300);
    for round in 1..200 {
        let (series, _) =
            snapshot(&mut interner, (0..300).chain(round * 1_000..round * 1_000 + 100));
        assert_eq!(series.len(), 400);
        assert_eq!(chunks(&series)[0], chunks(&first)[0]);
        assert!(interner.len() <= 2 * (300 + 8 * 100) + 100, "{}", interner.len());
    }
}

#[test]
fn the_order_of_keys_makes_no_difference_and_the_last_value_counts() {
    let mut interner = SeriesInterner::default();
    let (a, b) = (("a", ValueRef::Int(1)), ("b", ValueRef::Double(f64::NAN)));
    let other = ("b", ValueRef::String("b"));
    let mut named = interner.snapshot(4);
    named.push(|| vec![a, b]);
    named.push(|| vec![b, a]);
    named.push(|| vec![b, a, b]);
    named.push(|| vec![b, a, other]);
    let (series, order) = named.finish();
    let expected = [
        AttributeSet::from([("a", Value::Int(1)), ("b", Value::Double(f64::NAN))]),
        AttributeSet::from([("a", Value::Int(1)), ("b", Value::from("b"))]),
    ];
    // Named thrice, three points: nothing is lost.
    let of_rows: Vec<_> = series.iter().cloned().collect();
    assert_eq!(of_rows, [0, 0, 0, 1].map(|at: usize| expected[at].clone()));
    assert_eq!(order.arrange(vec![1, 2, 3, 4]), [1, 2, 3, 4]);
    assert_eq!(interner.len(), 2);
}

#[test]
fn every_kind_of_value_is_found_again() {
    let kinds = [
        Value::Array(vec![Value::Int(1)]),
        Value::Bool(true),
        Value::Bytes(vec![1]),
        Value::Double(1.0),
        Value::Empty,
        Value::Int(1),
        Value::Map(vec![("k".into(), Value::Int(1))]),
        Value::from("1"),
    ];
    let sets = kinds.map(|value| AttributeSet::from([("k", value)]));
    let mut interner = SeriesInterner::default();
    for backwards in [false, true, false] {
        let mut named = interner.snapshot(8);
        let mut order: Vec<_> = sets.iter().collect();
        if backwards {
            order.reverse();
        }
        order.iter().for_each(|set| named.push(|| set.iter()));
        let (series, _) = named.finish();
        assert!(series.iter().eq(&sets));
    }
    assert_eq!(interner.len(), sets.len());
}

#[test]
fn a_snapshot_given_up_does_no_harm() {
    let mut interner = SeriesInterner::default();
    let (first, _) = snapshot(&mut interner, 0..3);
    interner.snapshot(1).push(|| [("number", ValueRef::Int(9))]);
    let (second, rows) = snapshot(&mut interner, 0..3);
    assert_eq!((rows, chunks(&second)[0]), (vec![0, 1, 2], chunks(&first)[0]));
    assert_eq!(snapshot(&mut interner, [9, 2]).1, [2, 9]);
}

#[test]
fn an_order_arranges_what_there_is() {
    let mut interner = SeriesInterner::default();
    snapshot(&mut interner, 0..3);
    let mut named = interner.snapshot(3);
    for number in [2, 1, 0] {
        named.push(|| [("number", ValueRef::Int(number))]);
    }
    let (_, order) = named.finish();
    assert_eq!(order.arrange(vec!["two", "one", "zero"]), ["zero", "one", "two"]);
    assert_eq!(order.arrange(vec!["two"]), ["two"]);
}

#[test]
fn metrics_differ_by_their_whole_description_and_are_forgotten() {
    let mut interner = Interner::default();
    let none = AttributeSet::empty();
    let hint = AttributeSet::from([("prometheus.type", "unknown")]);
    let descriptors = |interner: &mut Interner| {
        interner.next_snapshot();
        [
            ("a", "x", "s", &none),
            ("a", "y", "s", &none),
            ("a", "x", "", &none),
            ("a", "x", "s", &hint),
        ]
        .map(|(name, help, unit, data)| {
            Arc::clone(interner.metric(name, help, unit, data).descriptor())
        })
    };
    let (first, second) = (descriptors(&mut interner), descriptors(&mut interner));
    for (at, descriptor) in first.iter().enumerate() {
        assert!(Arc::ptr_eq(descriptor, &second[at]));
        assert!(first[..at].iter().all(|other| !Arc::ptr_eq(descriptor, other)));
    }
    drop(second);
    (0..9).for_each(|_| interner.next_snapshot());
    let third = descriptors(&mut interner);
    assert!(first.iter().zip(&third).all(|(a, b)| a == b && !Arc::ptr_eq(a, b)));
}
