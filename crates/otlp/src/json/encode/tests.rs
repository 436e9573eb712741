use std::fmt::Write as _;

use meterport_core::{
    AttributeSet, Bounds, Buckets, Encode, Encoded, Exemplar, ExponentialBuckets,
    ExponentialHistogram, ExponentialPoint, ExponentialValue, Flags, Gauge, Histogram,
    HistogramPoint, HistogramValue, Metric, MetricBatch, MetricData, Number, NumberPoint, Quantile,
    Resource, ResourceMetrics, Scope, ScopeMetrics, SpanId, Stats, Sum, Summary, SummaryPoint,
    SummaryValue, Temporality, Timestamp, TooLarge, TraceId, Value,
};
use meterport_testkit::json::{Rules, metrics_data};
use meterport_testkit::strategy::{Numbers, batches};
use meterport_testkit::workload::Workload;
use prost::Message;

use crate::json::{Json, decode, encode, encode_pieces};
use crate::protobuf;

fn text(batch: &MetricBatch) -> String {
    String::from_utf8(encode(batch).bytes).unwrap()
}

fn metric(data: impl Into<MetricData>) -> MetricBatch {
    let scope = ScopeMetrics::new(Scope::default()).with_metric(Metric::new("m", data));
    ResourceMetrics::new(Resource::default()).with_scope(scope).into()
}

/// The text of a metric `m` with this data.
fn around(data: &str) -> String {
    let metric = format!(r#"{{"name":"m",{data}}}"#);
    format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{metric}]}}]}}]}}"#)
}

fn gauge(point: NumberPoint) -> MetricBatch {
    metric(Gauge { points: [point].into_iter().collect() })
}

fn number(number: impl Into<Number>) -> NumberPoint {
    NumberPoint::new(AttributeSet::empty(), number.into())
}

