use meterport_core::Timestamp;
use meterport_testkit::remote_write::Write;

use super::fixture::*;

fn start(write: &Write, name: &str) -> i64 {
    write.named(name).next().unwrap().samples[0].start_timestamp
}

#[test]
fn timestamp_int64_milliseconds() {
    assert_eq!(sent(&batch([gauge("g", 1.0)])).series[1].samples[0].timestamp, AT_MS);
}

#[test]
fn timestamp_ordering_within_series() {
    let points =
        [1, 2].map(|second| meterport_remote_write::Sample::new(1.0, Timestamp::from_secs(second)));
    let series = points
        .into_iter()
        .fold(meterport_remote_write::TimeSeries::new("s", [("a", "b")]), |series, one| {
            series.with_sample(one)
        });
    let receiver = meterport_testkit::FakeReceiver::start();
    let exporter = exporter(&receiver, |builder| builder);
    block_on(exporter.write_series(&[series], meterport_core::Deadline::NONE)).unwrap();
    assert!(receiver.only().series[0].samples.iter().map(|one| one.timestamp).is_sorted());
}

#[test]
fn start_timestamp_for_counters() {
    assert_eq!(start(&sent(&batch([counter("c", 1.0)])), "c_total"), START_MS);
}

#[test]
fn start_timestamp_for_histograms() {
    let write = sent(&batch([histogram("h"), exponential("e")]));
    for name in ["h_bucket", "h_sum", "h_count"] {
        assert_eq!(start(&write, name), START_MS, "{name}");
    }
    assert_eq!(write.named("e").next().unwrap().histograms[0].start_timestamp, START_MS);
}

#[test]
fn start_timestamp_zero_handling() {
    // Gauges do not count.
    assert_eq!(start(&sent(&batch([gauge("g", 1.0)])), "g"), 0);
    let with = |start: Timestamp| {
        let point = point([("a", "b")], 1.0).with_start(start);
        sent(&batch([meterport_core::Metric::new("c", meterport_core::Sum::counter([point]))]))
    };
    assert_eq!(start(&with(Timestamp::UNSET), "c_total"), 0);
    // "use 1 for a real 0"
    assert_eq!(start(&with(Timestamp::from_nanos(1)), "c_total"), 1);
}

#[test]
fn timestamp_precision() {
    let point =
        point([("a", "b")], 1.0).with_time(Timestamp::from_nanos(1_767_225_660_001_000_000));
    let write = sent(&batch([gauge_of("g", [point])]));
    assert_eq!(write.named("g").next().unwrap().samples[0].timestamp, 1_767_225_660_001);
}

#[test]
fn timestamp_future_values() {
    let at = Timestamp::from_secs(4_102_444_800);
    let write = sent(&batch([gauge_of("g", [point([("a", "b")], 1.0).with_time(at)])]));
    assert_eq!(write.named("g").next().unwrap().samples[0].timestamp, 4_102_444_800_000);
}

#[test]
fn start_timestamp_before_sample_timestamp() {
    let late =
        point([("a", "b")], 1.0).with_start(AT.saturating_add(std::time::Duration::from_secs(1)));
    let write =
        sent(&batch([meterport_core::Metric::new("c", meterport_core::Sum::counter([late]))]));
    assert_eq!(start(&write, "c_total"), 0);
}
