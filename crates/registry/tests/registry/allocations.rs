//! What recording and snapshots allocate.

use allocation_counter::measure;
use meterport_core::{Aggregation, AttributeSet};
use meterport_registry::{AttributeValue, Registry, View};

#[test]
fn recording_allocates_nothing() {
    let registry = Registry::builder()
        .view(View::named("exponential").with_aggregation(Aggregation::BASE2))
        .build()
        .unwrap();
    let meter = registry.meter("test");
    let producers = [(); 2].map(|()| registry.producer().build());
    let counter = meter.counter::<u64>("counter").build().unwrap();
    let gauge = meter.gauge::<f64>("gauge").build().unwrap();
    let histogram = meter.histogram::<f64>("histogram").build().unwrap();
    let exponential = meter.histogram::<f64>("exponential").build().unwrap();
    let handles = (
        counter.bind([("k", "v")]),
        gauge.bind([("k", "v")]),
        histogram.bind([("k", "v")]),
        exponential.bind([("k", "v")]),
    );
    let attributes = [("k", AttributeValue::from("w")), ("n", 7.into())];
    counter.add(1, attributes);
    let recorded = measure(|| {
        for turn in 0..1_000 {
            handles.0.add(turn);
            handles.1.set(turn as f64);
            handles.2.record(turn as f64);
            // All scales on the way down.
            handles.3.record((turn as f64).exp2().recip());
            counter.add(turn, attributes);
        }
    });
    assert_eq!(recorded.count_total, 0, "{recorded:?}");
    drop(producers);
}

/// The numbers of series are such that no chunk is at its end.
#[test]
fn a_snapshot_allocates_the_same_whatever_the_number_of_series() {
    let allocations = |series: i64| {
        let registry = Registry::builder().cardinality_limit(usize::MAX).build().unwrap();
        let meter = registry.meter("test");
        let counter = meter.counter::<u64>("counter").build().unwrap();
        let gauge = meter.gauge::<f64>("gauge").build().unwrap();
        let histogram = meter.histogram::<f64>("histogram").build().unwrap();
        let exponential = meter.histogram::<f64>("exponential").build().unwrap();
        for number in 0..series {
            let attributes = AttributeSet::from([("number", number)]);
            counter.add(1, &attributes);
            gauge.set(0.5, &attributes);
            histogram.record(7.0, &attributes);
            exponential.record(7.0, &attributes);
        }
        let producer = registry.producer().build();
        let first = producer.collect();
        assert_eq!(first.points(), 4 * series as u64);
        let again = measure(|| drop(producer.collect())).count_total;
        counter.add(5, [("number", 0)]);
        assert_eq!(measure(|| drop(producer.collect())).count_total, again);
        again
    };
    let few = allocations(10);
    assert_eq!(few, allocations(1_000));
    assert_eq!(few, allocations(10_000));
    assert!(few < 40, "{few}");
}
