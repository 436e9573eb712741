//! Several readers, and readers that come late or go.

use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use meterport_core::{
    Aggregation, AggregationSelector, Deadline, InstrumentKind, MetricData, MetricProducer,
    Temporality, TemporalitySelector,
};
use meterport_registry::Registry;

use crate::support::{HandClock, one, read, registry};

const DELTA: TemporalitySelector = TemporalitySelector::Delta;

#[test]
fn what_came_before_the_first_reader_is_in_its_first_snapshot() {
    for temporality in [TemporalitySelector::Cumulative, DELTA] {
        let clock = HandClock::new();
        let registry = registry(&clock, |builder| builder);
        let counter = registry.meter("m").counter::<u64>("c").build().unwrap();
        let bound = counter.bind(());
        bound.add(1);
        clock.advance(1);
        let producer = registry.producer().temporality(&temporality).build();
        bound.add(2);
        clock.advance(1);
        assert_eq!(one(&read(&producer.collect()), "c", "{}"), "1..3 I64(3)");
    }
}

#[test]
fn a_bound_handle_feeds_readers_that_come_later() {
    let registry = Registry::new();
    let histogram = registry.meter("m").histogram::<f64>("h").build().unwrap();
    let explicit = registry.producer().build();
    let bound = histogram.bind(());
    bound.record(1.0);
    let exponential = registry
        .producer()
        .aggregation(&AggregationSelector::histograms(Aggregation::BASE2))
        .build();
    let delta = registry.producer().temporality(&DELTA).build();
    bound.record(2.0);
    histogram.record(3.0, ());
    let count = |data: &MetricData| match data {
        MetricData::Histogram(data) => data.points.iter().next().unwrap().value.stats.count,
        MetricData::ExponentialHistogram(data) => {
            data.points.iter().next().unwrap().value.stats.count
        }
        other => panic!("{other:?}"),
    };
    let counts = [&explicit, &exponential, &delta]
        .map(|producer| count(&producer.collect().metrics().next().unwrap().data));
    assert_eq!(counts, [3, 2, 2]);
}

#[test]
fn cumulative_readers_share_and_delta_readers_do_not_disturb_one_another() {
    let clock = HandClock::new();
    let registry = registry(&clock, |builder| builder);
    let counter = registry.meter("m").counter::<u64>("c").build().unwrap();
    let cumulative = [(); 2].map(|()| registry.producer().build());
    let delta = [(); 2].map(|()| registry.producer().temporality(&DELTA).build());
    counter.add(1, ());
    clock.advance(1);
    assert_eq!(one(&read(&delta[0].collect()), "c", "{}"), "1..2 I64(1)");
    counter.add(2, ());
    clock.advance(1);
    for producer in &cumulative {
        assert_eq!(one(&read(&producer.collect()), "c", "{}"), "1..3 I64(3)");
    }
    assert_eq!(one(&read(&delta[0].collect()), "c", "{}"), "2..3 I64(2)");
    assert_eq!(one(&read(&delta[1].collect()), "c", "{}"), "1..3 I64(3)");
    // One for those that share, one for each of the others.
    assert_eq!(registry.stats().series, 3);
}

#[test]
fn a_store_of_a_reader_that_is_gone_serves_the_next() {
    let registry = Registry::new();
    let counter = registry.meter("m").counter::<u64>("c").build().unwrap();
    let bound = counter.bind(());
    let _keeps_the_first = registry.producer().build();
    for turn in 0..10 {
        let producer = registry.producer().temporality(&DELTA).build();
        bound.add(turn);
        counter.add(1, [("k", "v")]);
        let snapshot = read(&producer.collect());
        assert!(one(&snapshot, "c", "{}").ends_with(&format!("I64({turn})")), "{snapshot:?}");
        assert!(one(&snapshot, "c", "{\"k\": String(\"v\")}").ends_with("I64(1)"));
        drop(producer);
        // Goes nowhere.
        bound.add(1_000);
    }
    // Two in the shared store, the bound one in the other.
    assert_eq!(registry.stats().series, 3);
}

#[test]
fn an_exporters_wishes_are_followed_for_every_kind() {
    let choose = |kind| match kind {
        InstrumentKind::Counter => Temporality::Delta,
        _ => Temporality::Cumulative,
    };
    let registry = Registry::new();
    let producer =
        registry.producer().temporality(&TemporalitySelector::Custom(Arc::new(choose))).build();
    let meter = registry.meter("m");
    meter.counter::<u64>("c").build().unwrap().add(1, ());
    meter.up_down_counter::<i64>("u").build().unwrap().add(1, ());
    let temporalities: Vec<_> =
        producer.collect().metrics().map(|metric| metric.data.temporality()).collect();
    assert_eq!(temporalities, [Some(Temporality::Delta), Some(Temporality::Cumulative)]);
}

#[test]
fn what_is_not_collected_by_the_deadline_comes_with_the_next_snapshot() {
    let clock = HandClock::new();
    let registry = registry(&clock, |builder| builder);
    let producer = registry.producer().temporality(&DELTA).build();
    let counter = registry.meter("m").counter::<u64>("c").build().unwrap();
    counter.add(1, ());
    let passed = Deadline::at(meterport_core::Clock::now(&*clock));
    clock.advance(1);
    let produce = |deadline| now(producer.produce(deadline)).unwrap();
    assert!(produce(passed).is_empty());
    counter.add(2, ());
    assert_eq!(one(&read(&produce(Deadline::NONE)), "c", "{}"), "1..2 I64(3)");
}

/// The result of a future that never waits.
/// A callback that waits until it is let go, and what others get meanwhile.
#[test]
fn a_callback_that_hangs_holds_nobody_beyond_his_deadline() {
    let registry = Registry::new();
    let gauge = registry.meter("m").observable_gauge::<i64>("g").build().unwrap();
    let producer = Arc::new(registry.producer().build());
    let (entered, enters) = mpsc::channel();
    let (let_go, waits) = mpsc::channel::<()>();
    let waits = Mutex::new(waits);
    let own = Arc::downgrade(&producer);
    gauge.observe(move |observer| {
        let inner = own.upgrade().map(|own| own.collect().points());
        assert_eq!(inner, Some(0), "waiting for itself would never end");
        entered.send(()).unwrap();
        let _ = waits.lock().unwrap().recv();
        observer.observe(1, ());
    });
    thread::scope(|scope| {
        let collected = scope.spawn(|| producer.collect().points());
        enters.recv().unwrap();
        let past = Deadline::at(Instant::now());
        let error = now(producer.produce(past)).unwrap_err();
        assert_eq!(error.to_string(), "an earlier snapshot is still being taken");
        let soon = Deadline::after(Instant::now(), Duration::from_millis(1));
        assert!(now(producer.produce(soon)).is_err());
        drop(let_go);
        assert_eq!(collected.join().unwrap(), 1);
    });
    assert_eq!(now(producer.produce(Deadline::NONE)).unwrap().points(), 1);
    assert_eq!(registry.stats().panicked, 0);
}

fn now<F: Future>(future: F) -> F::Output {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("it waits"),
    }
}
