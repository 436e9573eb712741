//! A batch with all that OTLP has for metrics: what a backend must give back.

use meterport_core::{
    AttributeSet, Bounds, Buckets, Descriptor, Exemplar, ExponentialBuckets, ExponentialHistogram,
    ExponentialPoint, ExponentialValue, Flags, Gauge, Histogram, HistogramPoint, HistogramValue,
    Metric, MetricBatch, MetricData, Number, NumberPoint, Point, Quantile, Resource,
    ResourceMetrics, Scope, ScopeMetrics, SpanId, Stats, Sum, Summary, SummaryPoint, SummaryValue,
    Temporality, Timestamp, TraceId, Value,
};

const START: Timestamp = Timestamp::from_secs(1_700_000_000);
const TIME: Timestamp = Timestamp::from_nanos(1_700_000_010_123_456_789);

/// The batch; `round` is in it, so that no two are equal.
pub(super) fn batch(round: u64) -> MetricBatch {
    let round = Value::Int(round as i64);
    let known =
        Resource { attributes: attributes().with("round", round), dropped_attributes_count: 2 };
    MetricBatch::new(vec![
        ResourceMetrics {
            resource: known,
            schema_url: "https://opentelemetry.io/schemas/1.40.0".into(),
            scopes: vec![
                ScopeMetrics {
                    scope: Scope {
                        name: "specimen".into(),
                        version: "1.2.3-β".into(),
                        attributes: attributes(),
                        dropped_attributes_count: 1,
                    },
                    schema_url: "https://opentelemetry.io/schemas/1.39.0".into(),
                    metrics: vec![counter(), up_down(), gauge(), histogram()],
                },
                ScopeMetrics::new(Scope::new("second"))
                    .with_metric(exponential())
                    .with_metric(summary()),
            ],
        },
        // Nothing is known of where this comes from.
        ResourceMetrics::new(Resource::default())
            .with_scope(ScopeMetrics::new(Scope::default()).with_metric(gauge())),
        ResourceMetrics::new(Resource::new([("service.name", "checkout")]))
            .with_scope(ScopeMetrics::new(Scope::new("third")).with_metric(counter())),
    ])
}

/// Every kind of value, nested and at its limits.
fn attributes() -> AttributeSet {
    let inner = vec![
        ("bytes".to_owned(), Value::Bytes((0..=255).collect())),
        ("empty".to_owned(), Value::Empty),
        ("list".to_owned(), Value::Array(vec![Value::Array(vec![]), Value::Map(vec![])])),
        ("truth".to_owned(), Value::Bool(true)),
    ];
    AttributeSet::from([
        ("array", Value::Array(vec!["a".into(), 1_i64.into(), 0.5.into(), Value::Empty])),
        ("bytes", Value::Bytes(vec![0, 0xff, 0x80])),
        ("bytes.none", Value::Bytes(Vec::new())),
        ("double", Value::Double(-0.1)),
        ("double.large", Value::Double(f64::MAX)),
        ("double.small", Value::Double(5e-324)),
        ("empty", Value::Empty),
        ("int", Value::Int(i64::MIN)),
        ("int.large", Value::Int(i64::MAX)),
        ("map", Value::Map(vec![("inner".to_owned(), Value::Map(inner))])),
        ("text", Value::from("quote \" backslash \\ line \n tab \t nul \0 ünï 🦀 \u{2028}")),
        ("text.none", Value::from("")),
        ("truth", Value::Bool(false)),
    ])
}

fn series(n: i64) -> AttributeSet {
    AttributeSet::from([("n", Value::Int(n)), ("method", Value::from("GET"))])
}

fn point<V>(n: i64, value: V) -> Point<V> {
    Point::new(series(n), value).with_start(START).with_time(TIME)
}

fn exemplar(value: impl Into<Number>) -> Exemplar {
    let exemplar = Exemplar::new(value.into(), TIME).with_attributes(attributes());
    match (TraceId::from_bytes([0xab; 16]), SpanId::from_bytes([0xcd; 8])) {
        (Some(trace), Some(span)) => exemplar.with_span(trace, span),
        _ => exemplar,
    }
}

fn metric(name: &str, unit: &str, data: impl Into<MetricData>) -> Metric {
    let descriptor = Descriptor {
        name: name.into(),
        description: format!("What {name} shows").into(),
        unit: unit.into(),
        metadata: AttributeSet::from([("prometheus.type", "unknown")]),
    };
    Metric { descriptor: descriptor.into(), data: data.into() }
}

