//! Series that nothing is measured for.

use std::time::Duration;

use meterport_core::TemporalitySelector;

use crate::support::{HandClock, one, read, registry};

#[test]
fn idle_series_go_and_begin_anew() {
    let clock = HandClock::new();
    let registry = registry(&clock, |builder| builder.idle_after(Duration::from_secs(10)));
    let meter = registry.meter("m");
    let counter = meter.counter::<u64>("c").build().unwrap();
    let gauge = meter.gauge::<f64>("g").build().unwrap();
    let level = meter.up_down_counter::<i64>("u").build().unwrap();
    let spread = meter.histogram::<f64>("h").build().unwrap();
    let held = counter.bind([("held", true)]);
    held.add(1);
    let producer = registry.producer().build();
    let record = |sign: i64| {
        counter.add(5, ());
        gauge.set(0.5, ());
        // Measured, though the sum stays the same from one look to the next.
        level.add(sign, ());
        level.add(-sign, ());
        spread.record(1.0, ());
    };
    level.add(7, ());
    record(1);
    for _ in 0..4 {
        clock.advance(6);
        record(-1);
        assert_eq!(read(&producer.collect()).len(), 4);
    }
    clock.advance(9);
    assert_eq!(read(&producer.collect()).len(), 4);
    clock.advance(2);
    let after = read(&producer.collect());
    assert_eq!(after.keys().collect::<Vec<_>>(), ["c"]);
    assert_eq!(after["c"].len(), 1, "{after:?}");
    assert_eq!(one(&after, "c", "{\"held\": Bool(true)}"), "1..36 I64(1)");
    assert_eq!(registry.stats().series, 1);

    clock.advance(1);
    record(1);
    clock.advance(1);
    let back = read(&producer.collect());
    assert_eq!(one(&back, "c", "{}"), "37..38 I64(5)");
    assert_eq!(one(&back, "u", "{}"), "37..38 I64(0)");

    drop(held);
    clock.advance(11);
    assert!(producer.collect().is_empty());
}

#[test]
fn a_handle_that_is_dropped_unused_leaves_no_series() {
    let clock = HandClock::new();
    let registry = registry(&clock, |builder| builder);
    let producer = registry.producer().build();
    let counter = registry.meter("m").counter::<u64>("c").build().unwrap();
    let handle = counter.bind(());
    assert!(producer.collect().is_empty());
    assert_eq!(registry.stats().series, 1);
    drop(handle);
    assert!(producer.collect().is_empty());
    assert_eq!(registry.stats().series, 0);
}

/// Far more series than there is room for, a few at a time: rows and chunks are used again.
#[test]
fn places_are_used_again() {
    let clock = HandClock::new();
    let registry = registry(&clock, |builder| builder.cardinality_limit(300));
    let producer = registry.producer().temporality(&TemporalitySelector::Delta).build();
    let counter = registry.meter("m").counter::<u64>("c").build().unwrap();
    for turn in 0..200_i64 {
        let series = (turn * 37) % 300 + 1;
        for number in 0..series {
            counter.add(1, [("number", turn * 100 + number)]);
        }
        clock.advance(1);
        let snapshot = read(&producer.collect());
        assert_eq!(snapshot["c"].len() as i64, series, "turn {turn}");
        for number in 0..series {
            let name = format!("{{\"number\": Int({})}}", turn * 100 + number);
            assert!(one(&snapshot, "c", &name).ends_with("I64(1)"));
        }
    }
    assert_eq!(registry.stats().overflowed, 0);
    assert!(registry.stats().series <= 300);
}
