use meterport_core::{AttributeSet, Metric, Number, NumberPoint, Sum};
use meterport_remote_write::{Sample, TimeSeries};
use meterport_testkit::FakeReceiver;

use super::fixture::*;

/// The bits with which a value arrives, the same in both versions.
fn check(value: f64) {
    for write in [sent(&batch([gauge("g", value)])), sent_v1(&batch([gauge("g", value)]))] {
        let series = write.named("g").next().expect("the series");
        assert_eq!(series.samples.len(), 1);
        let found = series.samples[0].value;
        assert!(found.to_bits() == value.to_bits() || found.is_nan() && value.is_nan(), "{found}");
    }
}

#[test]
fn float_value_encoding() {
    check(123.456);
}

#[test]
fn integer_value_encoding() {
    check(42.0);
    let point = NumberPoint::new(AttributeSet::empty(), Number::I64(1 << 52)).with_time(AT);
    let write = sent(&batch([Metric::new("c", Sum::counter([point]))]));
    assert_eq!(write.named("c_total").next().unwrap().samples[0].value, (1_u64 << 52) as f64);
}

#[test]
fn zero_value_encoding() {
    check(0.0);
    check(-0.0);
}

#[test]
fn negative_value_encoding() {
    check(-5.25);
}

#[test]
fn positive_infinity_encoding() {
    check(f64::INFINITY);
}

#[test]
fn negative_infinity_encoding() {
    check(f64::NEG_INFINITY);
}

#[test]
fn nan_encoding() {
    check(f64::NAN);
    // No measurement is a stale marker.
    let stale = f64::from_bits(meterport_remote_write::STALE_NAN);
    let write = sent(&batch([gauge("g", stale)]));
    let found = write.named("g").next().unwrap().samples[0].value;
    assert_eq!(found.to_bits(), 0x7ff8_0000_0000_0001);
}

#[test]
fn timestamp_milliseconds_format() {
    for write in [sent(&batch([gauge("g", 1.0)])), sent_v1(&batch([gauge("g", 1.0)]))] {
        assert_eq!(write.named("g").next().unwrap().samples[0].timestamp, AT_MS);
    }
}

#[test]
fn timestamp_recent() {
    // A point without a time is of now, and not of 1970.
    let point = NumberPoint::new(AttributeSet::empty(), Number::F64(1.0));
    let write = sent(&batch([gauge_of("g", [point])]));
    let at = write.named("g").next().unwrap().samples[0].timestamp;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert!((now.as_millis() as i64 - at).abs() < 60_000, "{at}");
}

#[test]
fn multiple_samples_same_series() {
    let receiver = FakeReceiver::start();
    let exporter = exporter(&receiver, |builder| builder);
    let series = TimeSeries::new("s", [("a", "b")])
        .with_sample(Sample::new(1.0, START))
        .with_sample(Sample::new(2.0, AT));
    let deadline = meterport_core::Deadline::NONE;
    block_on(exporter.write_series(&[series], deadline)).unwrap();
    let write = receiver.only();
    let samples: Vec<_> = write.series[0].samples.iter().map(|one| one.timestamp).collect();
    assert_eq!(samples, [START_MS, AT_MS]);
}

#[test]
fn large_float_values() {
    check(f64::MAX);
}

#[test]
fn small_float_values() {
    check(f64::MIN_POSITIVE);
    check(5e-324);
}

#[test]
fn scientific_notation() {
    check(1.234e-5);
    check(1.5e20);
}

#[test]
fn precision_preservation() {
    check(0.123_456_789_012_345_68);
}

#[test]
fn job_instance_labels_present() {
    for write in [sent(&every_kind()), sent_v1(&every_kind())] {
        for series in &write.series {
            assert_eq!(series.label("job"), Some("demo"), "{:?}", series.labels);
            assert_eq!(series.label("instance"), Some("one:80"));
        }
    }
}

/// Samples of a series come in order over several exports.
#[test]
fn sample_ordering() {
    let receiver = FakeReceiver::start();
    let exporter = exporter(&receiver, |builder| builder);
    for second in 1..5 {
        let time = meterport_core::Timestamp::from_secs(1_767_225_600 + second);
        let point = point([("a", "b")], 1.0).with_time(time);
        export(&exporter, &batch([gauge_of("g", [point])])).unwrap();
    }
    let writes = receiver.writes();
    let times = writes.iter().flat_map(|write| &write.series).filter(|one| one.name() == "g");
    let times: Vec<_> = times.map(|one| one.samples[0].timestamp).collect();
    assert!(times.len() == 4 && times.is_sorted());
}
