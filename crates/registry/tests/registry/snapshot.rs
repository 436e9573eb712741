//! What snapshots share.

use std::collections::HashSet;
use std::sync::Arc;

use meterport_core::{MetricBatch, Series, SeriesChunk};
use meterport_registry::Registry;

fn series(batch: &MetricBatch) -> &Series {
    batch.metrics().next().unwrap().data.series()
}

fn chunks(batch: &MetricBatch) -> HashSet<*const SeriesChunk> {
    series(batch).runs().iter().map(|run| Arc::as_ptr(run.chunk())).collect()
}

#[test]
fn a_new_series_rebuilds_a_short_chunk_only() {
    let registry = Registry::builder().cardinality_limit(usize::MAX).build().unwrap();
    let counter = registry.meter("m").counter::<u64>("c").build().unwrap();
    let producer = registry.producer().build();
    let mut before = MetricBatch::default();
    let mut rebuilt = 0;
    for number in 0..2_000_i64 {
        counter.add(1, [("number", number)]);
        let batch = producer.collect();
        assert_eq!(batch.points() as i64, number + 1);
        let known = if number == 0 { HashSet::new() } else { chunks(&before) };
        let new =
            series(&batch).runs().iter().filter(|run| !known.contains(&Arc::as_ptr(run.chunk())));
        let rows: usize = new.map(|run| run.chunk().attributes().len()).sum();
        // A full block becomes one chunk.
        assert!(rows <= 32 || (number + 1) % 8 == 0 && rows <= 256, "{rows} rows at {number}");
        rebuilt += rows;
        before = batch;
    }
    assert!(rebuilt < 2_000 * 20, "{rebuilt}");
    assert!(chunks(&before).len() < 24, "{}", chunks(&before).len());
}

#[test]
fn an_unchanged_set_of_series_is_shared_and_a_part_of_it_shares_chunks() {
    let registry = Registry::builder().cardinality_limit(usize::MAX).build().unwrap();
    let counter = registry.meter("m").counter::<u64>("c").build().unwrap();
    let cumulative = registry.producer().build();
    let delta =
        registry.producer().temporality(&meterport_core::TemporalitySelector::Delta).build();
    let handles: Vec<_> = (0..1_000_i64).map(|n| counter.bind([("number", n)])).collect();
    handles.iter().for_each(|handle| handle.add(1));
    let (first, delta_first) = (cumulative.collect(), delta.collect());
    handles.iter().skip(1).step_by(2).for_each(|handle| handle.add(1));
    let (second, delta_second) = (cumulative.collect(), delta.collect());
    assert_eq!(series(&first).runs().as_ptr(), series(&second).runs().as_ptr());
    assert_eq!((delta_first.points(), delta_second.points()), (1_000, 500));
    assert!(chunks(&delta_second).is_subset(&chunks(&delta_first)));
    let numbers: Vec<_> = series(&delta_second).iter().map(|set| format!("{set:?}")).collect();
    assert_eq!(numbers[0], "{\"number\": Int(1)}");
    assert_eq!(numbers[499], "{\"number\": Int(999)}");
}
