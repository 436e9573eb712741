use meterport_core::{MetricBatch, MetricData};
use meterport_opentelemetry::RegistryMeterProvider;
use meterport_registry::Registry;
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry::{Context, KeyValue};

fn with_meter(measure: impl FnOnce(&Meter)) -> (Registry, MetricBatch) {
    let registry = Registry::new();
    let producer = registry.producer().build();
    measure(&RegistryMeterProvider::new(registry.clone()).meter("m"));
    (registry, producer.collect())
}

fn names(batch: &MetricBatch) -> Vec<&str> {
    batch.metrics().map(|metric| &*metric.descriptor.name).collect()
}

#[test]
fn what_the_specification_does_not_allow_does_nothing() {
    let long_unit = "u".repeat(64);
    let (_, batch) = with_meter(|meter| {
        for name in ["", "1st", "mit Leerzeichen", "größe"] {
            meter.u64_counter(name).build().add(1, &[]);
            let observable = meter.f64_observable_gauge(name);
            let _ = observable.with_callback(|o| o.observe(1.0, &[])).build();
        }
        meter.f64_gauge("unit").with_unit(long_unit).build().record(1.0, &[]);
        for bounds in [vec![1.0, 1.0], vec![2.0, 1.0], vec![f64::NAN]] {
            let histogram = meter.f64_histogram("bounds").with_boundaries(bounds);
            histogram.build().record(1.0, &[]);
        }
    });
    assert!(batch.is_empty(), "{batch:?}");
}

#[test]
fn instruments_of_one_name_each_make_a_metric() {
    let (registry, batch) = with_meter(|meter| {
        meter.u64_counter("c").build().add(1, &[]);
        meter.u64_counter("c").build().add(1, &[]);
        meter.f64_gauge("c").build().record(1.0, &[]);
    });
    assert_eq!(names(&batch), ["c", "c"]);
    assert_eq!(registry.stats().conflicts, 1);
}

#[test]
fn nothing_is_recorded_where_telemetry_is_suppressed() {
    let (_, batch) = with_meter(|meter| {
        let suppressed = Context::enter_telemetry_suppressed_scope();
        meter.u64_counter("counter").build().add(1, &[]);
        meter.i64_up_down_counter("updown").build().add(1, &[]);
        meter.f64_gauge("gauge").build().record(1.0, &[]);
        meter.f64_histogram("histogram").build().record(1.0, &[]);
        drop(suppressed);
        meter.u64_counter("after").build().add(1, &[]);
        let observable = meter.u64_observable_gauge("observed");
        let _ = observable.with_callback(|o| o.observe(1, &[])).build();
    });
    assert_eq!(names(&batch), ["after", "observed"]);
}

#[test]
fn what_would_poison_a_sum_is_refused_and_counted() {
    let (registry, batch) = with_meter(|meter| {
        let counter = meter.f64_counter("c").build();
        let histogram = meter.f64_histogram("h").build();
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            counter.add(bad, &[]);
            histogram.record(bad, &[]);
        }
        counter.add(-1.0, &[]);
        counter.add(2.0, &[]);
        histogram.record(2.0, &[]);
    });
    assert_eq!(registry.stats().refused, 7);
    for metric in batch.metrics() {
        match &metric.data {
            MetricData::Sum(sum) => assert_eq!(sum.points.value(0), 2.0.into()),
            MetricData::Histogram(h) => assert_eq!(h.points.value(0).stats.sum, Some(2.0)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_callback_that_panics_takes_nothing_else_with_it() {
    let (registry, batch) = with_meter(|meter| {
        let bad = meter.u64_observable_counter("bad");
        let _ = bad.with_callback(|_| panic!("a fault of the program's")).build();
        let good = meter.u64_observable_counter("good");
        let _ = good.with_callback(|o| o.observe(5, &[KeyValue::new("k", "v")])).build();
    });
    assert_eq!(names(&batch), ["good"]);
    assert_eq!(registry.stats().panicked, 1);
}
