//! Programs over the macros, and their batches as lines.

use meterport_core::{AttributeSet, MetricBatch, MetricData, Number, ValueRef};
use meterport_metrics::{RecorderBuilder, RegistryRecorder};
use meterport_registry::Registry;

/// Runs a program with a recorder of its own.
pub(crate) fn run(
    registry: &Registry,
    settings: impl FnOnce(RecorderBuilder) -> RecorderBuilder,
    program: impl FnOnce(),
) -> RegistryRecorder {
    let recorder = settings(RegistryRecorder::builder(registry.clone())).build().unwrap();
    metrics::with_local_recorder(&recorder, program);
    recorder
}

/// Runs a program and checks what a cumulative reader then sees.
pub(crate) fn check(
    settings: impl FnOnce(RecorderBuilder) -> RecorderBuilder,
    program: impl FnOnce(),
    expected: &[&str],
) {
    let registry = Registry::new();
    let producer = registry.producer().build();
    let _recorder = run(&registry, settings, program);
    assert_eq!(lines(&producer.collect()), expected);
}

/// `name [unit] "description" {attributes} value`, sorted.
pub(crate) fn lines(batch: &MetricBatch) -> Vec<String> {
    let mut lines = Vec::new();
    for metric in batch.metrics() {
        let descriptor = &metric.descriptor;
        let begin =
            format!("{} [{}] {:?}", descriptor.name, descriptor.unit, descriptor.description);
        match &metric.data {
            MetricData::Gauge(gauge) => lines.extend(
                gauge
                    .points
                    .iter()
                    .map(|p| format!("{begin} {} {}", words(p.attributes), number(p.value))),
            ),
            MetricData::Sum(sum) => {
                assert!(sum.monotonic);
                lines.extend(sum.points.iter().map(|p| {
                    format!("{begin} {} {} counted", words(p.attributes), number(p.value))
                }));
            }
            MetricData::Histogram(histogram) => lines.extend(histogram.points.iter().map(|p| {
                let (bounds, counts) = p.value.buckets.unwrap();
                let sum = p.value.stats.sum.unwrap();
                format!(
                    "{begin} {} {sum} in {counts:?} of {:?}",
                    words(p.attributes),
                    bounds.as_slice()
                )
            })),
            other => panic!("{other:?}"),
        }
    }
    lines.sort();
    lines
}

fn number(number: Number) -> String {
    match number {
        Number::F64(value) => value.to_string(),
        Number::I64(value) => value.to_string(),
        Number::U64(value) => value.to_string(),
    }
}

fn words(attributes: &AttributeSet) -> String {
    let words = attributes.iter().map(|(key, value)| match value {
        ValueRef::Bool(truth) => format!("{key:?}: {truth}"),
        ValueRef::String(text) => format!("{key:?}: {text:?}"),
        other => panic!("{other:?}"),
    });
    format!("{{{}}}", words.collect::<Vec<_>>().join(", "))
}
