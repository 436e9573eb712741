//! Instruments, recorded and collected.

use meterport_core::{
    Aggregation, AttributeSet, Metric, MetricBatch, MetricData, Number, Temporality,
    TemporalitySelector,
};
use meterport_registry::{AttributeValue, Registry, View};

use crate::support::points;

fn metric<'a>(batch: &'a MetricBatch, name: &str) -> &'a Metric {
    batch.metrics().find(|metric| &*metric.descriptor.name == name).unwrap()
}

fn numbers(metric: &Metric) -> Vec<(AttributeSet, Number)> {
    let points = match &metric.data {
        MetricData::Sum(sum) => &sum.points,
        MetricData::Gauge(gauge) => &gauge.points,
        other => panic!("{other:?}"),
    };
    points.iter().map(|point| (point.attributes.clone(), point.value)).collect()
}

#[test]
fn every_kind_is_recorded() {
    let registry = Registry::new();
    let meter = registry.meter("test");
    let producer = registry.producer().build();
    let counter = meter.counter::<u64>("c").unit("{x}").build().unwrap();
    let bound = counter.bind([("k", "a")]);
    bound.add(2);
    counter.add(3, [("k", "a")]);
    counter.add(5, [("k", AttributeValue::from("b")), ("n", 1.into())]);
    counter.add(7, [("n", AttributeValue::from(1)), ("k", "b".into())]);
    meter.up_down_counter::<i64>("u").build().unwrap().add(-4, ());
    meter.gauge::<f64>("g").build().unwrap().set(0.5, ());
    meter.histogram::<f64>("h").build().unwrap().record(7.0, [("k", "a")]);
    meter.observable_counter::<u64>("o").build().unwrap().observe(|observer| {
        observer.observe(9, [("k", "z")]);
    });
    let batch = producer.collect();
    assert_eq!(
        numbers(metric(&batch, "c")),
        [
            (AttributeSet::from([("k", "a")]), Number::I64(5)),
            (
                AttributeSet::from([("k", meterport_core::Value::from("b")), ("n", 1.into())]),
                Number::I64(12)
            ),
        ]
    );
    assert_eq!(numbers(metric(&batch, "u"))[0].1, Number::I64(-4));
    assert_eq!(numbers(metric(&batch, "g"))[0].1, Number::F64(0.5));
    assert_eq!(numbers(metric(&batch, "o"))[0].1, Number::I64(9));
    let MetricData::Histogram(histogram) = &metric(&batch, "h").data else { panic!() };
    let point = histogram.points.iter().next().unwrap();
    assert_eq!((point.value.stats.count, point.value.stats.sum), (1, Some(7.0)));
    assert_eq!(point.value.buckets.unwrap().1[2], 1);
}

#[test]
fn deltas_begin_anew() {
    let registry = Registry::new();
    let meter = registry.meter("test");
    let counter = meter.counter::<u64>("c").build().unwrap();
    counter.add(1, [("k", "a")]);
    let producer = registry.producer().temporality(&TemporalitySelector::Delta).build();
    counter.add(1, [("k", "a")]);
    let first = producer.collect();
    assert_eq!(metric(&first, "c").data.temporality(), Some(Temporality::Delta));
    assert_eq!(numbers(metric(&first, "c")), [(AttributeSet::from([("k", "a")]), 2_u64.into())]);
    assert!(producer.collect().is_empty());
    counter.add(0, [("k", "a")]);
    assert_eq!(numbers(metric(&producer.collect(), "c"))[0].1, 0_u64.into());
}

