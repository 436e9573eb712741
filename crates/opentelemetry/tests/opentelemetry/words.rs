//! Batches of both sides in the same words, so that they can be compared.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write};

use meterport_core::{Metric, MetricBatch, MetricData, Number, Numbers, Sum, Temporality};
use opentelemetry_sdk::metrics::Temporality as SdkTemporality;
use opentelemetry_sdk::metrics::data::{self as sdk, AggregatedMetrics};

/// Metrics by scope, name, kind and type of number; each with its points by attributes.
pub(crate) type Words = BTreeMap<String, BTreeMap<String, String>>;

pub(crate) fn ours(batch: &MetricBatch) -> Words {
    let mut words = Words::new();
    for scope in batch.resources().iter().flat_map(|resource| &resource.scopes) {
        for metric in &scope.metrics {
            our_metric(&mut words, &scope.scope.name, metric);
        }
    }
    words
}

fn our_metric(words: &mut Words, scope: &str, metric: &Metric) {
    let descriptor = &metric.descriptor;
    let mut put = |kind: String, points: BTreeMap<String, String>| {
        let key = format!(
            "{scope}/{} [{}] {:?}: {kind}",
            descriptor.name, descriptor.unit, descriptor.description
        );
        assert!(words.insert(key.clone(), points).is_none(), "{key} comes twice");
    };
    let temporality = |temporality: Temporality| format!("{temporality:?}");
    macro_rules! points {
        ($points:expr, $value:expr) => {
            $points
                .iter()
                .map(|point| {
                    assert!(point.start <= point.time, "{descriptor:?}");
                    (our_attributes(point.attributes), $value(point.value))
                })
                .collect()
        };
    }
    match &metric.data {
        MetricData::Gauge(gauge) => {
            put(format!("gauge of {}", our_type(&gauge.points)), points!(gauge.points, number));
        }
        MetricData::Sum(sum) => put(our_sum(sum), points!(sum.points, number)),
        MetricData::Histogram(histogram) => put(
            format!("histogram {}", temporality(histogram.temporality)),
            points!(histogram.points, |value: meterport_core::HistogramValueRef<'_>| {
                let (bounds, counts) = value.buckets.unwrap();
                let stats = value.stats;
                format!(
                    "{} {:?} {:?} {:?} {:?} {counts:?}",
                    stats.count,
                    stats.sum.unwrap(),
                    stats.min,
                    stats.max,
                    bounds.as_slice()
                )
            }),
        ),
        MetricData::ExponentialHistogram(histogram) => put(
            format!("exponential {}", temporality(histogram.temporality)),
            points!(histogram.points, |value: meterport_core::ExponentialValueRef<'_>| {
                let stats = value.stats;
                format!(
                    "{} {:?} {:?} {:?} {} {} {} {}",
                    stats.count,
                    stats.sum.unwrap(),
                    stats.min,
                    stats.max,
                    value.scale,
                    value.zero_count,
                    buckets(value.positive.0, value.positive.1.iter().copied()),
                    buckets(value.negative.0, value.negative.1.iter().copied()),
                )
            }),
        ),
        MetricData::Summary(_) => unreachable!("a registry has none"),
    }
}

fn our_sum(sum: &Sum) -> String {
    let monotonic = if sum.monotonic { "monotonic " } else { "" };
    format!("{monotonic}sum {:?} of {}", sum.temporality, our_type(&sum.points))
}

/// Signed integers and unsigned ones are the same to a receiver.
fn our_type(points: &Numbers) -> &'static str {
    match points.iter().next().unwrap().value {
        Number::F64(_) => "floats",
        _ => "integers",
    }
}

fn number(number: Number) -> String {
    match number {
        Number::F64(value) => format!("{value:?}"),
        Number::I64(value) => format!("{value}"),
        Number::U64(value) => format!("{value}"),
    }
}

fn our_attributes(attributes: &meterport_core::AttributeSet) -> String {
    let mut text = String::new();
    for (key, value) in attributes.iter() {
        let value = match value {
            meterport_core::ValueRef::Bool(truth) => truth.to_string(),
            meterport_core::ValueRef::Double(number) => format!("{number:?}"),
            meterport_core::ValueRef::Int(number) => number.to_string(),
            meterport_core::ValueRef::String(text) => format!("{text:?}"),
            other => format!("{:?}", other.to_value()),
        };
        write!(text, "{key}={value},").unwrap();
    }
    text
}

