use std::time::Duration;

use meterport_core::{Temporality, TemporalitySelector};
use meterport_metrics::{BuildError, Matcher, RegistryRecorder};
use meterport_registry::Registry;
use metrics::{counter, gauge, histogram};

use super::support::{check, lines, run};

#[test]
fn counters_count() {
    check(
        |b| b,
        || {
            counter!("c").increment(1);
            counter!("c").increment(2);
            counter!("c", "k" => "v").increment(5);
            // In another order it is the same series.
            counter!("c", "a" => "1", "b" => "2").increment(10);
            counter!("c", "b" => "2", "a" => "1").increment(10);
        },
        &[
            r#"c [] "" {"a": "1", "b": "2"} 20 counted"#,
            r#"c [] "" {"k": "v"} 5 counted"#,
            r#"c [] "" {} 3 counted"#,
        ],
    );
}

#[test]
fn an_absolute_value_never_makes_a_counter_fall() {
    check(
        |b| b,
        || {
            counter!("fell").absolute(10);
            counter!("fell").absolute(4);
            counter!("grew").absolute(10);
            counter!("grew").absolute(14);
            counter!("mixed").increment(5);
            counter!("mixed").absolute(3);
            counter!("mixed").absolute(7);
            counter!("mixed").increment(1);
        },
        &[
            r#"fell [] "" {} 10 counted"#,
            r#"grew [] "" {} 14 counted"#,
            r#"mixed [] "" {} 8 counted"#,
        ],
    );
}

#[test]
fn absolute_values_are_true_in_deltas() {
    let registry = Registry::new();
    let delta = TemporalitySelector::Delta;
    let producer = registry.producer().temporality(&delta).build();
    let recorder = run(&registry, |b| b, || counter!("c").absolute(10));
    assert_eq!(lines(&producer.collect()), [r#"c [] "" {} 10 counted"#]);
    metrics::with_local_recorder(&recorder, || counter!("c").absolute(16));
    let batch = producer.collect();
    assert_eq!(lines(&batch), [r#"c [] "" {} 6 counted"#]);
    let metric = batch.metrics().next().unwrap();
    assert_eq!(metric.data.temporality(), Some(Temporality::Delta));
}

#[test]
fn gauges_are_set_and_moved() {
    check(
        |b| b,
        || {
            gauge!("set").set(2.5);
            gauge!("set").set(1);
            gauge!("moved").increment(5);
            gauge!("moved").decrement(1.5);
            gauge!("both").set(10);
            gauge!("both").decrement(4);
        },
        &[r#"both [] "" {} 6"#, r#"moved [] "" {} 3.5"#, r#"set [] "" {} 1"#],
    );
}

#[test]
fn histograms_have_the_bounds_that_fit_best() {
    check(
        |b| {
            b.default_buckets([1.0])
                .buckets(Matcher::Suffix("duration".into()), [2.0])
                .buckets(Matcher::Suffix("long.duration".into()), [3.0])
                .buckets(Matcher::Prefix("http.".into()), [4.0])
                .buckets(Matcher::Full("http.duration".into()), [5.0])
        },
        || {
            histogram!("other").record(1.5);
            histogram!("db.duration").record(1.5);
            histogram!("long.duration").record(1.5);
            histogram!("http.long.duration").record(1.5);
            histogram!("http.duration").record(Duration::from_millis(1500));
            histogram!("http.duration").record_many(6.0, 2);
        },
        &[
            r#"db.duration [] "" {} 1.5 in [1, 0] of [2.0]"#,
            r#"http.duration [] "" {} 13.5 in [1, 2] of [5.0]"#,
            r#"http.long.duration [] "" {} 1.5 in [1, 0] of [4.0]"#,
            r#"long.duration [] "" {} 1.5 in [1, 0] of [3.0]"#,
            r#"other [] "" {} 1.5 in [0, 1] of [1.0]"#,
        ],
    );
}

#[test]
fn bounds_that_do_not_ascend_are_refused() {
    for bounds in [vec![1.0, 1.0], vec![2.0, 1.0], vec![f64::NAN]] {
        let builder = RegistryRecorder::builder(Registry::new());
        let error = builder.buckets(Matcher::Full("h".into()), bounds.clone()).build();
        let BuildError::Bounds { matcher, .. } = error.unwrap_err() else { unreachable!() };
        assert_eq!(matcher, Some(Matcher::Full("h".into())));
        let error = RegistryRecorder::builder(Registry::new()).default_buckets(bounds).build();
        assert!(error.unwrap_err().to_string().starts_with("default buckets: "));
    }
}

#[test]
fn global_labels_give_way_to_those_of_the_key() {
    check(
        |b| b.global_label("region", "eu").global_label("zone", "a"),
        || {
            counter!("c").increment(1);
            counter!("c", "zone" => "b").increment(2);
        },
        &[
            r#"c [] "" {"region": "eu", "zone": "a"} 1 counted"#,
            r#"c [] "" {"region": "eu", "zone": "b"} 2 counted"#,
        ],
    );
}

#[test]
fn bad_input_neither_panics_nor_spoils_anything() {
    let registry = Registry::new();
    let producer = registry.producer().build();
    let program = || {
        counter!("").increment(1);
        gauge!("").set(1.0);
        histogram!("").record(1.0);
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            histogram!("h").record(bad);
            gauge!("g").increment(bad);
            gauge!("g").decrement(bad);
        }
        gauge!("g").set(3.0);
        counter!("größe in °C", "" => "").increment(u64::MAX);
        counter!("größe in °C", "" => "").increment(2);
    };
    let _recorder = run(&registry, |b| b, program);
    assert_eq!(
        lines(&producer.collect()),
        [r#"g [] "" {} 3"#, r#"größe in °C [] "" {"": ""} 1 counted"#]
    );
    let stats = registry.stats();
    assert_eq!((stats.refused, stats.wrapped), (9, 1));
}
