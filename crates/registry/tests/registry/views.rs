//! Views, limits and names.

use std::sync::Arc;

use meterport_core::{Aggregation, InstrumentKind, MetricData, Scope};
use meterport_registry::{InstrumentError, Registry, View, ViewError};

use crate::support::{HandClock, one, read, registry};

#[test]
fn a_view_changes_what_becomes_of_its_instruments_alone() {
    let clock = HandClock::new();
    let registry = registry(&clock, |builder| {
        builder
            .view(
                View::named("HTTP.requests")
                    .with_name("requests")
                    .with_description("All of them.")
                    .with_unit("{r}")
                    .without_attributes(["url"]),
            )
            .view(View::named("http.*").of_kind(InstrumentKind::Histogram).with_bounds([1.0, 2.0]))
            .view(View::named("*.secret").with_aggregation(Aggregation::Drop))
            .view(View::named("db.?").of_scope("db").of_unit("s").with_cardinality_limit(1))
            .view(View::named("db.x").with_name("db.total").with_attributes::<&str>([]))
    });
    let producer = registry.producer().build();
    let http = registry.meter("http");
    let requests = http.counter::<u64>("http.requests").unit("{request}").build().unwrap();
    requests.add(1, [("url", "/a"), ("method", "GET")]);
    requests.add(1, [("url", "/b"), ("method", "GET")]);
    http.histogram::<u64>("http.duration").build().unwrap().record(2, ());
    http.counter::<u64>("my.secret").build().unwrap().add(1, ());
    let db = registry.meter("db").counter::<u64>("db.x").unit("s").build().unwrap();
    db.add(1, [("k", "a")]);
    db.add(2, [("k", "b")]);
    let batch = producer.collect();
    let all = read(&batch);
    assert_eq!(all.keys().collect::<Vec<_>>(), ["db.total", "db.x", "http.duration", "requests"]);
    assert_eq!(one(&all, "requests", "{\"method\": String(\"GET\")}"), "1..1 I64(2)");
    assert!(one(&all, "http.duration", "{}").ends_with("[0, 1, 0]"));
    assert_eq!(one(&all, "db.x", "{\"k\": String(\"a\")}"), "1..1 I64(1)");
    assert_eq!(one(&all, "db.x", "{\"otel.metric.overflow\": Bool(true)}"), "1..1 I64(2)");
    assert_eq!(one(&all, "db.total", "{}"), "1..1 I64(3)");
    let requests = batch.metrics().next().unwrap();
    assert_eq!(&*requests.descriptor.description, "All of them.");
    assert_eq!(&*requests.descriptor.unit, "{r}");
    assert_eq!(registry.stats().overflowed, 1);
}

#[test]
fn views_that_cannot_be_are_errors() {
    let error = |view| Registry::builder().view(view).build().unwrap_err();
    assert!(matches!(error(View::named("a*").with_name("b")), ViewError::NamesMany { .. }));
    assert!(matches!(error(View::named("a").with_bounds([2.0, 1.0])), ViewError::Bounds { .. }));
    let exponential = |max_size, max_scale| {
        let record_min_max = true;
        View::named("a").with_aggregation(Aggregation::Base2ExponentialHistogram {
            max_size,
            max_scale,
            record_min_max,
        })
    };
    assert!(matches!(error(exponential(1, 20)), ViewError::Exponential { .. }));
    assert!(matches!(error(exponential(160, 21)), ViewError::Exponential { .. }));
}

#[test]
fn an_aggregation_that_does_not_fit_is_the_default_and_counted() {
    let registry = Registry::builder()
        .view(View::named("*").with_aggregation(Aggregation::Sum))
        .build()
        .unwrap();
    let gauge = registry.meter("m").gauge::<f64>("g").build().unwrap();
    gauge.set(1.5, ());
    let batch = registry.producer().build().collect();
    assert!(matches!(batch.metrics().next().unwrap().data, MetricData::Gauge(_)));
    assert!(registry.stats().unfit_aggregations > 0);
}

#[test]
fn the_same_name_is_the_same_instrument_or_a_conflict() {
    let registry = Registry::new();
    let producer = registry.producer().build();
    let meter = registry.meter("m");
    let first = meter.counter::<u64>("Requests").description("short").build().unwrap();
    let again = registry
        .meter_of(Scope::new("m"), "")
        .counter::<u64>("requests")
        .description("longer text")
        .build()
        .unwrap();
    first.add(1, ());
    again.add(2, ());
    assert_eq!(producer.collect().points(), 1);
    let conflict = meter.counter::<f64>("requests").build().unwrap_err();
    let InstrumentError::Conflict { name, number, .. } = &conflict else { panic!("{conflict}") };
    assert_eq!((&**name, number.to_string()), ("Requests", "u64".to_owned()));
    assert_eq!(conflict.to_string(), "\"Requests\" is already a Counter of u64 with unit \"\"");
    let beside = meter.counter::<f64>("requests").allow_conflict().build().unwrap();
    beside.add(0.5, ());
    let batch = producer.collect();
    assert_eq!(batch.points(), 2);
    assert_eq!(&*batch.metrics().next().unwrap().descriptor.description, "longer text");
    assert_eq!(registry.stats().conflicts, 1);
    // Another scope is another namespace.
    registry.meter("n").counter::<f64>("requests").build().unwrap();
}

#[test]
fn names_and_units_are_checked() {
    let meter = Registry::new().meter("m");
    let long = "a".repeat(256);
    for name in ["", "1a", "a b", "é", "_a", &long] {
        let error = meter.counter::<u64>(name).build().unwrap_err();
        assert!(matches!(error, InstrumentError::Name { .. }), "{name}");
        assert_eq!(meter.counter::<u64>(name).allow_any_name().build().is_ok(), !name.is_empty());
    }
    for name in ["a", "A_b.c-d/e9", &long[1..]] {
        meter.counter::<u64>(name).build().unwrap();
    }
    let unit = meter.counter::<u64>("u").unit("u".repeat(64)).build().unwrap_err();
    assert!(matches!(unit, InstrumentError::Unit { .. }));
    let bounds = meter.histogram::<f64>("h").bounds([1.0, f64::NAN]).build().unwrap_err();
    assert!(matches!(bounds, InstrumentError::Bounds { .. }));
}

#[test]
fn descriptions_may_come_later() {
    let registry = Registry::new();
    let meter = registry.meter("m");
    assert!(!meter.describe("c", Some("d"), Some("u")));
    meter.counter::<u64>("c").build().unwrap().add(1, ());
    let producer = registry.producer().build();
    let before = producer.collect();
    assert!(meter.describe("C", Some("d"), Some("u")));
    let after = producer.collect();
    let words = |batch: &meterport_core::MetricBatch| {
        let descriptor = Arc::clone(&batch.metrics().next().unwrap().descriptor);
        (descriptor.description.to_string(), descriptor.unit.to_string())
    };
    assert_eq!(words(&before), (String::new(), String::new()));
    assert_eq!(words(&after), ("d".to_owned(), "u".to_owned()));
}
