use std::fmt::Write;

use meterport_core::{
    AttributeSet, Bounds, Buckets, Deadline, ErrorKind, ExportError, Flags, Gauge, Histogram,
    HistogramPoint, HistogramValue, Metric, MetricBatch, MetricData, MetricExporter, Number,
    NumberPoint, Outcome, Point, Resource, ResourceMetrics, RetryAdvice, Scope, ScopeMetrics,
    Stats, Sum, Summary, SummaryPoint, SummaryValue, Temporality, Timestamp,
};

/// A point's attributes, as `a=1 b=2`.
pub(crate) fn set(text: &str) -> AttributeSet {
    text.split_whitespace().filter_map(|pair| pair.split_once('=')).collect()
}

fn points(rows: &[(&str, i64)]) -> Vec<NumberPoint> {
    let point = |(at, (text, value)): (usize, &(&str, i64))| {
        let time = Timestamp::from_secs(100 + at as u64);
        Point::new(set(text), Number::I64(*value))
            .with_start(Timestamp::from_secs(1))
            .with_time(time)
    };
    rows.iter().enumerate().map(point).collect()
}

/// A cumulative, monotonic sum.
pub(crate) fn counter(name: &str, rows: &[(&str, i64)]) -> Metric {
    Metric::new(name, Sum::counter(points(rows)))
}

pub(crate) fn gauge(name: &str, rows: &[(&str, i64)]) -> Metric {
    Metric::new(name, Gauge { points: points(rows).into_iter().collect() })
}

/// Each row has one bound and these counts.
pub(crate) fn histogram(name: &str, rows: &[(&str, f64, [u64; 2])]) -> Metric {
    let point = |(text, bound, counts): &(&str, f64, [u64; 2])| {
        let buckets = Buckets::new(Bounds::new([*bound]).unwrap(), counts.to_vec()).unwrap();
        let stats = Stats { count: counts.iter().sum(), ..Stats::default() };
        HistogramPoint::new(set(text), HistogramValue { stats, buckets })
    };
    let points = rows.iter().map(point).collect();
    Metric::new(name, Histogram { points, temporality: Temporality::Cumulative })
}

pub(crate) fn summary(name: &str, rows: &[&str]) -> Metric {
    let points = rows.iter().map(|text| SummaryPoint::new(set(text), SummaryValue::default()));
    Metric::new(name, Summary { points: points.collect() })
}

/// In a scope of its own.
pub(crate) fn of_scope(name: &str, metrics: impl IntoIterator<Item = Metric>) -> MetricBatch {
    let scope = ScopeMetrics::new(Scope::new(name));
    let scope = metrics.into_iter().fold(scope, ScopeMetrics::with_metric);
    ResourceMetrics::new(Resource::new([("service.name", "test")])).with_scope(scope).into()
}

pub(crate) fn batch(metrics: impl IntoIterator<Item = Metric>) -> MetricBatch {
    of_scope("test", metrics)
}

/// Each point as `name{a="1"} 3`, in the order of the batch; a point without a value as `ended`.
pub(crate) fn rows(batch: &MetricBatch) -> Vec<String> {
    let mut all = Vec::new();
    for metric in batch.metrics() {
        let values: Vec<(String, Flags)> = match &metric.data {
            MetricData::ExponentialHistogram(data) => data
                .points
                .to_points()
                .iter()
                .map(|p| (format!("{:?}", p.value), p.flags))
                .collect(),
            MetricData::Gauge(data) => {
                data.points.to_points().iter().map(|p| (text(p.value), p.flags)).collect()
            }
            MetricData::Histogram(data) => {
                let counts = |value: &HistogramValue| format!("{:?}", value.buckets.counts());
                data.points.to_points().iter().map(|p| (counts(&p.value), p.flags)).collect()
            }
            MetricData::Sum(data) => {
                data.points.to_points().iter().map(|p| (text(p.value), p.flags)).collect()
            }
            MetricData::Summary(data) => {
                data.points.to_points().iter().map(|p| ("-".into(), p.flags)).collect()
            }
        };
        for (attributes, (value, flags)) in metric.data.series().iter().zip(values) {
            let mut row = metric.descriptor.name.to_string();
            row.push('{');
            for (at, (key, value)) in attributes.iter().enumerate() {
                let comma = if at > 0 { " " } else { "" };
                let value = format!("{:?}", value.to_value());
                let value = value
                    .split(['(', ')', '"'])
                    .find(|part| !part.is_empty() && !matches!(*part, "String" | "Int" | "Bool"));
                write!(row, "{comma}{key}={}", value.unwrap_or_default()).unwrap();
            }
            let value = if flags.no_recorded_value() { "ended".into() } else { value };
            write!(row, "}} {value}").unwrap();
            all.push(row);
        }
    }
    all
}

fn text(value: Number) -> String {
    match value {
        Number::I64(value) => value.to_string(),
        other => format!("{other:?}"),
    }
}

/// Exports it, and whatever comes of it, every point is in the books once.
pub(crate) async fn export(
    exporter: &impl MetricExporter,
    batch: &MetricBatch,
) -> Result<Outcome, ExportError> {
    let result = exporter.export(batch, Deadline::NONE).await;
    let books = match result.clone() {
        Ok(outcome) => outcome,
        Err(error) => {
            if let Some(rest) = error.rest() {
                let settled = error.settled().points();
                assert_eq!(settled + rest.points(), batch.points(), "{error:?}");
            }
            error.into_outcome(batch.points())
        }
    };
    assert_eq!(books.points(), batch.points(), "{books:?}");
    result
}

pub(crate) fn failure() -> ExportError {
    ExportError::new(ErrorKind::Unavailable, "as scripted").with_advice(RetryAdvice::Backoff)
}
