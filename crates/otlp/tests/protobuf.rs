//! The protobuf encoder and decoder against prost's generated types.

use meterport_core::{
    AttributeSet, Encode, Gauge, Metric, MetricBatch, Number, NumberPoint, ResourceMetrics,
    ScopeMetrics,
};
use meterport_otlp::{DecodeProblem, Protobuf, protobuf};
use meterport_testkit::proto::{self, any_value, metric};
use meterport_testkit::strategy::{self, Numbers};
use meterport_testkit::to_proto;
use meterport_testkit::workload::Workload;
use prost::Message;

/// What prost writes for the same messages.
fn check(batch: &MetricBatch) -> Vec<u8> {
    let expected = to_proto(batch).encode_to_vec();
    let encoded = protobuf::encode(batch).bytes;
    assert!(encoded == expected, "{}", difference(&encoded, &expected, batch));
    assert_eq!(protobuf::encoded_len(batch), expected.len() as u64);
    expected
}

fn difference(encoded: &[u8], expected: &[u8], batch: &MetricBatch) -> String {
    let at = encoded.iter().zip(expected).position(|(a, b)| a != b);
    format!("{} bytes instead of {}, first at {at:?}, of {batch:#?}", encoded.len(), expected.len())
}

#[test]
fn ten_thousand_batches_are_encoded_as_prost_does() {
    for batch in strategy::batches(Numbers::Any, 10_000, 1) {
        check(&batch);
    }
}

#[test]
fn what_is_remembered_gives_the_same_bytes() {
    for batch in strategy::batches(Numbers::Any, 200, 2) {
        let first = check(&batch);
        assert_eq!(check(&batch), first);
        for piece in batch.split(3) {
            check(&piece);
        }
        check(&batch.filter(|_, _, _, attributes| attributes.len() != 1));
        check(&MetricBatch::join([batch.clone(), batch.slice(1..4)]));
    }
}

#[test]
fn large_batches_are_encoded_as_prost_does() {
    for workload in [Workload::mixed(3_000), Workload::exponential(600)] {
        for round in 0..2 {
            check(&workload.batch(round));
        }
        check(&workload.fresh(2));
    }
}

#[test]
fn pieces_make_up_the_whole() {
    let batch = Workload::mixed(3_000).batch(1);
    let whole = protobuf::encode(&batch);
    let mut pieces = Vec::new();
    let report = protobuf::encode_pieces(&batch, &mut |piece| pieces.push(piece.to_vec()));
    assert!(pieces.len() > 10 && pieces.iter().all(|piece| piece.len() < 70 * 1024));
    assert!(pieces.concat() == whole.bytes);
    // Larger and smaller than what comes.
    for mut buf in [vec![1; whole.bytes.len() * 2], vec![1; 3]] {
        assert_eq!(protobuf::encode_into(&batch, &mut buf), report);
        assert!(buf == whole.bytes);
    }
    assert_eq!((report.bytes, report.rounded), (whole.bytes.len() as u64, 0));
}

#[test]
fn what_is_decoded_is_what_was_encoded() {
    for batch in strategy::batches(Numbers::Any, 2_000, 3) {
        let bytes = to_proto(&batch).encode_to_vec();
        let decoded = protobuf::decode(&bytes).unwrap();
        // A NaN equals nothing, so that bytes are compared.
        assert!(protobuf::encode(&decoded).bytes == bytes, "{batch:#?}");
    }
    for batch in strategy::batches(Numbers::Finite, 2_000, 4) {
        let decoded = protobuf::decode(&protobuf::encode(&batch).bytes).unwrap();
        if protobuf::encode(&batch).rounded == 0 {
            assert_eq!(decoded, batch);
        }
    }
}

fn one_gauge(points: impl IntoIterator<Item = Number>) -> MetricBatch {
    let point = |number| NumberPoint::new(AttributeSet::empty(), number);
    let gauge = Gauge { points: points.into_iter().map(point).collect() };
    let scope = ScopeMetrics::default().with_metric(Metric::new("m", gauge));
    ResourceMetrics::default().with_scope(scope).into()
}

#[test]
fn integers_beyond_the_signed_ones_become_floats_and_are_counted() {
    let table = [
        (Number::U64(i64::MAX as u64), Some(i64::MAX), 0),
        (Number::U64(1 << 63), None, 1),
        (Number::U64(u64::MAX), None, 1),
        (Number::I64(i64::MIN), Some(i64::MIN), 0),
    ];
    for (number, integer, rounded) in table {
        let encoded = protobuf::encode(&one_gauge([number]));
        assert_eq!(encoded.rounded, rounded, "{number:?}");
        let request = proto::ExportMetricsServiceRequest::decode(&*encoded.bytes).unwrap();
        let data = &request.resource_metrics[0].scope_metrics[0].metrics[0].data;
        let Some(metric::Data::Gauge(gauge)) = data else { panic!("no gauge") };
        match gauge.data_points[0].value.unwrap() {
            proto::number_data_point::Value::AsInt(value) => assert_eq!(Some(value), integer),
            proto::number_data_point::Value::AsDouble(value) => {
                assert_eq!((integer, value), (None, number.as_f64()));
            }
        }
    }
}

#[test]
fn a_limit_is_one_on_the_bytes() {
    let batch = one_gauge([Number::I64(1)]);
    let size = protobuf::encoded_len(&batch);
    assert!(Protobuf.encode(&batch, size).is_ok());
    assert_eq!(Protobuf.encode(&batch, size - 1).unwrap_err().size, size);
    let mut pieces = 0;
    assert!(Protobuf.encode_pieces(&batch, size - 1, &mut |_| pieces += 1).is_err());
    assert_eq!(pieces, 0);
}