/// Empty buckets at both ends are no difference.
fn buckets(offset: i32, counts: impl Iterator<Item = u64>) -> String {
    let counts: Vec<u64> = counts.collect();
    let Some(first) = counts.iter().position(|count| *count > 0) else { return "none".to_owned() };
    let last = counts.iter().rposition(|count| *count > 0).unwrap();
    format!("{}:{:?}", offset + first as i32, &counts[first..=last])
}

pub(crate) fn theirs(batch: &sdk::ResourceMetrics) -> Words {
    let mut words = Words::new();
    for scope in batch.scope_metrics() {
        for metric in scope.metrics() {
            let named = format!(
                "{}/{} [{}] {:?}",
                scope.scope().name(),
                metric.name(),
                metric.unit(),
                metric.description()
            );
            let (kind, points) = match metric.data() {
                AggregatedMetrics::F64(data) => their_metric(data, "floats", |v| v),
                AggregatedMetrics::I64(data) => their_metric(data, "integers", |v| v as f64),
                AggregatedMetrics::U64(data) => their_metric(data, "integers", |v| v as f64),
            };
            // The SDK reports metrics without points.
            if !points.is_empty() {
                let key = format!("{named}: {kind}");
                assert!(words.insert(key.clone(), points).is_none(), "{key} comes twice");
            }
        }
    }
    words
}

fn their_metric<T: Copy + Debug>(
    data: &sdk::MetricData<T>,
    number: &str,
    float: fn(T) -> f64,
) -> (String, BTreeMap<String, String>) {
    let temporality = |temporality: SdkTemporality| format!("{temporality:?}");
    match data {
        sdk::MetricData::Gauge(gauge) => {
            let points = gauge.data_points();
            let points = points.map(|p| (their_attributes(p.attributes()), value(p.value())));
            (format!("gauge of {number}"), points.collect())
        }
        sdk::MetricData::Sum(sum) => {
            let points = sum.data_points();
            let points = points.map(|p| (their_attributes(p.attributes()), value(p.value())));
            let monotonic = if sum.is_monotonic() { "monotonic " } else { "" };
            (format!("{monotonic}sum {:?} of {number}", sum.temporality()), points.collect())
        }
        sdk::MetricData::Histogram(histogram) => {
            let points = histogram.data_points().map(|p| {
                let bounds: Vec<f64> = p.bounds().collect();
                let counts: Vec<u64> = p.bucket_counts().collect();
                let (sum, min, max) = (float(p.sum()), p.min().map(float), p.max().map(float));
                let value = format!("{} {sum:?} {min:?} {max:?} {bounds:?} {counts:?}", p.count());
                (their_attributes(p.attributes()), value)
            });
            (format!("histogram {}", temporality(histogram.temporality())), points.collect())
        }
        sdk::MetricData::ExponentialHistogram(histogram) => {
            let points = histogram.data_points().map(|p| {
                let value = format!(
                    "{} {:?} {:?} {:?} {} {} {} {}",
                    p.count(),
                    float(p.sum()),
                    p.min().map(float),
                    p.max().map(float),
                    p.scale(),
                    p.zero_count(),
                    buckets(p.positive_bucket().offset(), p.positive_bucket().counts()),
                    buckets(p.negative_bucket().offset(), p.negative_bucket().counts()),
                );
                (their_attributes(p.attributes()), value)
            });
            (format!("exponential {}", temporality(histogram.temporality())), points.collect())
        }
    }
}

fn value<T: Debug>(value: T) -> String {
    format!("{value:?}")
}

fn their_attributes<'a>(pairs: impl Iterator<Item = &'a opentelemetry::KeyValue>) -> String {
    // Sorted; of equal keys the SDK has left one.
    let sorted: BTreeMap<&str, &opentelemetry::Value> =
        pairs.map(|pair| (pair.key.as_str(), &pair.value)).collect();
    let mut text = String::new();
    for (key, value) in sorted {
        let value = match value {
            opentelemetry::Value::Bool(truth) => truth.to_string(),
            opentelemetry::Value::F64(number) => format!("{number:?}"),
            opentelemetry::Value::I64(number) => number.to_string(),
            opentelemetry::Value::String(text) => format!("{:?}", text.as_str()),
            other => panic!("{other:?} is not in the programs"),
        };
        write!(text, "{key}={value},").unwrap();
    }
    text
}
