use meterport_core::ErrorKind;
use meterport_remote_write::Protocol;
use meterport_testkit::remote_write::written;
use meterport_testkit::{FakeReceiver, Response};

use super::fixture::*;

fn answered(response: Response, points: usize) -> meterport_core::Outcome {
    let receiver = FakeReceiver::start();
    receiver.server().default_reply(response.into());
    let points = (0..points).map(|at| point([("at", at.to_string())], 1.0));
    let exporter = exporter(&receiver, |builder| builder.protocol(Protocol::V2));
    export(&exporter, &batch([gauge_of("g", points)])).unwrap()
}

#[test]
fn ignore_response_body_on_success() {
    let outcome = answered(written(Response::new(200).body("<html>"), [2, 0, 0]), 1);
    assert_eq!((outcome.delivered, outcome.message), (1, None));
}

#[test]
fn process_written_count_headers() {
    let receiver = FakeReceiver::start();
    receiver.take_exemplars(false);
    let exporter = exporter(&receiver, |builder| builder);
    let one = meterport_core::Exemplar::new(meterport_core::Number::F64(1.0), AT);
    let counted = meterport_core::Sum::counter([point([("a", "b")], 7.0).with_exemplar(one)]);
    let batch = batch([meterport_core::Metric::new("c", counted), exponential("e")]);
    let outcome = export(&exporter, &batch).unwrap();
    assert_eq!((outcome.delivered, outcome.rejected), (2, 0));
    let totals = exporter.totals();
    // The counter and `target_info`.
    let counts = |of: meterport_remote_write::Written| (of.samples, of.histograms, of.exemplars);
    assert_eq!(counts(totals.sent), (2, 1, 1));
    assert_eq!(counts(totals.written), (2, 1, 0));
}

/// What was not written is rejected, and nobody is asked to send it again.
#[test]
fn handle_partial_write_response() {
    for status in [400, 200] {
        let response = written(Response::new(status).body("out of order sample\n"), [8, 0, 0]);
        let outcome = answered(response, 10);
        // Of 11 samples, `target_info` among them, 3 are missing.
        assert_eq!((outcome.delivered, outcome.rejected), (7, 3), "{status}");
        let message = outcome.message.unwrap();
        assert!(message.starts_with("3 of 11 samples"), "{message}");
        assert_eq!(message.ends_with("HTTP 400: out of order sample"), status == 400, "{message}");
    }
}

#[test]
fn handle_missing_written_headers() {
    let receiver = FakeReceiver::start();
    receiver.say_written(false);
    let exporter = exporter(&receiver, |builder| builder);
    assert_eq!(export(&exporter, &batch([gauge("g", 1.0)])).unwrap().delivered, 1);
}

#[test]
fn log_error_messages_verbatim() {
    let receiver = FakeReceiver::start();
    let words = "out of order sample: series={a=\"b\"} größe";
    receiver.server().default_reply(Response::new(400).body(words).into());
    let error = export(&exporter(&receiver, |b| b), &batch([gauge("g", 1.0)])).unwrap_err();
    assert_eq!(error.message(), words);
    assert!(error.to_string().ends_with(words), "{error}");
}

#[test]
fn handle_large_error_body() {
    let receiver = FakeReceiver::start();
    receiver.server().default_reply(Response::new(400).body("x".repeat(1 << 20)).into());
    let error = export(&exporter(&receiver, |b| b), &batch([gauge("g", 1.0)])).unwrap_err();
    assert_eq!((error.kind(), error.message().len()), (ErrorKind::Rejected, 1_024));
}

#[test]
fn handle_204_no_content() {
    assert_eq!(answered(written(Response::new(204), [2, 0, 0]), 1).delivered, 1);
}

#[test]
fn handle_200_ok() {
    assert_eq!(answered(written(Response::new(200), [2, 0, 0]), 1).delivered, 1);
}

/// What is asked for by the answer is sent: protobuf, first of 2.0 and then of 1.0.
#[test]
fn content_type_negotiation() {
    let receiver = FakeReceiver::start();
    receiver.know(true, false);
    export(&exporter(&receiver, |builder| builder), &batch([gauge("g", 1.0)])).unwrap();
    let v2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
    assert_eq!(headers(&receiver, "content-type"), [v2, "application/x-protobuf"]);
}

/// Header values that are no numbers are as good as none.
#[test]
fn unreadable_written_headers() {
    let name = "X-Prometheus-Remote-Write-Samples-Written";
    for value in ["many", "-1", "", "1.5"] {
        let receiver = FakeReceiver::start();
        receiver.server().default_reply(Response::new(204).header(name, value).into());
        let exporter = exporter(&receiver, |builder| builder.protocol(Protocol::V2));
        export(&exporter, &batch([gauge("g", 1.0)])).unwrap_err();
    }
}