/// Integers and floats in one metric, exemplars in and outside a trace, flags.
fn counter() -> Metric {
    let points: [NumberPoint; 6] = [
        point(0, Number::I64(0)),
        point(1, Number::I64(i64::MAX)),
        point(2, Number::F64(0.25)).with_exemplar(exemplar(0.25)),
        point(3, Number::I64(7))
            .with_exemplar(exemplar(7_i64))
            .with_exemplar(Exemplar::new(Number::F64(-1.5), Timestamp::from_nanos(u64::MAX))),
        point(4, Number::I64(0)).with_flags(Flags::NO_RECORDED_VALUE),
        Point::new(attributes(), Number::F64(1e300)).with_start(START).with_time(TIME),
    ];
    metric("requests", "{request}", Sum::counter(points))
}

fn up_down() -> Metric {
    let points = [point(0, Number::I64(-5)), point(1, Number::F64(-0.0))];
    let sum = Sum {
        points: points.into_iter().collect(),
        temporality: Temporality::Delta,
        monotonic: false,
    };
    metric("queue.length", "{item}", sum)
}

/// Also what JSON has no number for.
fn gauge() -> Metric {
    let values = [0.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, -273.15];
    let numbers = values.into_iter().map(Number::F64).chain([Number::I64(i64::MIN)]);
    let points = (0..).zip(numbers).map(|(n, value)| point(n, value).with_start(Timestamp::UNSET));
    metric("temperature", "Cel", Gauge { points: points.collect() })
}

/// Differing bounds, no buckets at all, figures that are not known.
fn histogram() -> Metric {
    let value = |bounds: &[f64], counts: &[u64], known: bool| HistogramValue {
        stats: Stats {
            count: counts.iter().sum(),
            sum: known.then_some(12.5),
            min: known.then_some(0.001),
            max: known.then_some(9.75),
        },
        buckets: Bounds::new(bounds.to_vec())
            .and_then(|bounds| Buckets::new(bounds, counts.to_vec()))
            .unwrap_or_default(),
    };
    let without = HistogramValue {
        stats: Stats { count: u64::MAX, sum: Some(0.0), min: None, max: Some(0.0) },
        buckets: Buckets::none(),
    };
    let points: [HistogramPoint; 5] = [
        point(0, value(&[0.005, 0.01, 0.025], &[1, 0, 2, 3], true)).with_exemplar(exemplar(0.02)),
        point(1, value(&[-1.0, 0.0, 1.0, 1e9], &[0, 0, 0, 0, 0], false)),
        point(2, value(&[], &[4], true)),
        point(3, without),
        point(4, value(&[0.005, 0.01, 0.025], &[0, 0, 0, 0], false))
            .with_flags(Flags::NO_RECORDED_VALUE),
    ];
    let histogram =
        Histogram { points: points.into_iter().collect(), temporality: Temporality::Cumulative };
    metric("duration", "s", histogram)
}

fn exponential() -> Metric {
    let value = ExponentialValue {
        stats: Stats { count: 21, sum: Some(-3.5), min: Some(-8.0), max: Some(4.0) },
        scale: -3,
        zero_count: 6,
        zero_threshold: 1e-9,
        positive: ExponentialBuckets { offset: -7, counts: vec![1, 0, 2, 3] },
        negative: ExponentialBuckets { offset: 12, counts: vec![9] },
    };
    let points: [ExponentialPoint; 3] = [
        point(0, value.clone()).with_exemplar(exemplar(-8.0)),
        point(1, ExponentialValue { scale: 20, ..ExponentialValue::default() }),
        point(2, ExponentialValue { positive: ExponentialBuckets::default(), ..value }),
    ];
    let histogram = ExponentialHistogram {
        points: points.into_iter().collect(),
        temporality: Temporality::Delta,
    };
    metric("size", "By", histogram)
}

fn summary() -> Metric {
    let value = SummaryValue {
        count: 100,
        sum: 345.5,
        quantiles: [(0.0, 0.1), (0.5, 2.0), (0.99, f64::NAN), (1.0, 17.25)]
            .map(|(quantile, value)| Quantile { quantile, value })
            .to_vec(),
    };
    let points: [SummaryPoint; 3] = [
        point(0, value),
        point(1, SummaryValue::default()),
        point(2, SummaryValue::default()).with_flags(Flags::NO_RECORDED_VALUE),
    ];
    metric("latency", "ms", Summary { points: points.into_iter().collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_there() {
        let batch = batch(1);
        for kind in ["Gauge", "Sum", "Histogram", "ExponentialHistogram", "Summary"] {
            let is_kind = |metric: &Metric| format!("{:?}", metric.data).starts_with(kind);
            assert!(batch.metrics().any(is_kind), "{kind}");
        }
        assert_eq!(batch.points(), 6 + 2 + 7 + 5 + 3 + 3 + 7 + 6);
    }
}
