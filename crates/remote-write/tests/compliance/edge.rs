use meterport_core::{
    AttributeSet, Deadline, DropReason, ErrorKind, Flags, Metric, MetricBatch, MetricExporter,
    Number, NumberPoint, Resource, ResourceMetrics, Scope, ScopeMetrics, Timestamp,
};
use meterport_decorators::ExporterExt;
use meterport_remote_write::{Protocol, Translation};
use meterport_testkit::FakeReceiver;
use meterport_testkit::remote_write::Write;

use super::fixture::*;

const STALE: u64 = 0x7ff0_0000_0000_0002;

#[test]
fn empty_scrape() {
    let receiver = FakeReceiver::start();
    let exporter = exporter(&receiver, |builder| builder);
    assert_eq!(export(&exporter, &MetricBatch::default()).unwrap().points(), 0);
    assert!(receiver.writes().is_empty());
}

#[test]
fn huge_label_values() {
    let value = "x".repeat(100 * 1024);
    let write = sent(&batch([gauge_of("g", [point([("a", &*value)], 1.0)])]));
    assert_eq!(write.named("g").next().unwrap().label("a"), Some(&*value));
}

#[test]
fn unicode_in_labels() {
    let translation =
        Translation::default().with_strategy(meterport_remote_write::Strategy::NoTranslation);
    let metric = || gauge_of("größe.日本", [point([("länge", "ü")], 1.0)]);
    let write = sent_with(|b| b.translation(translation.clone()), &batch([metric()]));
    assert_eq!(write.named("größe.日本").next().unwrap().label("länge"), Some("ü"));
    // 1.0 has legal names alone.
    let v1 = |b: meterport_remote_write::RemoteWriteBuilder| {
        b.translation(translation.clone()).protocol(Protocol::V1)
    };
    assert_eq!(sent_with(v1, &batch([metric()])).series.len(), 2);
}

#[test]
fn many_timeseries() {
    let points = (0..10_000).map(|at| point([("at", at.to_string())], f64::from(at)));
    let write = sent(&batch([gauge_of("g", points)]));
    assert_eq!(write.named("g").count(), 10_000);
    for (at, series) in write.named("g").enumerate() {
        assert_eq!(series.label("at"), Some(&*at.to_string()));
        assert_eq!(series.samples[0].value, at as f64);
    }
}

/// What series share stands in the table of symbols once.
#[test]
fn high_cardinality() {
    let paths = (0..500).map(|at| format!("/api/v1/endpoint_{at}"));
    let points =
        paths.map(|path| point([("method", "GET"), ("path", &*path)], 1.0)).collect::<Vec<_>>();
    let write = sent(&batch([gauge_of("g", points)]));
    assert_eq!(write.named("g").count(), 500);
    let symbols = &write.symbols;
    assert_eq!(symbols.iter().filter(|symbol| *symbol == "GET").count(), 1);
    assert!(symbols.len() < 520, "{}", symbols.len());
}

/// One export after the other, large ones, through the stack that most people want.
#[test]
fn robustness_under_load() {
    let receiver = FakeReceiver::start();
    let exporter = exporter(&receiver, |builder| builder).reliable();
    for round in 0..5 {
        let points = (0..20_000).map(|at| point([("at", at.to_string())], f64::from(round)));
        let outcome = block_on(exporter.export(&batch([gauge_of("g", points)]), Deadline::NONE));
        assert_eq!(outcome.unwrap().delivered, 20_000);
    }
    let arrived = receiver.writes().iter().map(|write| write.named("g").count()).sum::<usize>();
    assert_eq!(arrived, 100_000);
}

#[test]
fn very_long_metric_name() {
    let name = "n".repeat(5_000);
    assert_eq!(sent(&batch([gauge(&name, 1.0)])).named(&name).count(), 1);
}

#[test]
fn special_float_combinations() {
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MIN_POSITIVE];
    let points =
        values.iter().enumerate().map(|(at, value)| point([("at", at.to_string())], *value));
    let write = sent(&batch([gauge_of("g", points)]));
    let found: Vec<_> = write.named("g").map(|one| one.samples[0].value.to_string()).collect();
    assert_eq!(found, values.map(|value| value.to_string()));
}

/// In the model, zero is no time: the point is of the batch's newest one.
#[test]
fn zero_timestamp() {
    let untimed = NumberPoint::new(AttributeSet::empty(), Number::F64(1.0));
    let write = sent(&batch([gauge_of("g", [untimed]), gauge("h", 1.0)]));
    assert_eq!(write.named("g").next().unwrap().samples[0].timestamp, AT_MS);
}

#[test]
fn future_timestamp() {
    let at = Timestamp::from_nanos(u64::MAX);
    let write = sent(&batch([gauge_of("g", [point([("a", "b")], 1.0).with_time(at)])]));
    assert_eq!(write.named("g").next().unwrap().samples[0].timestamp, 18_446_744_073_709);
}

#[test]
fn metric_name_with_colons() {
    for write in [sent(&batch([gauge("a:b:c", 1.0)])), sent_v1(&batch([gauge("a:b:c", 1.0)]))] {
        assert_eq!(write.named("a:b:c").count(), 1);
    }
}

