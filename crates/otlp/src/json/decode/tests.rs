use meterport_core::{
    ExponentialValueRef, Flags, HistogramValueRef, Metric, MetricBatch, MetricData, Number,
    Timestamp, Value, ValueRef,
};
use meterport_testkit::strategy::{Numbers, batches};
use proptest::prelude::*;

use super::decode;
use crate::json::encode;
use crate::{DecodeError, DecodeProblem};

/// A metric `x` with this data.
fn around(data: &str) -> String {
    let metric = format!(r#"{{"name":"x",{data}}}"#);
    format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{metric}]}}]}}]}}"#)
}

fn gauge(points: &str) -> String {
    around(&format!(r#""gauge":{{"dataPoints":[{points}]}}"#))
}

fn metric(text: &str) -> Metric {
    let batch = decode(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
    batch.metrics().next().unwrap_or_else(|| panic!("{text}: no metric")).clone()
}

fn numbers(data: &MetricData) -> Vec<Number> {
    match data {
        MetricData::Gauge(data) => data.points.iter().map(|point| point.value).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn numbers_come_in_many_forms() {
    let (int, float) = (Number::I64, Number::F64);
    let table = [
        (r#"{"asInt":"-7"}"#, int(-7)),
        (r#"{"asInt":-7}"#, int(-7)),
        (r#"{"asInt":7}"#, int(7)),
        (r#"{"asInt":7.0}"#, int(7)),
        (r#"{"asInt":"9223372036854775807"}"#, int(i64::MAX)),
        (r#"{"asInt":9223372036854775807}"#, int(i64::MAX)),
        (r#"{"asInt":null,"asDouble":1}"#, float(1.0)),
        (r#"{"asDouble":"1.5"}"#, float(1.5)),
        (r#"{"asDouble":"Infinity"}"#, float(f64::INFINITY)),
        (r#"{"asDouble":"-Infinity"}"#, float(f64::NEG_INFINITY)),
        (r#"{"asDouble":-1e-7}"#, float(-1e-7)),
        (r#"{"asDouble":18446744073709551616}"#, float(18_446_744_073_709_551_616.0)),
        (r#"{"asInt":1,"asDouble":2}"#, float(2.0)),
        (r#"{"flags":1}"#, int(0)),
        (r#"{"\u0061sInt":1,"as_int":2,"other":[{"asInt":3},null],"x":"\ud83d\ude00"}"#, int(1)),
    ];
    for (point, expected) in table {
        assert_eq!(numbers(&metric(&gauge(point)).data), [expected], "{point}");
    }
    let nan = numbers(&metric(&gauge(r#"{"asDouble":"NaN"}"#)).data)[0];
    assert!(matches!(nan, Number::F64(number) if number.is_nan()));
}

#[test]
fn points_are_read_whole() {
    let point = concat!(
        r#"{"timeUnixNano":2,"flags":"5","startTimeUnixNano":"1","asInt":1,"exemplars":["#,
        r#"{"asInt":1,"traceId":"ABababababababababababababababab","spanId":"","#,
        r#""timeUnixNano":"9","filteredAttributes":[{"key":"f"}]},"#,
        r#"{"asDouble":1,"spanId":"0000000000000000"}]}"#,
    );
    let metric = metric(&gauge(point));
    let MetricData::Gauge(data) = &metric.data else { panic!("{metric:?}") };
    let point = data.points.to_points().remove(0);
    assert_eq!((point.start, point.time), (Timestamp::from_nanos(1), Timestamp::from_nanos(2)));
    assert_eq!(point.flags, Flags::from_bits(5));
    let [first, second] = &*point.exemplars else { panic!("{point:?}") };
    assert_eq!(first.trace_id.unwrap().as_bytes(), &[0xab; 16]);
    assert_eq!(first.filtered_attributes.get("f"), Some(ValueRef::Empty));
    assert_eq!((first.span_id, second.span_id, second.trace_id), (None, None, None));
}

#[test]
fn histograms_are_read_whole() {
    let text = concat!(
        r#""histogram":{"aggregationTemporality":1,"dataPoints":[{"count":3,"bucketCounts":["1",2],"#,
        r#""explicitBounds":["Infinity"]},{"sum":null}]}"#,
    );
    let MetricData::Histogram(data) = metric(&around(text)).data else { panic!() };
    let values: Vec<HistogramValueRef<'_>> = data.points.iter().map(|p| p.value).collect();
    let (bounds, counts) = values[0].buckets.unwrap();
    assert_eq!((bounds.as_slice(), counts), (&[f64::INFINITY][..], &[1, 2][..]));
    assert_eq!((values[1].buckets, values[1].stats.sum), (None, None));

    let text = concat!(
        r#""exponentialHistogram":{"dataPoints":[{"scale":-2,"sum":"1","positive":"#,
        r#"{"offset":"-3","bucketCounts":[1]},"negative":null}],"aggregationTemporality":2}"#,
    );
    let MetricData::ExponentialHistogram(data) = metric(&around(text)).data else { panic!() };
    let value: ExponentialValueRef<'_> = data.points.iter().next().unwrap().value;
    assert_eq!((value.scale, value.stats.sum), (-2, Some(1.0)));
    assert_eq!((value.positive, value.negative), ((-3, &[1][..]), (0, &[][..])));
}

#[test]
fn values_come_in_many_forms() {
    let table = [
        (r#"{"bytesValue":"+/8="}"#, Value::Bytes(vec![0xfb, 0xff])),
        (r#"{"bytesValue":"-_8"}"#, Value::Bytes(vec![0xfb, 0xff])),
        (r#"{"intValue":5}"#, Value::Int(5)),
        (r#"{"intValue":null}"#, Value::Empty),
        ("null", Value::Empty),
        ("{}", Value::Empty),
        (r#"{"doubleValue":"NaN","boolValue":true}"#, Value::Bool(true)),
        (r#"{"arrayValue":{"values":null}}"#, Value::Array(vec![])),
        (
            r#"{"kvlistValue":{"values":[{"value":{"stringValue":"\n"},"key":"k"}]}}"#,
            Value::Map(vec![("k".into(), "\n".into())]),
        ),
    ];
    for (value, expected) in table {
        let text = gauge(&format!(r#"{{"asInt":1,"attributes":[{{"key":"a","value":{value}}}]}}"#));
        let MetricData::Gauge(data) = metric(&text).data else { panic!() };
        let attributes = data.points.iter().next().unwrap().attributes.clone();
        assert_eq!(attributes.get("a").unwrap().to_value(), expected, "{value}");
    }
}

#[test]
fn empty_forms_are_empty_batches() {
    for text in ["{}", "null", r#"{"resourceMetrics":[]}"#, r#"{"resourceMetrics":null}"#] {
        assert_eq!(decode(text.as_bytes()), Ok(MetricBatch::default()), "{text}");
    }
    for data in [r#""unit":"s""#, r#""gauge":null"#, r#""newKind":{"dataPoints":[{}]}"#] {
        assert_eq!(decode(around(data).as_bytes()).unwrap().metrics().count(), 0, "{data}");
    }
}

fn error(text: &str) -> DecodeError {
    match decode(text.as_bytes()) {
        Ok(batch) => panic!("{text}: {batch:?}"),
        Err(error) => error,
    }
}

#[test]
fn errors_say_what_and_where() {
    let points = |points: &str| gauge(&format!(r#"{{"asInt":1}},{points}"#));
    let histogram = |point: &str| {
        around(&format!(r#""histogram":{{"aggregationTemporality":2,"dataPoints":[{point}]}}"#))
    };
    let table = [
        (points("{}"), r#"metric "x", point 1: a point without a value"#),
        (
            points(r#"{"asInt":"1x"}"#),
            r#"metric "x", point 1: malformed: asInt: not a signed 64-bit integer"#,
        ),
        (
            points(r#"{"asInt":9223372036854775808}"#),
            r#"metric "x", point 1: malformed: asInt: not a signed 64-bit integer"#,
        ),
        (
            points(r#"{"timeUnixNano":-1}"#),
            r#"metric "x", point 1: malformed: timeUnixNano: not an unsigned 64-bit integer"#,
        ),
        (
            points(r#"{"flags":4294967296}"#),
            r#"metric "x", point 1: malformed: flags: not an unsigned 32-bit integer"#,
        ),
        (
            points(r#"{"asDouble":"inf"}"#),
            r#"metric "x", point 1: malformed: asDouble: not a number"#,
        ),
        (
            points(r#"{"asDouble":"1e999"}"#),
            r#"metric "x", point 1: malformed: asDouble: not a number"#,
        ),
        (
            points(r#"{"asInt":1,"exemplars":[{}]}"#),
            r#"metric "x", point 1: a point without a value"#,
        ),
        (
            points(r#"{"exemplars":[{"asInt":1,"spanId":"abcd"}]}"#),
            r#"metric "x", point 1: an id of 2 bytes"#,
        ),
        (
            points(r#"{"exemplars":[{"asInt":1,"spanId":"abc"}]}"#),
            r#"metric "x", point 1: malformed: spanId: not hexadecimal"#,
        ),
        (
            points(r#"{"attributes":[{"key":"k","value":{"bytesValue":"a"}}]}"#),
            r#"metric "x", point 1: malformed: bytesValue: not base64"#,
        ),
        (
            histogram(r#"{"bucketCounts":["1"],"explicitBounds":[1]}"#),
            r#"metric "x", point 0: 1 bounds make 2 buckets, not 1"#,
        ),
        (
            histogram(r#"{"bucketCounts":["1",1,1],"explicitBounds":[1,1]}"#),
            r#"metric "x", point 0: bucket bounds must ascend and not be NaN"#,
        ),
        (
            histogram(r#"{"bucketCounts":[-1]}"#),
            concat!(
                r#"metric "x", point 0: malformed: bucketCounts: "#,
                "not an array of unsigned 64-bit integers",
            ),
        ),
        (around(r#""sum":{}"#), r#"metric "x": neither cumulative nor delta"#),
        (
            around(r#""histogram":{"aggregationTemporality":3}"#),
            r#"metric "x": neither cumulative nor delta"#,
        ),
        (
            around(r#""sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA"}"#),
            r#"metric "x": malformed: aggregationTemporality: not an integer"#,
        ),
        (
            around(r#""gauge":{},"summary":{}"#),
            r#"metric "x": malformed: summary: a second kind of data in one metric"#,
        ),
    ];
    for (text, expected) in table {
        assert_eq!(error(&text).to_string(), expected, "{text}");
    }
    let malformed = [
        "",
        "[]",
        "1",
        "{",
        "{}x",
        r#"{"resourceMetrics":{}}"#,
        r#"{"resourceMetrics":[1]}"#,
        r#"{"resourceMetrics":[{"schemaUrl":[]}]}"#,
        "\u{feff}{}",
        "{\"\u{0}\":1}",
    ];
    for text in malformed {
        assert!(matches!(error(text).problem(), DecodeProblem::Malformed(_)), "{text}");
    }
    assert!(decode(b"{\"\xff\":1}").is_err());
}

#[test]
fn hostile_input_is_bounded() {
    let nested = |depth: usize| {
        let (open, close) = (r#"{"arrayValue":{"values":["#, "]}}");
        let value = open.repeat(depth) + "{}" + &close.repeat(depth);
        gauge(&format!(r#"{{"asInt":1,"attributes":[{{"key":"k","value":{value}}}]}}"#))
    };
    assert!(decode(nested(24).as_bytes()).is_ok());
    assert_eq!(error(&nested(25)).problem(), &DecodeProblem::TooDeep);
    let maps = |depth: usize| {
        let (open, close) = (r#"{"kvlistValue":{"values":[{"value":"#, "}]}}");
        let value = open.repeat(depth) + "{}" + &close.repeat(depth);
        let attributes = format!(r#"[{{"key":"k","value":{value}}}]"#);
        let exemplar = format!(r#"{{"asInt":1,"filteredAttributes":{attributes}}}"#);
        gauge(&format!(r#"{{"asInt":1,"exemplars":[{exemplar}]}}"#))
    };
    // The deepest there can be stays below the limit of the JSON reader.
    assert!(decode(maps(24).as_bytes()).is_ok());
    assert_eq!(error(&maps(25)).problem(), &DecodeProblem::TooDeep);
    assert!(decode("[".repeat(1_000_000).as_bytes()).is_err());
    let unknown = format!(r#"{{"x":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let _ = decode(unknown.as_bytes());

    let many = |item: &str, count: usize| vec![item; count].join(",");
    let dense = [
        format!(r#"{{"resourceMetrics":[{}]}}"#, many("{}", 100_000)),
        format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{}]}}]}}"#, many("{}", 100_000)),
        around(&format!(
            r#""histogram":{{"aggregationTemporality":1,"dataPoints":[{}]}}"#,
            many("{}", 100_000)
        )),
    ];
    for text in dense {
        assert_eq!(error(&text).problem(), &DecodeProblem::TooDense);
    }
    // What somebody might send all the same is not.
    let plain = gauge(&many(r#"{"asInt":"1"}"#, 100_000));
    assert_eq!(decode(plain.as_bytes()).unwrap().points(), 100_000);
}

#[test]
fn a_long_name_makes_no_long_error() {
    let text = gauge("{}").replace(r#""x""#, &format!("\"{}\"", "n".repeat(1_000_000)));
    assert!(error(&text).to_string().len() < 2_000);
    let text = format!(r#"{{"resourceMetrics":"{}"}}"#, "n".repeat(1_000_000));
    assert!(error(&text).to_string().len() < 2_000);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
    }

    #[test]
    fn mutated_texts_are_read_or_refused(
        seed in any::<u64>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..5_usize, any::<u8>()), 1..6),
    ) {
        let pieces: [&[u8]; 8] =
            [b"\"", b"{", b"}", b"[", b"null", b"-1", b"\"NaN\"", b"1e400"];
        for batch in batches(Numbers::Any, 2, seed) {
            let mut text = encode(&batch).bytes;
            for (at, kind, byte) in &changes {
                if text.is_empty() {
                    break;
                }
                let at = at.index(text.len());
                match kind {
                    0 => text[at] = *byte,
                    1 => drop(text.remove(at)),
                    2 => text.truncate(at),
                    3 => drop(text.splice(at..at, pieces[usize::from(*byte) % 8].iter().copied())),
                    _ => text.extend_from_within(at..(at + usize::from(*byte)).min(text.len())),
                }
            }
            if let Ok(read) = decode(&text) {
                // What was read can be written.
                let _ = encode(&read);
            }
        }
    }
}
