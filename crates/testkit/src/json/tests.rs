use super::*;
use crate::proto::{
    AnyValue, Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram,
    HistogramDataPoint, InstrumentationScope, KeyValue, KeyValueList, Metric, NumberDataPoint,
    Resource, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint, any_value, exemplar,
    exponential_histogram_data_point::Buckets, metric::Data, number_data_point,
    summary_data_point::ValueAtQuantile,
};

fn key_value(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }) }
}

fn metric(name: &str, data: Data) -> Metric {
    Metric { name: name.into(), data: Some(data), ..Metric::default() }
}

fn with_metrics(metrics: Vec<Metric>) -> MetricsData {
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    MetricsData { resource_metrics: vec![ResourceMetrics { scope_metrics, ..Default::default() }] }
}

/// The data of one metric, wrapped into a whole.
fn wrapped(metric: &str) -> String {
    format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{metric}]}}]}}]}}"#)
}

#[test]
fn envelopes_and_every_kind_of_attribute() {
    use any_value::Value::*;
    let text = r#"{"resourceMetrics":[{"resource":{"attributes":[
        {"key":"s","value":{"stringValue":"é\u0000"}},{"key":"b","value":{"boolValue":false}},
        {"key":"i","value":{"intValue":"-9223372036854775808"}},
        {"key":"d","value":{"doubleValue":1e-320}},{"key":"y","value":{"bytesValue":"/+8="}},
        {"key":"a","value":{"arrayValue":{"values":[{"intValue":"1"},{}]}}},
        {"key":"m","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":""}}]}}},
        {"key":"e","value":{}}],"droppedAttributesCount":4},
        "scopeMetrics":[{"scope":{"name":"n","version":"v","attributes":[],
            "droppedAttributesCount":1},"metrics":[{"name":"m","description":"d","unit":"By",
            "metadata":[{"key":"k","value":{"boolValue":true}}]}],"schemaUrl":"inner"}],
        "schemaUrl":"outer"}]}"#;
    let array = [Some(IntValue(1)), None].map(|value| AnyValue { value }).to_vec();
    let pairs = vec![key_value("k", StringValue(String::new()))];
    let expected = ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(Resource {
                attributes: vec![
                    key_value("s", StringValue("é\0".into())),
                    key_value("b", BoolValue(false)),
                    key_value("i", IntValue(i64::MIN)),
                    key_value("d", DoubleValue(1e-320)),
                    key_value("y", BytesValue(vec![0xff, 0xef])),
                    key_value("a", ArrayValue(crate::proto::ArrayValue { values: array })),
                    key_value("m", KvlistValue(KeyValueList { values: pairs })),
                    KeyValue { key: "e".into(), value: Some(AnyValue { value: None }) },
                ],
                dropped_attributes_count: 4,
                entity_refs: vec![],
            }),
            scope_metrics: vec![ScopeMetrics {
                scope: Some(InstrumentationScope {
                    name: "n".into(),
                    version: "v".into(),
                    attributes: vec![],
                    dropped_attributes_count: 1,
                }),
                metrics: vec![Metric {
                    name: "m".into(),
                    description: "d".into(),
                    unit: "By".into(),
                    metadata: vec![key_value("k", BoolValue(true))],
                    data: None,
                }],
                schema_url: "inner".into(),
            }],
            schema_url: "outer".into(),
        }],
    };
    for rules in [Rules::Receiver, Rules::Writer] {
        assert_eq!(request(text.as_bytes(), rules).as_ref(), Ok(&expected));
    }
}