#[test]
fn what_would_poison_a_sum_is_refused_and_counted() {
    let registry = Registry::new();
    let meter = registry.meter("test");
    let producer = registry.producer().build();
    let float = meter.counter::<f64>("float").build().unwrap();
    let level = meter.up_down_counter::<f64>("level").build().unwrap();
    let spread = meter.histogram::<f64>("spread").build().unwrap();
    let gauge = meter.gauge::<f64>("gauge").build().unwrap();
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        float.add(bad, ());
        level.add(bad, ());
        spread.record(bad, ());
    }
    float.add(-1.0, ());
    assert_eq!(registry.stats().refused, 10);
    assert!(producer.collect().is_empty());
    gauge.set(f64::INFINITY, ());
    float.add(f64::MAX, ());
    float.add(f64::MAX, ());
    level.add(f64::MIN, ());
    level.add(f64::MIN, ());
    spread.record(f64::MAX, ());
    spread.record(f64::MAX, ());
    let batch = producer.collect();
    assert_eq!(numbers(metric(&batch, "gauge"))[0].1, Number::F64(f64::INFINITY));
    assert_eq!(numbers(metric(&batch, "float"))[0].1, Number::F64(f64::MAX));
    assert_eq!(numbers(metric(&batch, "level"))[0].1, Number::F64(f64::MIN));
    assert_eq!(registry.stats().saturated, 3);
}

#[test]
fn integers_that_wrap_are_counted() {
    let registry = Registry::new();
    let meter = registry.meter("test");
    let counter = meter.counter::<u64>("c").build().unwrap();
    let level = meter.up_down_counter::<i64>("u").build().unwrap();
    let producer = registry.producer().build();
    counter.add(u64::MAX, ());
    assert_eq!(numbers(metric(&producer.collect(), "c"))[0].1, Number::U64(u64::MAX));
    counter.add(3, ());
    level.add(i64::MAX, ());
    level.add(1, ());
    let batch = producer.collect();
    assert_eq!(numbers(metric(&batch, "c"))[0].1, Number::I64(2));
    assert_eq!(numbers(metric(&batch, "u"))[0].1, Number::I64(i64::MIN));
    assert_eq!(registry.stats().wrapped, 2);
}

/// Many at once are what so many calls would be, whatever the histogram becomes.
#[test]
fn many_equal_values_are_recorded_at_once() {
    let view = |name, aggregation| View::named(name).with_aggregation(aggregation);
    let registry = Registry::builder()
        .view(view("exponential", Aggregation::BASE2))
        .view(view("sum", Aggregation::Sum))
        .view(View::named("searched").with_bounds([-1.0, 2.0]))
        .build()
        .unwrap();
    let producer = registry.producer().build();
    let meter = registry.meter("m");
    for name in ["explicit", "searched", "exponential", "sum"] {
        let at_once = meter.histogram::<f64>(name).build().unwrap();
        let bound = at_once.bind([("at", "once")]);
        let one_by_one = at_once.bind([("at", "times")]);
        for (value, times) in [(0.5, 3), (70.0, 0), (0.0, 2), (70.0, 5), (f64::NAN, 4)] {
            at_once.record_many(value, times - times / 2, [("at", "once")]);
            bound.record_many(value, times / 2);
            (0..times).for_each(|_| one_by_one.record(value));
        }
    }
    assert_eq!(registry.stats().refused, 4 * 2 * 4);
    let batch = producer.collect();
    assert_eq!(batch.points(), 8);
    for metric in batch.metrics() {
        let points = points(metric);
        assert_eq!(points["{\"at\": String(\"once\")}"], points["{\"at\": String(\"times\")}"]);
    }
}

#[test]
fn many_that_exceed_the_range_are_counted() {
    let view = View::named("*").with_aggregation(Aggregation::Sum);
    let registry = Registry::builder().view(view).build().unwrap();
    let producer = registry.producer().build();
    let meter = registry.meter("m");
    meter.histogram::<u64>("u").build().unwrap().record_many(1 << 63, 3, ());
    meter.histogram::<i64>("i").build().unwrap().record_many(i64::MIN, 3, ());
    meter.histogram::<f64>("f").build().unwrap().record_many(f64::MAX, 3, ());
    let batch = producer.collect();
    let value = |name| numbers(metric(&batch, name))[0].1;
    assert_eq!(value("u"), Number::U64(1 << 63));
    assert_eq!(value("i"), Number::I64(i64::MIN));
    assert_eq!(value("f"), Number::F64(f64::MAX));
    assert_eq!((registry.stats().wrapped, registry.stats().saturated), (2, 1));
}

