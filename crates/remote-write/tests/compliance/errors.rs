use std::time::{Duration, Instant};

use meterport_core::{ErrorKind, RetryAdvice};
use meterport_remote_write::{RemoteWriteBuilder, RemoteWriteExporter};
use meterport_testkit::{FakeReceiver, Garbage, Reply, Response};

use super::fixture::*;

/// The error of a receiver that answers so, and then that it can still be written to.
fn check(reply: Reply, advice: Option<RetryAdvice>) {
    let receiver = FakeReceiver::start();
    receiver.server().script([reply.clone()]);
    let exporter = exporter(&receiver, |builder| builder);
    let error = export(&exporter, &batch([gauge("g", 1.0)])).unwrap_err();
    if let Some(advice) = advice {
        assert_eq!(error.advice(), advice, "{reply:?}: {error}");
    }
    export(&exporter, &batch([gauge("g", 2.0)])).unwrap();
}

#[test]
fn handle_connection_refused() {
    let receiver = FakeReceiver::start();
    let exporter = exporter(&receiver, |builder| builder);
    receiver.server().refuse();
    let error = export(&exporter, &batch([gauge("g", 1.0)])).unwrap_err();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Connect, RetryAdvice::Backoff));
    receiver.server().resume();
    export(&exporter, &batch([gauge("g", 1.0)])).unwrap();
}

#[test]
fn handle_timeout() {
    let receiver = FakeReceiver::start();
    receiver.server().default_reply(Reply::Hang);
    let exporter = exporter(&receiver, |builder| builder.timeout(Some(Duration::from_millis(50))));
    let begin = Instant::now();
    let error = export(&exporter, &batch([gauge("g", 1.0)])).unwrap_err();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Timeout, RetryAdvice::Backoff));
    assert!(error.is_unconfirmed() && begin.elapsed() < Duration::from_secs(10));
}

/// An answer that breaks off.
#[test]
fn handle_partial_write() {
    check(Reply::ResetBeforeReply, Some(RetryAdvice::Backoff));
    check(Reply::ResetAfter(10), Some(RetryAdvice::Backoff));
}

#[test]
fn handle_malformed_response() {
    check(Reply::Garbage(Garbage::NotHttp), None);
}

#[test]
fn sender_continues_after_errors() {
    for status in [400, 404, 429, 500, 503] {
        check(Response::new(status).into(), None);
    }
}

#[test]
fn handle_invalid_status_code() {
    for status in [299, 418, 599] {
        let receiver = FakeReceiver::start();
        receiver.server().default_reply(Response::new(status).into());
        let exporter =
            exporter(&receiver, |builder| builder.protocol(meterport_remote_write::Protocol::V2));
        let error = export(&exporter, &batch([gauge("g", 1.0)])).unwrap_err();
        let again = if status == 599 { RetryAdvice::Backoff } else { RetryAdvice::Never };
        assert_eq!(error.advice(), again, "{status}");
    }
}

#[test]
fn handle_empty_response() {
    check(Response::new(500).into(), Some(RetryAdvice::Backoff));
}

#[test]
fn handle_large_error_response() {
    check(Response::new(500).body("x".repeat(100_000)).into(), Some(RetryAdvice::Backoff));
}

mod network_errors {
    use super::*;

    fn builder() -> RemoteWriteBuilder {
        RemoteWriteExporter::builder().metadata_interval(None)
    }

    #[test]
    fn dns_resolution_failure() {
        let exporter = builder().endpoint("http://receiver.invalid/write").build().unwrap();
        let error = export(&exporter, &batch([gauge("g", 1.0)])).unwrap_err();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Connect, RetryAdvice::Backoff));
    }

    /// What is no address is said when it is set, not at the first export.
    #[test]
    fn invalid_url_scheme() {
        for address in ["invalid://localhost:9999", "ftp://localhost/write", "http://", ""] {
            assert!(builder().endpoint(address).build().is_err(), "{address:?}");
        }
        assert!(builder().build().unwrap_err().to_string().contains("endpoint"));
    }
}
