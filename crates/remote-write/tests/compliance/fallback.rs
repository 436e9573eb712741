use meterport_core::ErrorKind;
use meterport_remote_write::{Protocol, Version};
use meterport_testkit::{FakeReceiver, Response};

use super::fixture::*;

fn versions(receiver: &FakeReceiver) -> Vec<String> {
    headers(receiver, "x-prometheus-remote-write-version")
}

#[test]
fn fallback_on_415_unsupported_media_type() {
    let receiver = FakeReceiver::start();
    receiver.know(true, false);
    let exporter = exporter(&receiver, |builder| builder);
    let outcome = export(&exporter, &batch([gauge("g", 1.0)])).unwrap();
    assert_eq!((outcome.delivered, outcome.attempts), (1, 2));
    assert_eq!(receiver.writes().last().unwrap().version, 1);
    // What was claimed by the first attempt is in the second.
    assert_eq!(receiver.writes().last().unwrap().named("target_info").count(), 1);
}

#[test]
fn retry_with_different_version() {
    let receiver = FakeReceiver::start();
    receiver.know(true, false);
    export(&exporter(&receiver, |builder| builder), &batch([gauge("g", 1.0)])).unwrap();
    assert_eq!(versions(&receiver), ["2.0.0", "0.1.0"]);
}

#[test]
fn fallback_header_changes() {
    let receiver = FakeReceiver::start();
    receiver.know(true, false);
    export(&exporter(&receiver, |builder| builder), &batch([gauge("g", 1.0)])).unwrap();
    assert_eq!(
        headers(&receiver, "content-type"),
        ["application/x-protobuf;proto=io.prometheus.write.v2.Request", "application/x-protobuf"]
    );
}

#[test]
fn accept_success_after_fallback() {
    let receiver = FakeReceiver::start();
    receiver.know(true, false);
    let exporter = exporter(&receiver, |builder| builder);
    assert_eq!(exporter.version(), Version::V2);
    assert_eq!(export(&exporter, &batch([gauge("g", 1.0)])).unwrap().delivered, 1);
    assert_eq!(exporter.version(), Version::V1);
}

#[test]
fn persistent_fallback_choice() {
    let receiver = FakeReceiver::start();
    receiver.know(true, false);
    let exporter = exporter(&receiver, |builder| builder);
    (0..3).for_each(|_| drop(export(&exporter, &batch([gauge("g", 1.0)])).unwrap()));
    assert_eq!(versions(&receiver), ["2.0.0", "0.1.0", "0.1.0", "0.1.0"]);
}

#[test]
fn no_fallback_on_2xx() {
    let receiver = FakeReceiver::start();
    let exporter = exporter(&receiver, |builder| builder);
    (0..3).for_each(|_| drop(export(&exporter, &batch([gauge("g", 1.0)])).unwrap()));
    assert_eq!(versions(&receiver), ["2.0.0"; 3]);
}

/// A success that says of nothing that it was written is that of a receiver of 1.0, which has read
/// nothing.
#[test]
fn fallback_without_written_headers() {
    let receiver = FakeReceiver::start();
    receiver.say_written(false);
    let exporter = exporter(&receiver, |builder| builder);
    assert_eq!(export(&exporter, &batch([gauge("g", 1.0)])).unwrap().delivered, 1);
    assert_eq!(versions(&receiver), ["2.0.0", "0.1.0"]);
    // Who has asked for 2.0 alone hears of it.
    let exporter = super::fixture::exporter(&receiver, |builder| builder.protocol(Protocol::V2));
    let error = export(&exporter, &batch([gauge("g", 1.0)])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert!(error.to_string().contains("of nothing that it was written"), "{error}");
}

/// Other errors say nothing of versions.
#[test]
fn no_fallback_on_other_errors() {
    for status in [400, 404, 413, 429, 500, 503] {
        let receiver = FakeReceiver::start();
        receiver.server().default_reply(Response::new(status).into());
        let exporter = exporter(&receiver, |builder| builder);
        export(&exporter, &batch([gauge("g", 1.0)])).unwrap_err();
        assert_eq!(versions(&receiver), ["2.0.0"], "{status}");
        assert_eq!(exporter.version(), Version::V2);
    }
    let receiver = FakeReceiver::start();
    receiver.know(false, false);
    let both = exporter(&receiver, |builder| builder);
    let error = export(&both, &batch([gauge("g", 1.0)])).unwrap_err();
    assert_eq!((error.kind(), error.settled().attempts), (ErrorKind::Rejected, 2));
}

#[test]
fn ready_made_series_fall_back() {
    let receiver = FakeReceiver::start();
    receiver.know(true, false);
    let exporter = exporter(&receiver, |builder| builder);
    let series = meterport_remote_write::TimeSeries::new("s", [("a", "b")])
        .with_sample(meterport_remote_write::Sample::stale(AT));
    let written = async { exporter.write_series(&[series], meterport_core::Deadline::NONE).await };
    assert_eq!(block_on(written).unwrap().delivered, 1);
    let write = receiver.writes().pop().unwrap();
    assert_eq!(write.series[0].samples[0].value.to_bits(), 0x7ff0_0000_0000_0002);
}
