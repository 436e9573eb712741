//! What is pushed beside the specimen.

use meterport_core::{
    AttributeSet, Gauge, Metric, MetricBatch, Number, NumberPoint, Resource, ResourceMetrics,
    Scope, ScopeMetrics, Sum,
};

/// Values of grouping labels that a path does not take as they are.
pub(super) const AWKWARD: &[&str] = &[
    "plain",
    "",
    "/",
    "//",
    ".",
    "..",
    "a/../b",
    "/var/tmp/",
    "...",
    "a b",
    "a+b",
    "100%",
    "%2F",
    "?#&=;@:\"\\",
    "größe 🦀",
    "\n\t\u{7f}",
    "job",
    "name@base64",
    "~!*'()[]{}|^`<>,$",
];

/// Names of jobs, likewise.
pub(super) const AWKWARD_JOBS: &[&str] = &["a/b", "..", "a b+c%", "größe", "job/x/instance/y"];

/// Gauges of these names and values, without labels.
pub(super) fn gauges(gauges: &[(&'static str, f64)]) -> MetricBatch {
    let gauge = |&(name, value): &(&'static str, f64)| {
        let point = NumberPoint::new(AttributeSet::empty(), Number::F64(value));
        Metric::new(name, Gauge { points: [point].into_iter().collect() })
    };
    batch(gauges.iter().map(gauge))
}

/// A counter under the name that a gauge of [`gauges`] may have.
pub(super) fn counter(name: &'static str) -> MetricBatch {
    let point = NumberPoint::new(AttributeSet::empty(), Number::I64(1));
    batch([Metric::new(name, Sum::counter([point]))])
}

/// Nothing but the metrics: neither `target_info` nor labels of a scope.
fn batch(metrics: impl IntoIterator<Item = Metric>) -> MetricBatch {
    let scope = ScopeMetrics::new(Scope::default());
    let scope = metrics.into_iter().fold(scope, ScopeMetrics::with_metric);
    ResourceMetrics::new(Resource::default()).with_scope(scope).into()
}
