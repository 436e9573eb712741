use meterport_core::{AttributeSet, Exemplar, Metric, Number, Sum};

use super::fixture::*;

fn traced(value: f64) -> Exemplar {
    let attributes = AttributeSet::from([("trace", "abc"), ("span", "def")]);
    Exemplar::new(Number::F64(value), AT).with_attributes(attributes)
}

#[test]
fn samples_with_metadata() {
    let write = sent(&every_kind());
    assert!(write.series.iter().all(|series| series.metadata.is_some()));
}

#[test]
fn samples_with_exemplars() {
    let point = point([("a", "b")], 7.0).with_exemplar(traced(1.0));
    let write = sent(&batch([Metric::new("c", Sum::counter([point]))]));
    let series = write.named("c_total").next().unwrap();
    assert_eq!((series.samples.len(), series.exemplars.len()), (1, 1));
}

#[test]
fn histogram_with_metadata_and_exemplars() {
    let classic = histogram_point(&[5.0], &[1, 1]).with_exemplar(traced(4.0));
    let native = exponential_point(0, (0, &[1]), (0, &[]), 0).with_exemplar(traced(2.0));
    let metrics = [histogram_of("h", classic), exponential_of("e", native)];
    let write = sent(&batch(metrics.map(|metric| metric.with_description("With a help"))));
    for name in ["h_bucket", "e"] {
        let series = write.named(name).next().unwrap();
        assert_eq!(series.exemplars.len(), 1, "{name}");
        assert_eq!(series.metadata, Some((3, "With a help".to_owned(), String::new())), "{name}");
    }
}

#[test]
fn multiple_metric_types() {
    let write = sent(&every_kind());
    let names =
        ["gauge_seconds", "counter_bytes_total", "histogram_bucket", "exponential", "summary"];
    assert!(names.iter().all(|name| write.named(name).next().is_some()));
}

#[test]
fn high_cardinality_labels() {
    let points = (0..2_000).map(|at| point([("id", format!("{at:032}"))], 1.0));
    assert_eq!(sent(&batch([gauge_of("g", points)])).named("g").count(), 2_000);
}

#[test]
fn complete_metric_family() {
    let write = sent(&every_kind());
    let of = |name: &str| write.named(name).count();
    assert_eq!([of("histogram_bucket"), of("histogram_sum"), of("histogram_count")], [3, 1, 1]);
    assert_eq!([of("summary"), of("summary_sum"), of("summary_count")], [1, 1, 1]);
    let quantile = write.named("summary").next().unwrap();
    assert_eq!((quantile.label("quantile"), quantile.samples[0].value), (Some("0.5"), 2.0));
}

#[test]
fn mixed_labels_and_metadata() {
    let write = sent(&every_kind());
    let series = write.named("counter_bytes_total").next().unwrap();
    assert_eq!(series.label("a"), Some("b"));
    assert_eq!(series.metadata, Some((1, "A counter".to_owned(), "bytes".to_owned())));
}

/// The workload of the benches, twice, as both versions.
#[test]
fn real_world_scenario() {
    let workload = meterport_testkit::workload::Workload::mixed(2_000);
    for round in 0..2 {
        let batch = workload.batch(round);
        let [v2, v1] = [sent(&batch), sent_v1(&batch.bare())];
        assert!(v2.series.len() > 5_000);
        let plain = |write: &meterport_testkit::remote_write::Write| {
            let of = |series: &meterport_testkit::remote_write::Series| {
                let sample = series.samples[0];
                (series.labels.clone(), sample.value.to_bits(), sample.timestamp)
            };
            write.series.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(plain(&v1), plain(&v2));
    }
}
