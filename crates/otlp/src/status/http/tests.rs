use std::time::Duration;

use meterport_core::{ErrorKind as K, RetryAdvice as A};
use meterport_testkit::proto::rpc;
use meterport_testkit::proto::{
    ExportMetricsPartialSuccess, ExportMetricsServiceResponse as Foreign,
};
use prost::Message;

use super::*;

const PROTOBUF: Option<&str> = Some("application/x-protobuf");
const JSON: Option<&str> = Some("application/json");
const WAIT: Duration = Duration::from_secs(7);

fn refused(response: &HttpResponse<'_>) -> ExportError {
    match http_outcome(response, Format::Protobuf, 10, 99) {
        Ok(outcome) => panic!("{response:?}: {outcome:?}"),
        Err(error) => error,
    }
}

#[test]
fn every_status_has_its_kind_and_advice() {
    let too_large = K::TooLarge { size: 99, limit: None };
    // Status; kind and advice without and with Retry-After.
    let table = [
        (429, (K::Throttled, A::Backoff), (K::Throttled, A::After(WAIT))),
        (502, (K::Unavailable, A::Backoff), (K::Unavailable, A::After(WAIT))),
        (503, (K::Unavailable, A::Backoff), (K::Throttled, A::After(WAIT))),
        (504, (K::Unavailable, A::Backoff), (K::Unavailable, A::After(WAIT))),
        (413, (too_large, A::Never), (too_large, A::Never)),
    ];
    let rejected = [
        300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412,
        414, 415, 418, 422, 425, 426, 428, 431, 451, 499, 500, 501, 505, 507, 508, 511, 599,
    ];
    let rejected =
        rejected.map(|status| (status, (K::Rejected, A::Never), (K::Rejected, A::Never)));
    let odd = [0, 100, 101, 103, 199, 600, 999, u16::MAX];
    let odd = odd.map(|status| (status, (K::Response, A::Never), (K::Response, A::Never)));
    for (status, without, with) in table.into_iter().chain(rejected).chain(odd) {
        for (retry_after, expected) in [(None, without), (Some(WAIT), with)] {
            let error = refused(&HttpResponse::new(status, b"").with_retry_after(retry_after));
            assert_eq!((error.kind(), error.advice()), expected, "{status} {retry_after:?}");
            assert_eq!(error.status(), Some(Status::Http(status)));
            assert!(error.rest().is_none(), "all of the batch is owed");
        }
    }
}

#[test]
fn a_refusal_is_told_in_the_receivers_words() {
    let status = rpc::Status::new(3, "unknown tenant").encode_to_vec();
    let json = br#"{"code":3,"message":"unknown tenant"}"#;
    let other_json = br#"{"error":"no such dataset"}"#;
    let table: [(Option<&str>, &[u8], &str); 12] = [
        (PROTOBUF, &status, "unknown tenant"),
        (Some("Application/X-Protobuf; v=1"), &status, "unknown tenant"),
        (None, &status, "unknown tenant"),
        (Some(""), &status, "unknown tenant"),
        (PROTOBUF, b"<html>", ""),
        (PROTOBUF, b"", ""),
        (Some("text/plain; charset=utf-8"), b"slow\r\ndown\n", "slow  down"),
        (Some("text/plain"), b"\xff", "\u{fffd}"),
        (Some("text/html"), b"<html>login</html>", ""),
        (Some("application/problem+json"), b"{\"title\":\"no\"}", "{\"title\":\"no\"}"),
        (JSON, other_json, "{\"error\":\"no such dataset\"}"),
        (JSON, if cfg!(feature = "json") { json } else { b"unknown tenant" }, "unknown tenant"),
    ];
    for (content_type, body, expected) in table {
        let error = refused(&HttpResponse::new(400, body).with_content_type(content_type));
        assert_eq!(error.message(), expected, "{content_type:?}");
    }
    let long = "x".repeat(1_000_000);
    let response = HttpResponse::new(400, long.as_bytes()).with_content_type(Some("text/plain"));
    assert_eq!(refused(&response).message().len(), 1024);
    let moved = HttpResponse::new(302, b"over there").with_content_type(Some("text/plain"));
    assert_eq!(refused(&moved).to_string(), "rejected: HTTP 302: redirects are not followed");
}

