use meterport_core::{
    Bounds, Buckets as ExplicitBuckets, ExponentialBuckets, ExponentialHistogram, ExponentialPoint,
    ExponentialValue, Flags, Gauge, Histogram, HistogramPoint, HistogramValue, NumberPoint,
    Quantile, SpanId, Stats, Sum, Summary, SummaryPoint, SummaryValue, Timestamp, TraceId, Value,
};

use super::*;
use crate::proto::any_value::Value as Any;
use crate::proto::metric::Data;
use crate::proto::number_data_point;

fn converted(data: impl Into<MetricData>) -> Data {
    let scope = ScopeMetrics::new(Scope::default()).with_metric(Metric::new("m", data));
    let batch = MetricBatch::from(ResourceMetrics::new(Resource::default()).with_scope(scope));
    let mut resource = to_proto(&batch).resource_metrics.remove(0);
    assert_eq!((&resource.resource, &resource.scope_metrics[0].scope), (&None, &None));
    resource.scope_metrics.remove(0).metrics.remove(0).data.unwrap()
}

fn key_value(key: &str, value: Option<Any>) -> proto::KeyValue {
    proto::KeyValue { key: key.into(), value: Some(proto::AnyValue { value }) }
}

#[test]
fn envelopes_and_every_kind_of_attribute() {
    let attributes = AttributeSet::from([
        ("array", Value::Array(vec![Value::Int(1), Value::Empty])),
        ("bool", Value::Bool(false)),
        ("bytes", Value::Bytes(vec![0, 0xff])),
        ("double", Value::Double(-0.0)),
        ("empty", Value::Empty),
        ("int", Value::Int(i64::MIN)),
        ("map", Value::Map(vec![("k".into(), Value::String("v".into()))])),
        ("string", Value::String(String::new())),
    ]);
    let array =
        vec![proto::AnyValue { value: Some(Any::IntValue(1)) }, proto::AnyValue { value: None }];
    let pairs = vec![key_value("k", Some(Any::StringValue("v".into())))];
    let expected = vec![
        key_value("array", Some(Any::ArrayValue(proto::ArrayValue { values: array }))),
        key_value("bool", Some(Any::BoolValue(false))),
        key_value("bytes", Some(Any::BytesValue(vec![0, 0xff]))),
        key_value("double", Some(Any::DoubleValue(-0.0))),
        key_value("empty", None),
        key_value("int", Some(Any::IntValue(i64::MIN))),
        key_value("map", Some(Any::KvlistValue(proto::KeyValueList { values: pairs }))),
        key_value("string", Some(Any::StringValue(String::new()))),
    ];
    let mut resource = Resource::new(attributes.clone());
    resource.dropped_attributes_count = 3;
    let mut scope = Scope::new("s").with_version("1");
    scope.attributes = attributes.clone();
    scope.dropped_attributes_count = 4;
    let metric = Metric::new("m", Gauge::default())
        .with_description("d")
        .with_unit("By")
        .with_metadata(attributes);
    let mut scopes = ScopeMetrics::new(scope).with_metric(metric);
    scopes.schema_url = "inner".into();
    let mut entry = ResourceMetrics::new(resource).with_scope(scopes);
    entry.schema_url = "outer".into();

    let expected = proto::ResourceMetrics {
        resource: Some(proto::Resource {
            attributes: expected.clone(),
            dropped_attributes_count: 3,
            entity_refs: vec![],
        }),
        scope_metrics: vec![proto::ScopeMetrics {
            scope: Some(proto::InstrumentationScope {
                name: "s".into(),
                version: "1".into(),
                attributes: expected.clone(),
                dropped_attributes_count: 4,
            }),
            metrics: vec![proto::Metric {
                name: "m".into(),
                description: "d".into(),
                unit: "By".into(),
                metadata: expected,
                data: Some(Data::Gauge(proto::Gauge::default())),
            }],
            schema_url: "inner".into(),
        }],
        schema_url: "outer".into(),
    };
    assert_eq!(to_metrics_data(&entry.into()).resource_metrics, [expected]);
}

#[test]
fn numbers() {
    use number_data_point::Value;
    let table = [
        (Number::F64(0.0), Value::AsDouble(0.0)),
        (Number::I64(0), Value::AsInt(0)),
        (Number::U64(i64::MAX as u64), Value::AsInt(i64::MAX)),
        (Number::U64(1 << 63), Value::AsDouble(9_223_372_036_854_775_808.0)),
        (Number::U64(u64::MAX), Value::AsDouble(18_446_744_073_709_551_616.0)),
    ];
    // All in one metric: kinds may mix.
    let points = table.iter().map(|(value, _)| NumberPoint::new(AttributeSet::empty(), *value));
    let Data::Sum(sum) = converted(Sum::counter(points)) else { panic!("not a sum") };
    assert_eq!((sum.aggregation_temporality, sum.is_monotonic), (2, true));
    let values: Vec<_> = sum.data_points.into_iter().map(|point| point.value).collect();
    assert_eq!(values, table.map(|(_, value)| Some(value)));
}