fn request(metric: proto::Metric) -> Vec<u8> {
    let scope = proto::ScopeMetrics { metrics: vec![metric], ..Default::default() };
    let resource = proto::ResourceMetrics { scope_metrics: vec![scope], ..Default::default() };
    proto::ExportMetricsServiceRequest { resource_metrics: vec![resource] }.encode_to_vec()
}

fn metric(data: metric::Data) -> Vec<u8> {
    request(proto::Metric { name: "m".into(), data: Some(data), ..Default::default() })
}

#[test]
fn what_is_against_the_rules_is_an_error_that_says_where() {
    let exemplar = |span_id: Vec<u8>| proto::Exemplar {
        span_id,
        value: Some(proto::exemplar::Value::AsInt(1)),
        ..Default::default()
    };
    let gauge = |point| metric(metric::Data::Gauge(proto::Gauge { data_points: vec![point] }));
    let value = Some(proto::number_data_point::Value::AsInt(1));
    let nested = (0..30).fold(proto::AnyValue::default(), |value, _| proto::AnyValue {
        value: Some(any_value::Value::ArrayValue(proto::ArrayValue { values: vec![value] })),
    });
    let histogram = |bounds: &[f64], counts: &[u64]| {
        let point = proto::HistogramDataPoint {
            explicit_bounds: bounds.to_vec(),
            bucket_counts: counts.to_vec(),
            ..Default::default()
        };
        let data_points = vec![point];
        metric(metric::Data::Histogram(proto::Histogram {
            data_points,
            aggregation_temporality: 2,
        }))
    };
    let table = [
        (
            gauge(proto::NumberDataPoint::default()),
            "metric \"m\", point 0: a point without a value",
        ),
        (
            gauge(proto::NumberDataPoint {
                value,
                exemplars: vec![exemplar(vec![1; 7])],
                ..Default::default()
            }),
            "metric \"m\", point 0: an id of 7 bytes",
        ),
        (
            gauge(proto::NumberDataPoint {
                value,
                attributes: vec![proto::KeyValue { key: "k".into(), value: Some(nested) }],
                ..Default::default()
            }),
            "metric \"m\", point 0: attribute values nested deeper than 24",
        ),
        (
            metric(metric::Data::Sum(proto::Sum::default())),
            "metric \"m\": neither cumulative nor delta",
        ),
        (
            histogram(&[1.0, 1.0], &[1, 2, 3]),
            "metric \"m\", point 0: bucket bounds must ascend and not be NaN",
        ),
        (histogram(&[1.0], &[1, 2, 3]), "metric \"m\", point 0: 1 bounds make 2 buckets, not 3"),
        (vec![0x0a, 0x05, 0x0a], "malformed: the message ends within a field"),
        (vec![0x08, 0x05], "malformed: a field of another type than it should have"),
    ];
    for (bytes, expected) in table {
        let text = protobuf::decode(&bytes).map_or_else(|e| e.to_string(), |_| String::new());
        assert_eq!(text, expected);
    }
}

#[test]
fn a_flagged_point_needs_no_value() {
    let point = proto::NumberDataPoint { flags: 1, ..Default::default() };
    let bytes = metric(metric::Data::Gauge(proto::Gauge { data_points: vec![point] }));
    let decoded = protobuf::decode(&bytes).unwrap();
    assert_eq!(decoded.points(), 1);
}

#[test]
fn points_with_nothing_but_a_value_are_no_attack() {
    let batch = one_gauge((0..20_000).map(Number::I64));
    assert_eq!(protobuf::decode(&protobuf::encode(&batch).bytes).unwrap(), batch);
}

#[test]
fn unknown_fields_and_groups_are_skipped() {
    let mut bytes = protobuf::encode(&one_gauge([Number::I64(1)])).bytes;
    let known = protobuf::decode(&bytes).unwrap();
    // Field 999 as varint, 64 bits, text, group and 32 bits.
    bytes.extend([0xb8, 0x3e, 1, 0xb9, 0x3e, 0, 0, 0, 0, 0, 0, 0, 0, 0xba, 0x3e, 1, 7]);
    bytes.extend([0xbb, 0x3e, 8, 1, 0xbc, 0x3e, 0xbd, 0x3e, 0, 0, 0, 0]);
    assert_eq!(protobuf::decode(&bytes).unwrap(), known);
}

#[test]
fn empty_parts_cannot_make_much_of_little() {
    let dense = [0x0a, 0x00].repeat(1 << 20);
    let error = protobuf::decode(&dense).unwrap_err();
    assert_eq!(*error.problem(), DecodeProblem::TooDense);
}

#[test]
fn mutated_bytes_never_panic() {
    let mut seed = 7_u64;
    let mut roll = |sides: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % sides.max(1)
    };
    for batch in strategy::batches(Numbers::Any, 300, 5) {
        let bytes = protobuf::encode(&batch).bytes;
        for _ in 0..30 {
            let mut mutated = bytes.clone();
            for _ in 0..=roll(3) {
                let at = roll(mutated.len());
                match (roll(4), mutated.get_mut(at)) {
                    (0, Some(byte)) => *byte = roll(256) as u8,
                    (1, Some(byte)) => *byte ^= 1 << roll(8),
                    (2, _) => mutated.truncate(at),
                    _ => mutated.insert(at.min(mutated.len()), roll(256) as u8),
                }
            }
            if let Ok(decoded) = protobuf::decode(&mutated) {
                check(&decoded);
            }
        }
    }
}
