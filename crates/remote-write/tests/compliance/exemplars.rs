use meterport_core::{AttributeSet, Exemplar, Metric, Number, SpanId, Sum, Timestamp, TraceId};
use meterport_testkit::remote_write::Write;

use super::fixture::*;

fn traced(value: f64, time: Timestamp) -> Exemplar {
    let trace = TraceId::from_bytes([0xab; 16]).unwrap();
    let span = SpanId::from_bytes([0xcd; 8]).unwrap();
    Exemplar::new(Number::F64(value), time)
        .with_span(trace, span)
        .with_attributes(AttributeSet::from([("user.id", "u-1"), ("empty", "")]))
}

fn counter_with(exemplars: impl IntoIterator<Item = Exemplar>) -> Metric {
    let point =
        exemplars.into_iter().fold(point([("a", "b")], 7.0), |point, one| point.with_exemplar(one));
    Metric::new("c", Sum::counter([point]))
}

fn both() -> [Write; 2] {
    let batch = batch([counter_with([traced(1.5, AT)])]);
    [sent(&batch), sent_v1(&batch)]
}

fn check(inspect: impl Fn(&meterport_testkit::remote_write::Exemplar)) {
    for write in both() {
        let series = write.named("c_total").next().unwrap();
        assert_eq!((series.samples.len(), series.exemplars.len()), (1, 1));
        inspect(&series.exemplars[0]);
    }
}

fn label<'e>(one: &'e meterport_testkit::remote_write::Exemplar, name: &str) -> Option<&'e str> {
    one.labels.iter().find(|label| label.0 == name).map(|label| &*label.1)
}

#[test]
fn exemplar_with_trace_id() {
    check(|one| assert_eq!(label(one, "trace_id"), Some(&*"ab".repeat(16))));
}

#[test]
fn exemplar_with_span_id() {
    check(|one| assert_eq!(label(one, "span_id"), Some(&*"cd".repeat(8))));
}

#[test]
fn exemplar_value_valid() {
    check(|one| assert_eq!(one.value, 1.5));
}

/// "MUST provide timestamp": one without it is not sent.
#[test]
fn exemplar_timestamp_valid() {
    check(|one| assert_eq!(one.timestamp, AT_MS));
    let untimed = counter_with([traced(1.5, Timestamp::UNSET)]);
    assert!(sent(&batch([untimed])).named("c_total").next().unwrap().exemplars.is_empty());
}

#[test]
fn exemplar_labels_valid_refs() {
    check(|one| assert_eq!(one.labels.len(), 3));
}

#[test]
fn exemplar_custom_labels() {
    check(|one| assert_eq!(label(one, "user_id"), Some("u-1")));
}

/// On the series of the bucket that its value is in; and on a native histogram.
#[test]
fn exemplar_on_histogram() {
    let exemplars = [traced(5.0, AT), traced(7.0, AT), traced(99.0, AT)];
    let classic = exemplars
        .iter()
        .cloned()
        .fold(histogram_point(&[5.0, 10.0], &[1, 2, 3]), |point, one| point.with_exemplar(one));
    let native = exemplars
        .into_iter()
        .fold(exponential_point(0, (0, &[1]), (0, &[]), 0), |point, one| point.with_exemplar(one));
    let write = sent(&batch([histogram_of("h", classic), exponential_of("e", native)]));
    let values: Vec<Vec<f64>> = write
        .named("h_bucket")
        .map(|series| series.exemplars.iter().map(|one| one.value).collect())
        .collect();
    assert_eq!(values, [vec![5.0], vec![7.0], vec![99.0]]);
    assert_eq!(write.named("e").next().unwrap().exemplars.len(), 3);
    let others = ["h_sum", "h_count"].map(|name| write.named(name).next().unwrap().clone());
    assert!(others.iter().all(|series| series.exemplars.is_empty()));
}

#[test]
fn exemplar_labels_even_length() {
    let bare = Exemplar::new(Number::F64(1.0), AT);
    let write = sent(&batch([counter_with([bare])]));
    assert!(write.named("c_total").next().unwrap().exemplars[0].labels.is_empty());
}

/// In the order of their times.
#[test]
fn multiple_exemplars_per_series() {
    let write = sent(&batch([counter_with([traced(2.0, AT), traced(1.0, START)])]));
    let series = write.named("c_total").next().unwrap();
    let values: Vec<_> = series.exemplars.iter().map(|one| one.value).collect();
    assert_eq!(values, [1.0, 2.0]);
}

#[test]
fn without_exemplars() {
    let write =
        sent_with(|builder| builder.exemplars(false), &batch([counter_with([traced(1.0, AT)])]));
    assert!(write.series.iter().all(|series| series.exemplars.is_empty()));
}