#[test]
fn values_to_the_letter() {
    let attribute = |value: Value| {
        let mut point = number(0_i64);
        point.attributes = AttributeSet::from([("k", value)]);
        gauge(point)
    };
    let map = vec![("b".to_owned(), Value::Int(1)), ("a".to_owned(), Value::Empty)];
    let values: [(Value, &str); 15] = [
        ("".into(), r#"{"stringValue":""}"#),
        (
            "a\"\\/\u{8}\n\r\t\u{1f}\u{7f}é\u{2028}".into(),
            concat!(r#"{"stringValue":"a\"\\/\u0008\n\r\t\u001f"#, "\u{7f}é\u{2028}\"}"),
        ),
        (false.into(), r#"{"boolValue":false}"#),
        (true.into(), r#"{"boolValue":true}"#),
        (0_i64.into(), r#"{"intValue":"0"}"#),
        (i64::MIN.into(), r#"{"intValue":"-9223372036854775808"}"#),
        (0.0.into(), r#"{"doubleValue":0.0}"#),
        (1e300.into(), r#"{"doubleValue":1e+300}"#),
        (f64::NAN.into(), r#"{"doubleValue":"NaN"}"#),
        (Value::Bytes(vec![0, 255, 16]), r#"{"bytesValue":"AP8Q"}"#),
        (Value::Bytes(vec![]), r#"{"bytesValue":""}"#),
        (Value::Empty, r#"{}"#),
        (Value::Array(vec![]), r#"{"arrayValue":{}}"#),
        (
            Value::Array(vec![Value::Int(1), Value::Empty, Value::Map(vec![])]),
            r#"{"arrayValue":{"values":[{"intValue":"1"},{},{"kvlistValue":{}}]}}"#,
        ),
        (
            Value::Map(map),
            r#"{"kvlistValue":{"values":[{"key":"a","value":{}},{"key":"b","value":{"intValue":"1"}}]}}"#,
        ),
    ];
    for (value, expected) in values {
        let expected = around(&format!(
            r#""gauge":{{"dataPoints":[{{"attributes":[{{"key":"k","value":{expected}}}],"asInt":"0"}}]}}"#
        ));
        assert_eq!(text(&attribute(value)), expected);
    }
}

#[test]
fn points_to_the_letter() {
    let exemplar = Exemplar::new(Number::F64(f64::NEG_INFINITY), Timestamp::from_nanos(5))
        .with_attributes(AttributeSet::from([("e", true)]))
        .with_span(
            TraceId::from_bytes([0xab; 16]).unwrap(),
            SpanId::from_bytes([1, 2, 3, 4, 5, 6, 7, 0xf0]).unwrap(),
        );
    let times = |point: NumberPoint| {
        point.with_start(Timestamp::from_nanos(1)).with_time(Timestamp::from_nanos(u64::MAX))
    };
    let histogram = |buckets, stats| {
        let value = HistogramValue { stats, buckets };
        metric(Histogram {
            points: [HistogramPoint::new(AttributeSet::empty(), value)].into_iter().collect(),
            temporality: Temporality::Delta,
        })
    };
    let buckets = |bounds: &[f64], counts: &[u64]| {
        Buckets::new(Bounds::new(bounds).unwrap(), counts.to_vec()).unwrap()
    };
    let exponential = |value| {
        metric(ExponentialHistogram {
            points: [ExponentialPoint::new(AttributeSet::empty(), value)].into_iter().collect(),
            temporality: Temporality::Cumulative,
        })
    };
    let summary = |value| {
        let points = [SummaryPoint::new(AttributeSet::empty(), value)].into_iter().collect();
        metric(Summary { points })
    };
    let stats = Stats { count: 3, sum: Some(0.0), min: Some(-1.5), max: Some(f64::INFINITY) };
    let cases: Vec<(MetricBatch, &str)> = vec![
        (gauge(number(0_i64)), r#""gauge":{"dataPoints":[{"asInt":"0"}]}"#),
        (gauge(number(0.0)), r#""gauge":{"dataPoints":[{"asDouble":0.0}]}"#),
        (gauge(number(-0.0)), r#""gauge":{"dataPoints":[{"asDouble":-0.0}]}"#),
        (gauge(number(f64::NAN)), r#""gauge":{"dataPoints":[{"asDouble":"NaN"}]}"#),
        (
            gauge(number(i64::MAX as u64)),
            r#""gauge":{"dataPoints":[{"asInt":"9223372036854775807"}]}"#,
        ),
        (
            gauge(number(u64::MAX)),
            r#""gauge":{"dataPoints":[{"asDouble":1.8446744073709552e+19}]}"#,
        ),
        (metric(Gauge::default()), r#""gauge":{}"#),
        (metric(Sum::up_down([])), r#""sum":{"aggregationTemporality":2}"#),
        (
            metric(Sum::counter([times(number(1_i64)).with_flags(Flags::NO_RECORDED_VALUE)])),
            concat!(
                r#""sum":{"dataPoints":[{"startTimeUnixNano":"1","#,
                r#""timeUnixNano":"18446744073709551615","asInt":"1","flags":1}],"#,
                r#""aggregationTemporality":2,"isMonotonic":true}"#,
            ),
        ),
        (
            gauge(number(1_i64).with_exemplar(exemplar)),
            concat!(
                r#""gauge":{"dataPoints":[{"asInt":"1","exemplars":[{"filteredAttributes":"#,
                r#"[{"key":"e","value":{"boolValue":true}}],"timeUnixNano":"5","#,
                r#""asDouble":"-Infinity","spanId":"01020304050607f0","#,
                r#""traceId":"abababababababababababababababab"}]}]}"#,
            ),
        ),
        (
            histogram(Buckets::none(), Stats::default()),
            r#""histogram":{"dataPoints":[{}],"aggregationTemporality":1}"#,
        ),
        (
            histogram(buckets(&[], &[0]), Stats { count: 1, ..Stats::default() }),
            concat!(
                r#""histogram":{"dataPoints":[{"count":"1","bucketCounts":["0"]}],"#,
                r#""aggregationTemporality":1}"#,
            ),
        ),
        (
            histogram(buckets(&[0.0, f64::INFINITY], &[1, 2, u64::MAX]), stats),
            concat!(
                r#""histogram":{"dataPoints":[{"count":"3","sum":0.0,"min":-1.5,"#,
                r#""max":"Infinity","bucketCounts":["1","2","18446744073709551615"],"#,
                r#""explicitBounds":[0.0,"Infinity"]}],"aggregationTemporality":1}"#,
            ),
        ),
        (
            exponential(ExponentialValue {
                stats,
                scale: -3,
                zero_count: 7,
                zero_threshold: 0.5,
                positive: ExponentialBuckets { offset: -1, counts: vec![0, 9] },
                negative: ExponentialBuckets::default(),
            }),
            concat!(
                r#""exponentialHistogram":{"dataPoints":[{"count":"3","sum":0.0,"min":-1.5,"#,
                r#""max":"Infinity","scale":-3,"zeroCount":"7","#,
                r#""positive":{"offset":-1,"bucketCounts":["0","9"]},"zeroThreshold":0.5}],"#,
                r#""aggregationTemporality":2}"#,
            ),
        ),
        (
            summary(SummaryValue {
                count: 2,
                sum: 1.0,
                quantiles: vec![Quantile::default(), Quantile { quantile: 1.0, value: 5.0 }],
            }),
            concat!(
                r#""summary":{"dataPoints":[{"count":"2","sum":1.0,"#,
                r#""quantileValues":[{},{"quantile":1.0,"value":5.0}]}]}"#,
            ),
        ),
    ];
    for (batch, expected) in cases {
        assert_eq!(text(&batch), around(expected));
    }
}

#[test]
fn envelopes_to_the_letter() {
    let scope = Scope {
        attributes: AttributeSet::from([("s", 1)]),
        dropped_attributes_count: 3,
        ..Scope::new("lib").with_version("1")
    };
    let described = Metric::new("m", Gauge::default())
        .with_description("d")
        .with_unit("By")
        .with_metadata(AttributeSet::from([("meta", "x")]));
    let full = MetricBatch::from(ResourceMetrics {
        resource: Resource {
            attributes: AttributeSet::from([("r", 1)]),
            dropped_attributes_count: 2,
        },
        schema_url: "https://r".into(),
        scopes: vec![ScopeMetrics {
            scope,
            schema_url: "https://s".into(),
            metrics: vec![described],
        }],
    });
    let empty = ResourceMetrics::new(Resource::default()).with_scope(ScopeMetrics::default());
    let cases = [
        (MetricBatch::default(), r#"{"resourceMetrics":[]}"#),
        (ResourceMetrics::default().into(), r#"{"resourceMetrics":[{}]}"#),
        (empty.into(), r#"{"resourceMetrics":[{"scopeMetrics":[{}]}]}"#),
        (
            full,
            concat!(
                r#"{"resourceMetrics":[{"resource":{"attributes":[{"key":"r","value":"#,
                r#"{"intValue":"1"}}],"droppedAttributesCount":2},"scopeMetrics":[{"scope":"#,
                r#"{"name":"lib","version":"1","attributes":[{"key":"s","value":{"intValue":"1"}}],"#,
                r#""droppedAttributesCount":3},"metrics":[{"name":"m","description":"d","#,
                r#""unit":"By","gauge":{},"metadata":[{"key":"meta","value":{"stringValue":"x"}}]}],"#,
                r#""schemaUrl":"https://s"}],"schemaUrl":"https://r"}]}"#,
            ),
        ),
    ];
    for (batch, expected) in cases {
        assert_eq!(text(&batch), expected);
        assert_eq!(decode(expected.as_bytes()).unwrap(), batch);
    }
}

/// The independent reader's messages, and those that prost reads from the protobuf form.
fn check_against_foreign_code(batch: &MetricBatch) {
    let Encoded { bytes, rounded } = encode(batch);
    let read = metrics_data(&bytes, Rules::Writer)
        .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&bytes)));
    let wire = protobuf::encode(batch);
    let expected = meterport_testkit::proto::MetricsData::decode(&*wire.bytes).unwrap();
    // Compared as text, as a NaN equals nothing. Of negative zeros prost makes zeros.
    let shown = |data| format!("{data:?}").replace("-0.0", "0.0");
    let (read, expected) = (shown(read), shown(expected));
    if read != expected {
        let same = read.bytes().zip(expected.bytes()).take_while(|(a, b)| a == b).count();
        let around = |text: String| {
            let end = (same + 80).min(text.len());
            String::from_utf8_lossy(&text.as_bytes()[same.saturating_sub(80)..end]).into_owned()
        };
        panic!("{}\n{}", around(read), around(expected));
    }
    assert_eq!(rounded, wire.rounded);
}

#[test]
fn an_independent_reader_gets_what_protobuf_says() {
    batches(Numbers::Any, 1_000, 31).for_each(|batch| check_against_foreign_code(&batch));
    check_against_foreign_code(&Workload::mixed(1_000).batch(3));
    check_against_foreign_code(&Workload::exponential(300).batch(3));
}

#[test]
fn what_is_written_is_read_back() {
    for batch in batches(Numbers::Finite, 1_000, 32).chain([Workload::mixed(1_000).batch(1)]) {
        let bytes = encode(&batch).bytes;
        let read = decode(&bytes)
            .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&bytes)));
        assert_eq!(read, batch);
    }
}

#[test]
fn pieces_are_the_whole() {
    let large = Workload::mixed(2_000).batch(1);
    for batch in batches(Numbers::Any, 100, 33).chain([large.clone()]) {
        let (mut text, mut longest) = (Vec::new(), 0);
        let report = encode_pieces(&batch, &mut |piece| {
            text.extend_from_slice(piece);
            longest = longest.max(piece.len());
        });
        let whole = encode(&batch);
        assert_eq!(text, whole.bytes);
        assert_eq!((report.bytes, report.rounded), (whole.bytes.len() as u64, whole.rounded));
        assert!(longest < 96 * 1024, "{longest}");
    }
    assert!(encode(&large).bytes.len() > 1_000_000);
}

#[test]
fn a_limit_is_kept_and_the_length_told() {
    let batch = Workload::mixed(2_000).batch(1);
    let size = encode(&batch).bytes.len() as u64;
    assert_eq!(Json.encode(&batch, size).unwrap().bytes.len() as u64, size);
    for limit in [0, 1, 70_000, size / 2, size - 1] {
        assert_eq!(Json.encode(&batch, limit), Err(TooLarge { size }), "{limit}");
        let mut handed = 0;
        let told = Json.encode_pieces(&batch, limit, &mut |piece| handed += piece.len() as u64);
        assert_eq!(told, Err(TooLarge { size }), "{limit}");
        assert!(handed <= limit, "{limit}");
    }
}

#[test]
fn attributes_are_remembered_by_the_chunk() {
    let batch = Workload::mixed(600).batch(1);
    let first = text(&batch);
    let remembered = |batch: &MetricBatch| {
        let mut keys = String::new();
        for metric in batch.metrics() {
            let MetricData::Sum(sum) = &metric.data else { continue };
            for run in sum.points.series().runs() {
                write!(keys, "{} ", run.chunk().memo().len()).unwrap();
            }
        }
        keys
    };
    let once = remembered(&batch);
    assert!(!once.is_empty() && !once.contains('0'));
    assert_eq!(text(&batch), first);
    assert_eq!(remembered(&batch), once);
    // Slices share the chunks, and begin in their middle.
    let slice = batch.slice(101..413);
    assert_eq!(decode(text(&slice).as_bytes()).unwrap(), slice);
}