#[test]
fn every_kind_of_metric() {
    let exemplar = Exemplar {
        filtered_attributes: vec![],
        time_unix_nano: 9,
        span_id: vec![0, 1, 2, 3, 4, 5, 6, 0xef],
        trace_id: (0..16).collect(),
        value: Some(exemplar::Value::AsInt(0)),
    };
    let exemplar_text = r#"{"timeUnixNano":"9","spanId":"00010203040506EF",
        "traceId":"000102030405060708090a0b0c0d0e0f","asInt":"0"}"#;
    let point = |value| NumberDataPoint {
        start_time_unix_nano: 1,
        time_unix_nano: u64::MAX,
        value: Some(value),
        flags: 1,
        exemplars: vec![exemplar.clone()],
        attributes: vec![],
    };
    let table = [
        (
            format!(
                r#"{{"name":"m","gauge":{{"dataPoints":[{{"startTimeUnixNano":"1",
                "timeUnixNano":"18446744073709551615","asDouble":"-Infinity","flags":1,
                "exemplars":[{exemplar_text}]}}]}}}}"#
            ),
            Data::Gauge(Gauge {
                data_points: vec![point(number_data_point::Value::AsDouble(f64::NEG_INFINITY))],
            }),
        ),
        (
            format!(
                r#"{{"name":"m","sum":{{"dataPoints":[{{"startTimeUnixNano":"1",
                "timeUnixNano":"18446744073709551615","asInt":"-1","flags":1,
                "exemplars":[{exemplar_text}]}}],"aggregationTemporality":2,"isMonotonic":true}}}}"#
            ),
            Data::Sum(Sum {
                data_points: vec![point(number_data_point::Value::AsInt(-1))],
                aggregation_temporality: 2,
                is_monotonic: true,
            }),
        ),
        (
            r#"{"name":"m","histogram":{"dataPoints":[{"count":"3","sum":0,
                "bucketCounts":["1","2"],"explicitBounds":[0.1],"max":2.5}],
                "aggregationTemporality":1}}"#
                .into(),
            Data::Histogram(Histogram {
                data_points: vec![HistogramDataPoint {
                    count: 3,
                    sum: Some(0.0),
                    bucket_counts: vec![1, 2],
                    explicit_bounds: vec![0.1],
                    max: Some(2.5),
                    ..HistogramDataPoint::default()
                }],
                aggregation_temporality: 1,
            }),
        ),
        (
            r#"{"name":"m","exponentialHistogram":{"dataPoints":[{"count":"3","scale":-4,
                "zeroCount":"1","zeroThreshold":0.5,"min":-1,
                "positive":{"offset":-7,"bucketCounts":["2"]},"negative":{}}],
                "aggregationTemporality":1}}"#
                .into(),
            Data::ExponentialHistogram(ExponentialHistogram {
                data_points: vec![ExponentialHistogramDataPoint {
                    count: 3,
                    scale: -4,
                    zero_count: 1,
                    zero_threshold: 0.5,
                    min: Some(-1.0),
                    positive: Some(Buckets { offset: -7, bucket_counts: vec![2] }),
                    negative: Some(Buckets::default()),
                    ..ExponentialHistogramDataPoint::default()
                }],
                aggregation_temporality: 1,
            }),
        ),
        (
            r#"{"name":"m","summary":{"dataPoints":[{"count":"3","sum":1.5,
                "quantileValues":[{"quantile":0.5,"value":0.3}]}]}}"#
                .into(),
            Data::Summary(Summary {
                data_points: vec![SummaryDataPoint {
                    count: 3,
                    sum: 1.5,
                    quantile_values: vec![ValueAtQuantile { quantile: 0.5, value: 0.3 }],
                    ..SummaryDataPoint::default()
                }],
            }),
        ),
    ];
    for (text, data) in table {
        let expected = with_metrics(vec![metric("m", data)]);
        for rules in [Rules::Receiver, Rules::Writer] {
            let read = metrics_data(wrapped(&text).as_bytes(), rules);
            assert_eq!(read.as_ref(), Ok(&expected), "{text}");
        }
        assert_eq!(expected.points(), 1);
    }
}

