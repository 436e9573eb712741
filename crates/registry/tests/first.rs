//! Instruments, recorded and collected.

use meterport_core::{
    AttributeSet, Metric, MetricBatch, MetricData, Number, Temporality, TemporalitySelector,
};
use meterport_registry::{AttributeValue, Registry};

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