fn ended<V>(point: meterport_core::Point<V>) -> meterport_core::Point<V> {
    point.with_flags(Flags::NO_RECORDED_VALUE)
}

fn values(write: &Write, name: &str) -> Vec<u64> {
    write.named(name).map(|series| series.samples[0].value.to_bits()).collect()
}

/// The exact bits, for each series that the point would have had, and nothing else.
#[test]
fn stale_marker() {
    let metrics = || {
        [
            gauge_of("g", [ended(point([("a", "b")], 1.0)), point([("a", "c")], 2.0)]),
            histogram_of("h", ended(histogram_point(&[5.0, 10.0], &[1, 2, 3]))),
            exponential_of("e", ended(exponential_point(3, (0, &[1]), (0, &[]), 2))),
        ]
    };
    for write in [sent(&batch(metrics())), sent_v1(&batch(metrics()))] {
        assert_eq!(values(&write, "g"), [STALE, 2_f64.to_bits()]);
        assert_eq!(values(&write, "h_bucket"), [STALE; 3]);
        assert_eq!(
            (values(&write, "h_sum"), values(&write, "h_count")),
            (vec![STALE], vec![STALE])
        );
        let labels = write.named("g").next().unwrap();
        assert_eq!((labels.label("a"), labels.label("job")), (Some("b"), Some("demo")));
        if write.version == 1 {
            assert!(values(&write, "e_bucket").iter().all(|bits| *bits == STALE));
            continue;
        }
        let native = &write.named("e").next().unwrap().histograms[0];
        assert_eq!(native.sum.to_bits(), STALE);
        assert!(native.positive_spans.is_empty() && native.schema == 0);
        assert_eq!(native.timestamp, AT_MS);
    }
}

/// The decorator that tells the end of series, around the exporter.
#[test]
fn stale_marker_of_vanished_series() {
    use meterport_core::{Deadline, MetricExporter};
    use meterport_decorators::ExporterExt;
    let receiver = FakeReceiver::start();
    let stack = exporter(&receiver, |builder| builder).stale();
    let first = batch([histogram("h"), gauge("g", 1.0)]);
    block_on(stack.export(&first, Deadline::NONE)).unwrap();
    block_on(stack.export(&batch([gauge("g", 2.0)]), Deadline::NONE)).unwrap();
    let writes = receiver.writes();
    assert_eq!(values(&writes[1], "h_bucket"), [STALE; 3]);
    let labels = |at: usize| -> Vec<_> {
        writes[at].named("h_bucket").map(|series| series.labels.clone()).collect()
    };
    assert_eq!(labels(0), labels(1));
    assert_eq!(values(&writes[1], "g"), [2_f64.to_bits()]);
}

#[test]
fn mixed_sample_and_histogram_families() {
    let write = sent(&batch([exponential("e"), histogram("h"), gauge("g", 1.0)]));
    let is_mixed = |series: &meterport_testkit::remote_write::Series| {
        !series.samples.is_empty() && !series.histograms.is_empty()
    };
    assert!(!write.series.iter().any(is_mixed));
    assert_eq!(write.elements(), [7, 1, 0]);
}

/// What Prometheus has no form for is in the books; if nothing else is there, nothing is sent.
#[test]
fn deltas() {
    let delta = |name: &str| {
        let sum = meterport_core::Sum {
            points: [point([("a", "b")], 1.0)].into_iter().collect(),
            temporality: meterport_core::Temporality::Delta,
            monotonic: true,
        };
        Metric::new(name, sum)
    };
    let receiver = FakeReceiver::start();
    let exporter = exporter(&receiver, |builder| builder);
    let outcome = export(&exporter, &batch([delta("d"), gauge("g", 1.0)])).unwrap();
    assert_eq!((outcome.delivered, outcome.dropped.of(DropReason::Unencodable)), (1, 1));
}

#[test]
fn nothing_to_say() {
    let coarse = exponential_of("e", exponential_point(-9, (0, &[1]), (0, &[]), 0));
    let mut scope = ScopeMetrics::new(Scope::default());
    scope.metrics.push(coarse);
    let batch = ResourceMetrics::new(Resource::default()).with_scope(scope).into();
    let receiver = FakeReceiver::start();
    let error = export(&exporter(&receiver, |builder| builder), &batch).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encode);
    assert!(receiver.writes().is_empty());
}

/// Once a minute, with what does not identify; never twice for a pair.
#[test]
fn target_info() {
    let receiver = FakeReceiver::start();
    let exporter = exporter(&receiver, |builder| builder);
    for second in [0, 10, 59, 60, 61, 130] {
        let time = Timestamp::from_secs(1_767_225_600 + second);
        let point = point([("a", "b")], 1.0).with_time(time);
        export(&exporter, &batch([gauge_of("g", [point])])).unwrap();
    }
    let writes = receiver.writes();
    let counts: Vec<_> = writes.iter().map(|write| write.named("target_info").count()).collect();
    assert_eq!(counts, [1, 0, 0, 1, 0, 1]);
    let series = writes[0].named("target_info").next().unwrap();
    let labels =
        [("__name__", "target_info"), ("host_name", "h"), ("instance", "one:80"), ("job", "demo")];
    assert_eq!(series.labels, labels.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!((series.samples[0].value, series.samples[0].timestamp), (1.0, 1_767_225_600_000));
}