#[test]
fn nan_is_a_string() {
    let text = wrapped(r#"{"gauge":{"dataPoints":[{"asDouble":"NaN"}]}}"#);
    let read = metrics_data(text.as_bytes(), Rules::Writer).unwrap();
    let Some(Data::Gauge(gauge)) = &read.resource_metrics[0].scope_metrics[0].metrics[0].data
    else {
        panic!("not a gauge: {read:?}");
    };
    let Some(number_data_point::Value::AsDouble(value)) = gauge.data_points[0].value else {
        panic!("not a double: {gauge:?}");
    };
    assert!(value.is_nan());
}

/// What a receiver has to read, and a writer must not write: the point, and where it is wrong.
#[test]
fn a_writer_is_held_to_the_letter() {
    let table = [
        (r#"{"asInt":7}"#, "asInt: expected a 64-bit integer as a decimal string, found 7"),
        (r#"{"asInt":"7","startTimeUnixNano":0}"#, "startTimeUnixNano: expected an unsigned"),
        (
            r#"{"asInt":"07"}"#,
            r#"asInt: expected a 64-bit integer as a decimal string, found "07""#,
        ),
        (r#"{"asInt":"7","as_int":"7"}"#, "as_int: unknown name"),
        (r#"{"asInt":"7","flags":"1"}"#, "flags: expected an unsigned 32-bit integer"),
        (r#"{"asInt":"7","exemplars":null}"#, "exemplars: null"),
        (r#"{"asDouble":"1.5"}"#, "asDouble: expected a number"),
        (r#"{"asInt":"7","asInt":"7"}"#, r#"the name "asInt" occurs twice"#),
        (
            r#"{"attributes":[{"key":"k","value":{"bytesValue":"_-8"}}]}"#,
            r#"attributes[0].value.bytesValue: expected base64, found "_-8""#,
        ),
    ];
    for (point, complaint) in table {
        let text = wrapped(&format!(r#"{{"gauge":{{"dataPoints":[{point}]}}}}"#));
        assert!(metrics_data(text.as_bytes(), Rules::Receiver).is_ok(), "{point}");
        let error = metrics_data(text.as_bytes(), Rules::Writer).unwrap_err().to_string();
        assert!(error.contains(complaint), "{point}: {error}");
    }
}

#[test]
fn what_nobody_may_read() {
    let table = [
        (
            r#"{"sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA"}}"#,
            "an enum's number",
        ),
        (r#"{"gauge":{"dataPoints":[{"asInt":"9223372036854775808"}]}}"#, "a 64-bit integer"),
        (r#"{"gauge":{"dataPoints":[{"timeUnixNano":"-1"}]}}"#, "an unsigned 64-bit integer"),
        (r#"{"gauge":{"dataPoints":[{"asInt":"1","asDouble":1}]}}"#, "same oneof"),
        (r#"{"gauge":{},"sum":{}}"#, "same oneof"),
        (
            r#"{"gauge":{"dataPoints":[{"exemplars":[{"spanId":"AAECAwQFBu8="}]}]}}"#,
            "16 hexadecimal",
        ),
        (r#"{"gauge":{"dataPoints":[{"exemplars":[{"spanId":"+0+1+2+3+4+5+6+7"}]}]}}"#, "16 hexa"),
        (r#"{"gauge":[]}"#, "an object"),
        (r#"{"name":1}"#, "a string"),
        (r#"{"name":"#, "not"),
    ];
    for (text, complaint) in table {
        for rules in [Rules::Receiver, Rules::Writer] {
            let error = metrics_data(wrapped(text).as_bytes(), rules).unwrap_err().to_string();
            assert!(error.contains(complaint), "{text}: {error}");
        }
    }
    let deep = r#"{"arrayValue":{"values":["#.repeat(10_000);
    assert!(metrics_data(deep.as_bytes(), Rules::Receiver).is_err());
    assert!(metrics_data(deep.as_bytes(), Rules::Writer).is_err());
}

#[test]
fn errors_name_the_place() {
    let text = wrapped(r#"{"gauge":{"dataPoints":[{},{"flags":-1}]}}"#);
    let error = metrics_data(text.as_bytes(), Rules::Receiver).unwrap_err();
    let place = "resourceMetrics[0].scopeMetrics[0].metrics[0].gauge.dataPoints[1].flags";
    assert_eq!(error.at(), place);
}

#[test]
fn lines_of_a_file() {
    let (writer, receiver) = (Rules::Writer, Rules::Receiver);
    let lines = |text: &str, rules| metrics_data_lines(text.as_bytes(), rules);
    assert_eq!(lines("{}\n{\"resourceMetrics\":[]}\n", writer).map(|all| all.len()), Ok(2));
    assert_eq!(lines("", writer), Ok(vec![]));
    assert_eq!(lines("{}\r\n\n{}", receiver).map(|all| all.len()), Ok(2));
    assert_eq!(
        lines("{}\n{}", writer).unwrap_err().to_string(),
        "line 2: does not end with a line feed"
    );
    assert_eq!(lines("{}\n\n", writer).unwrap_err().at(), "line 2");
    assert_eq!(lines("{}\n{\"x\":1}\n", writer).unwrap_err().at(), "line 2.x");
}

#[test]
fn answers() {
    let text = br#"{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"no"}}"#;
    let partial = response(text, Rules::Writer).unwrap().partial_success.unwrap();
    assert_eq!((partial.rejected_data_points, &*partial.error_message), (3, "no"));
    assert_eq!(response(b"{}", Rules::Writer), Ok(ExportMetricsServiceResponse::default()));
}