#[test]
fn attributes_of_every_form_find_their_series() {
    let registry = Registry::new();
    let meter = registry.meter("test");
    let counter = meter.counter::<u64>("c").build().unwrap();
    let list = meterport_core::Value::Array(vec![1.into(), "x".into()]);
    let many: Vec<_> = (0..20_i64).map(|n| (format!("k{n}"), n)).collect();
    for turn in 0..3 {
        counter.add(1, ());
        counter.add(1, AttributeSet::empty());
        counter.add(1, [("l", &list)].map(|(key, value)| (key, AttributeValue::from(value))));
        counter.add(1, AttributeSet::from([("l", list.clone())]));
        counter.add(1, [("k", "first"), ("k", "last")]);
        counter.add(1, vec![("k".to_owned(), "last".to_owned())]);
        counter.add(1, &many);
        counter.add(1, many.iter().cloned().rev().collect::<Vec<_>>());
        counter.bind([("f", f64::NAN)]).add(1);
        counter.add(1, [("f", f64::NAN)]);
        // More key lists than are learnt.
        for key in 0..40 {
            counter.add(1, [(format!("key{key}"), turn), (format!("other{key}"), turn)]);
            counter.add(1, [(format!("other{key}"), turn), (format!("key{key}"), turn)]);
        }
    }
    let producer = registry.producer().build();
    let batch = producer.collect();
    let points = numbers(metric(&batch, "c"));
    assert_eq!(points.len(), 5 + 3 * 40);
    let fives = points.iter().filter(|point| point.1 == Number::I64(6)).count();
    let twos = points.iter().filter(|point| point.1 == Number::I64(2)).count();
    assert_eq!((fives, twos), (5, 3 * 40));
}

/// However many attributes a view takes away, and however long the values are.
#[test]
fn attributes_that_are_looked_up_in_different_ways_find_one_series() {
    let view = View::named("*").with_attributes(["a"]);
    let registry = Registry::builder().view(view).build().unwrap();
    let counter = registry.meter("m").counter::<u64>("c").build().unwrap();
    let long = "v".repeat(1_000);
    for value in ["v", &long] {
        let many = (0..20).map(|n| (format!("k{n}"), "x")).chain([("a".to_owned(), value)]);
        counter.add(1, many.collect::<Vec<_>>());
        counter.add(1, [("a", value)]);
        counter.add(1, [("b", "x"), ("a", value)]);
        counter.add(1, AttributeSet::from([("a", value)]));
        counter.bind([("a", value)]).add(1);
    }
    let batch = registry.producer().build().collect();
    let counts: Vec<_> = numbers(metric(&batch, "c")).into_iter().map(|point| point.1).collect();
    assert_eq!(counts, [Number::I64(5); 2]);
}

#[test]
fn callbacks_can_panic_and_be_removed() {
    let registry = Registry::new();
    let producer = registry.producer().build();
    let meter = registry.meter("test");
    let gauge = meter.observable_gauge::<f64>("g").build().unwrap();
    let counter = meter.observable_counter::<i64>("c").build().unwrap();
    let handle = gauge.observe(|observer| {
        observer.observe(1.0, ());
        observer.observe(2.0, ());
    });
    gauge.observe(|_| panic!("on purpose"));
    counter.observe(|observer| observer.observe(-1, ()));
    let batch = producer.collect();
    assert_eq!(numbers(metric(&batch, "g"))[0].1, Number::F64(2.0));
    assert_eq!((registry.stats().panicked, registry.stats().refused), (1, 1));
    handle.remove();
    assert!(producer.collect().is_empty());
}
