use std::time::Duration;

use meterport_core::{ErrorKind, ExportError, RetryAdvice, Status};
use meterport_testkit::{FakeReceiver, Response};

use super::fixture::*;

fn error_of(response: Response) -> ExportError {
    let receiver = FakeReceiver::start();
    receiver.server().default_reply(response.into());
    export(&exporter(&receiver, |builder| builder), &batch([gauge("g", 1.0)])).unwrap_err()
}

fn check(status: u16, kind: ErrorKind, advice: RetryAdvice) {
    let error = error_of(Response::new(status).body("why\n"));
    assert_eq!((error.kind(), error.advice()), (kind, advice), "{status}");
    assert_eq!(error.status(), Some(Status::Http(status)));
}

#[test]
fn no_retry_on_400() {
    check(400, ErrorKind::Rejected, RetryAdvice::Never);
}

#[test]
fn no_retry_on_401() {
    check(401, ErrorKind::Rejected, RetryAdvice::Never);
}

#[test]
fn no_retry_on_404() {
    check(404, ErrorKind::Rejected, RetryAdvice::Never);
}

#[test]
fn may_retry_on_429() {
    check(429, ErrorKind::Throttled, RetryAdvice::Backoff);
    let receiver = FakeReceiver::start();
    receiver.server().default_reply(Response::new(429).into());
    let exporter = exporter(&receiver, |builder| builder.retry_throttled(false));
    let error = export(&exporter, &batch([gauge("g", 1.0)])).unwrap_err();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Throttled, RetryAdvice::Never));
}

#[test]
fn retry_on_500() {
    check(500, ErrorKind::Unavailable, RetryAdvice::Backoff);
}

#[test]
fn retry_on_503() {
    check(503, ErrorKind::Unavailable, RetryAdvice::Backoff);
}

#[test]
fn retry_on_502() {
    check(502, ErrorKind::Unavailable, RetryAdvice::Backoff);
}

#[test]
fn retry_on_504() {
    check(504, ErrorKind::Unavailable, RetryAdvice::Backoff);
}

#[test]
fn no_retry_on_413() {
    let receiver = FakeReceiver::start();
    receiver.server().default_reply(Response::new(413).into());
    let exporter = exporter(&receiver, |builder| builder.divide_refused(false));
    let error = export(&exporter, &batch([gauge("g", 1.0)])).unwrap_err();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Rejected, RetryAdvice::Never));
    assert_eq!(error.status(), Some(Status::Http(413)));
}

/// It is cut in two by who can; its size is that before compression.
#[test]
fn pieces_after_413() {
    let error = error_of(Response::new(413));
    assert!(matches!(error.kind(), ErrorKind::TooLarge { size, limit: None } if size > 50));
    assert_eq!(error.advice(), RetryAdvice::Never);
}

#[test]
fn own_limit() {
    let receiver = FakeReceiver::start();
    let exporter = exporter(&receiver, |builder| builder.request_limit(100));
    let error = export(&exporter, &batch([gauge("g", 1.0)])).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooLarge { size, limit: Some(100) } if size > 100));
    assert!(receiver.writes().is_empty());
}

#[test]
fn retry_after() {
    for (status, kind) in [(429, ErrorKind::Throttled), (503, ErrorKind::Unavailable)] {
        let error = error_of(Response::new(status).header("retry-after", "7"));
        assert_eq!(error.kind(), kind);
        assert_eq!(error.advice(), RetryAdvice::After(Duration::from_secs(7)));
        let past = Response::new(status).header("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(error_of(past).advice(), RetryAdvice::After(Duration::ZERO));
    }
}