/// Delivered, rejected, unverified, message.
type Books = (u64, u64, u64, Option<String>);

fn books(response: &HttpResponse<'_>, format: Format) -> Books {
    let outcome = http_outcome(response, format, 10, 99).unwrap();
    assert_eq!(outcome.points(), 10, "{response:?}");
    let message = outcome.message.as_deref().map(str::to_owned);
    (outcome.delivered, outcome.rejected, outcome.unverified, message)
}

fn partial(rejected: i64, text: &str) -> Vec<u8> {
    let partial = ExportMetricsPartialSuccess {
        rejected_data_points: rejected,
        error_message: text.to_owned(),
    };
    Foreign { partial_success: Some(partial) }.encode_to_vec()
}

#[test]
fn a_success_is_read() {
    let (some, warning, negative, more) =
        (partial(3, "old"), partial(0, "use gzip"), partial(-1, "?"), partial(11, "all"));
    let empty_message = partial(0, "");
    let message = |text: &str| Some(text.to_owned());
    let table: [(u16, Option<&str>, &[u8], Books); 11] = [
        (200, PROTOBUF, b"", (10, 0, 0, None)),
        (200, None, b"", (10, 0, 0, None)),
        (200, Some("text/html"), b"", (10, 0, 0, None)),
        (204, None, b"", (10, 0, 0, None)),
        (202, PROTOBUF, &empty_message, (10, 0, 0, None)),
        (200, PROTOBUF, &some, (7, 3, 0, message("old"))),
        (200, None, &some, (7, 3, 0, message("old"))),
        (200, Some("application/protobuf"), &some, (7, 3, 0, message("old"))),
        (200, PROTOBUF, &warning, (10, 0, 0, message("use gzip"))),
        (200, PROTOBUF, &negative, (10, 0, 0, message("?"))),
        (299, PROTOBUF, &more, (0, 10, 0, message("all"))),
    ];
    for (status, content_type, body, expected) in table {
        let response = HttpResponse::new(status, body).with_content_type(content_type);
        assert_eq!(books(&response, Format::Protobuf), expected, "{status} {content_type:?}");
    }
}

#[test]
#[cfg(feature = "json")]
fn a_success_is_read_by_the_type_of_the_body() {
    let json = br#"{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"old"}}"#;
    let response = HttpResponse::new(200, json);
    let expected = (7, 3, 0, Some("old".to_owned()));
    assert_eq!(books(&response, Format::Json), expected);
    let typed = response.with_content_type(Some("application/json;charset=utf-8"));
    assert_eq!(books(&typed, Format::Protobuf), expected);
    let empty = HttpResponse::new(200, b"{}").with_content_type(JSON);
    assert_eq!(books(&empty, Format::Json), (10, 0, 0, None));
}

#[test]
fn a_success_with_a_foreign_body_is_unverified_and_not_sent_again() {
    let table: [(Option<&str>, &[u8], &str); 5] = [
        (Some("text/html"), b"<html>", "success, but with a body of type text/html"),
        (Some("text/plain"), b"OK", "success, but with a body of type text/plain"),
        (Some("image/\u{1b}png"), b"x", "success, but with a body of type image/ png"),
        (PROTOBUF, b"<html>", "success, but with a body that is not OTLP's: malformed: "),
        (None, b"<html>", "success, but with a body that is not OTLP's: malformed: "),
    ];
    for (content_type, body, expected) in table {
        let response = HttpResponse::new(200, body).with_content_type(content_type);
        let (delivered, rejected, unverified, message) = books(&response, Format::Protobuf);
        assert_eq!((delivered, rejected, unverified), (10, 0, 10));
        let message = message.unwrap();
        assert!(message.starts_with(expected), "{message}");
    }
    let json = HttpResponse::new(200, b"<html>").with_content_type(JSON);
    assert_eq!(books(&json, Format::Json).2, 10);
}