#[test]
fn times_flags_and_exemplars() {
    let trace = TraceId::from_bytes([1; 16]).unwrap();
    let span = SpanId::from_bytes([2; 8]).unwrap();
    let outside = Exemplar::new(Number::F64(0.5), Timestamp::from_nanos(7));
    let inside = Exemplar::new(Number::I64(1), Timestamp::from_nanos(8))
        .with_attributes(AttributeSet::from([("k", true)]))
        .with_span(trace, span);
    let point = NumberPoint::new(AttributeSet::from([("a", 1)]), Number::I64(2))
        .with_start(Timestamp::from_nanos(5))
        .with_time(Timestamp::from_nanos(6))
        .with_flags(Flags::NO_RECORDED_VALUE)
        .with_exemplar(outside)
        .with_exemplar(inside);
    let expected = proto::NumberDataPoint {
        attributes: vec![key_value("a", Some(Any::IntValue(1)))],
        start_time_unix_nano: 5,
        time_unix_nano: 6,
        flags: 1,
        value: Some(number_data_point::Value::AsInt(2)),
        exemplars: vec![
            proto::Exemplar {
                time_unix_nano: 7,
                value: Some(proto::exemplar::Value::AsDouble(0.5)),
                ..proto::Exemplar::default()
            },
            proto::Exemplar {
                filtered_attributes: vec![key_value("k", Some(Any::BoolValue(true)))],
                time_unix_nano: 8,
                value: Some(proto::exemplar::Value::AsInt(1)),
                trace_id: vec![1; 16],
                span_id: vec![2; 8],
            },
        ],
    };
    let gauge = proto::Gauge { data_points: vec![expected] };
    assert_eq!(converted(Gauge { points: [point].into_iter().collect() }), Data::Gauge(gauge));
}

#[test]
fn histograms_and_summaries() {
    let set = AttributeSet::empty;
    let stats = Stats { count: 3, sum: None, min: Some(0.0), max: None };
    let buckets = ExplicitBuckets::new(Bounds::new([0.5]).unwrap(), vec![1, 2]).unwrap();
    let with = HistogramPoint::new(set(), HistogramValue { stats, buckets });
    let without = HistogramPoint::new(set(), HistogramValue::default());
    let points = [with, without].into_iter().collect();
    let expected = proto::HistogramDataPoint {
        count: 3,
        min: Some(0.0),
        bucket_counts: vec![1, 2],
        explicit_bounds: vec![0.5],
        ..proto::HistogramDataPoint::default()
    };
    let expected = proto::Histogram {
        data_points: vec![expected, proto::HistogramDataPoint::default()],
        aggregation_temporality: 1,
    };
    let histogram = Histogram { points, temporality: Temporality::Delta };
    assert_eq!(converted(histogram), Data::Histogram(expected));

    let value = ExponentialValue {
        stats: Stats { count: 4, sum: Some(0.0), min: None, max: Some(2.0) },
        scale: -3,
        zero_count: 1,
        zero_threshold: 0.25,
        positive: ExponentialBuckets { offset: -2, counts: vec![] },
        negative: ExponentialBuckets::default(),
    };
    let points = [ExponentialPoint::new(set(), value)].into_iter().collect();
    let expected = proto::ExponentialHistogramDataPoint {
        count: 4,
        sum: Some(0.0),
        max: Some(2.0),
        scale: -3,
        zero_count: 1,
        zero_threshold: 0.25,
        positive: Some(Buckets { offset: -2, bucket_counts: vec![] }),
        negative: None,
        ..proto::ExponentialHistogramDataPoint::default()
    };
    let expected =
        proto::ExponentialHistogram { data_points: vec![expected], aggregation_temporality: 2 };
    let histogram = ExponentialHistogram { points, temporality: Temporality::Cumulative };
    assert_eq!(converted(histogram), Data::ExponentialHistogram(expected));

    let quantiles = vec![Quantile { quantile: 0.5, value: 1.5 }];
    let value = SummaryValue { count: 2, sum: 3.0, quantiles };
    let points = [SummaryPoint::new(set(), value)].into_iter().collect();
    let expected = proto::SummaryDataPoint {
        count: 2,
        sum: 3.0,
        quantile_values: vec![ValueAtQuantile { quantile: 0.5, value: 1.5 }],
        ..proto::SummaryDataPoint::default()
    };
    let expected = proto::Summary { data_points: vec![expected] };
    assert_eq!(converted(Summary { points }), Data::Summary(expected));
}
