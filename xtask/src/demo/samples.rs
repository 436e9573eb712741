//! Batches and pages as lines that can be compared: what Prometheus' formats have of a batch when
//! nothing is translated.

use meterport_core::{
    AttributeSet, Metric, MetricBatch, MetricData, Number, NumberPoint, ScopeMetrics, Value,
};

/// A sample as it is compared.
pub(super) fn line(
    name: &str,
    labels: impl IntoIterator<Item = (String, String)>,
    value: f64,
) -> String {
    let mut labels: Vec<(String, String)> = labels.into_iter().collect();
    labels.sort();
    format!("{name}{labels:?} {value:?}")
}

/// The first sample that is missing, or the first that is too much.
pub(super) fn difference(batch: &MetricBatch, found: &[String]) -> Option<String> {
    let (mut expected, mut found) = (lines(batch), found.to_vec());
    expected.sort();
    found.sort();
    if expected == found {
        return None;
    }
    let only = |these: &[String], those: &[String]| {
        these.iter().find(|line| those.binary_search(line).is_err()).cloned()
    };
    let missing = only(&expected, &found).map(|line| format!("{line} is missing"));
    let more = only(&found, &expected).map(|line| format!("{line} should not be there"));
    let counts = || format!("{} samples for {}", found.len(), expected.len());
    Some(missing.or(more).unwrap_or_else(counts))
}

/// How many are of points, and not of resources.
pub(super) fn points(lines: &[String]) -> u64 {
    lines.iter().filter(|line| !line.starts_with(TARGET)).count() as u64
}

const TARGET: &str = "target_info";

/// All of a batch of one resource, as that of one process is.
fn lines(batch: &MetricBatch) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in batch.resources() {
        lines.push(line(TARGET, labels(&entry.resource.attributes), 1.0));
        for scope in &entry.scopes {
            for metric in &scope.metrics {
                let sample = |point: NumberPoint| sample(scope, metric, &point);
                match &metric.data {
                    MetricData::Gauge(data) => {
                        lines.extend(data.points.to_points().into_iter().map(sample));
                    }
                    MetricData::Sum(data) => {
                        lines.extend(data.points.to_points().into_iter().map(sample));
                    }
                    // A machine has nothing else.
                    other => lines.push(format!("{other:?}")),
                }
            }
        }
    }
    lines
}

fn sample(scope: &ScopeMetrics, metric: &Metric, point: &NumberPoint) -> String {
    let of_scope = [
        ("otel_scope_name", &scope.scope.name),
        ("otel_scope_version", &scope.scope.version),
        ("otel_scope_schema_url", &scope.schema_url),
    ];
    let of_scope = of_scope.into_iter().filter(|(_, value)| !value.is_empty());
    let of_scope = of_scope.map(|(name, value)| (name.to_owned(), value.to_string()));
    let value = match point.value {
        Number::F64(value) => value,
        Number::I64(value) => value as f64,
        Number::U64(value) => value as f64,
    };
    line(&metric.descriptor.name, of_scope.chain(labels(&point.attributes)), value)
}

fn labels(attributes: &AttributeSet) -> Vec<(String, String)> {
    let text = |value: Value| match value {
        Value::String(text) => text.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        other => format!("{other:?}"),
    };
    attributes.iter().map(|(key, value)| (key.to_string(), text(value.to_value()))).collect()
}
