use std::time::Duration;

use meterport_core::Outcome;
use meterport_testkit::proto::rpc::{self, Status};
use meterport_testkit::proto::{
    ExportMetricsPartialSuccess, ExportMetricsServiceResponse as Foreign,
};
use proptest::prelude::*;
use prost::Message;

use super::*;

fn foreign(rejected_data_points: i64, error_message: &str) -> Vec<u8> {
    let error_message = error_message.to_owned();
    let partial = ExportMetricsPartialSuccess { rejected_data_points, error_message };
    Foreign { partial_success: Some(partial) }.encode_to_vec()
}

fn books(response: ExportMetricsServiceResponse) -> (u64, u64, Option<String>) {
    let Outcome { delivered, rejected, message, .. } = response.into_outcome(10);
    (delivered, rejected, message.as_deref().map(str::to_owned))
}

/// Rejected, message; delivered, rejected, message out of 10 points.
const PARTIAL: [(i64, &str, u64, u64, Option<&str>); 8] = [
    (0, "", 10, 0, None),
    (3, "old", 7, 3, Some("old")),
    (3, "", 7, 3, None),
    (0, "use HTTP", 10, 0, Some("use HTTP")),
    (10, "all", 0, 10, Some("all")),
    (11, "more", 0, 10, Some("more")),
    (i64::MAX, "x", 0, 10, Some("x")),
    (-5, "negative", 10, 0, Some("negative")),
];

#[test]
fn partial_success_adds_up() {
    for (sent, text, delivered, rejected, message) in PARTIAL {
        let expected = (delivered, rejected, message.map(str::to_owned));
        let read = ExportMetricsServiceResponse::from_protobuf(&foreign(sent, text)).unwrap();
        assert_eq!(books(read), expected, "{sent} {text}");
    }
    let empty = ExportMetricsServiceResponse::from_protobuf(&[]).unwrap();
    assert_eq!(empty, ExportMetricsServiceResponse::default());
    assert_eq!(books(empty), (10, 0, None));
}

#[test]
#[cfg(feature = "json")]
fn partial_success_adds_up_in_json() {
    for (sent, text, delivered, rejected, message) in PARTIAL {
        let expected = (delivered, rejected, message.map(str::to_owned));
        for number in [format!("{sent}"), format!("\"{sent}\"")] {
            let json = format!(
                r#"{{"partialSuccess":{{"rejectedDataPoints":{number},"errorMessage":"{text}"}}}}"#
            );
            let read = ExportMetricsServiceResponse::from_json(json.as_bytes()).unwrap();
            assert_eq!(books(read), expected, "{json}");
        }
    }
    for json in ["{}", "null", r#"{"partialSuccess":null}"#, r#"{"partialSuccess":{},"x":[1]}"#] {
        let read = ExportMetricsServiceResponse::from_json(json.as_bytes()).unwrap();
        assert_eq!(books(read), (10, 0, None), "{json}");
    }
    for json in ["", "[]", "<html>", "{\"partialSuccess\":1}", "{} {}", "\"{}\""] {
        assert!(ExportMetricsServiceResponse::from_json(json.as_bytes()).is_err(), "{json}");
    }
}

#[test]
fn a_status_is_read_with_its_delay() {
    let retry = |seconds, nanos| Status::new(8, "full").with_retry_delay(seconds, nanos);
    let mut odd = retry(7, 0);
    odd.details.insert(0, rpc::Any { type_url: "x/google.rpc.Help".into(), value: vec![0xff] });
    let mut bare = Status::new(8, "full");
    let type_url = "type.googleapis.com/google.rpc.RetryInfo".to_owned();
    bare.details.push(rpc::Any { type_url, value: vec![] });
    let table = [
        (Status::new(8, "full"), None),
        (retry(1, 500_000_000), Some(Duration::from_millis(1500))),
        (retry(0, 0), Some(Duration::ZERO)),
        (retry(-1, 0), Some(Duration::ZERO)),
        (retry(1, -1), Some(Duration::ZERO)),
        (retry(i64::MAX, 999_999_999), Some(Duration::new(i64::MAX as u64, 999_999_999))),
        (retry(1, 1_000_000_000), Some(Duration::ZERO)),
        (odd, Some(Duration::from_secs(7))),
        (bare, Some(Duration::ZERO)),
    ];
    for (status, expected) in table {
        let read = RpcStatus::from_protobuf(&status.encode_to_vec()).unwrap();
        assert_eq!((read.code, &*read.message), (8, "full"));
        assert_eq!(read.retry_delay, expected, "{status:?}");
    }
    assert_eq!(RpcStatus::from_protobuf(&[]).unwrap(), RpcStatus::default());
}

#[test]
#[cfg(feature = "json")]
fn a_status_is_read_with_its_delay_in_json() {
    let table = [
        ("1.5s", Duration::from_millis(1500)),
        ("0s", Duration::ZERO),
        ("3s", Duration::from_secs(3)),
        ("1.000000001s", Duration::new(1, 1)),
        ("-1s", Duration::ZERO),
        ("1", Duration::ZERO),
        ("s", Duration::ZERO),
        ("1.0000000001s", Duration::ZERO),
        ("99999999999999999999s", Duration::ZERO),
    ];
    for (delay, expected) in table {
        let json = format!(
            r#"{{"code":8,"message":"full","details":[{{"@type":"a/b.Help","links":[]}},{{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"{delay}"}}]}}"#
        );
        let read = RpcStatus::from_json(json.as_bytes()).unwrap();
        assert_eq!((read.code, &*read.message, read.retry_delay), (8, "full", Some(expected)));
    }
    let without = RpcStatus::from_json(br#"{"message":"no","details":[]}"#).unwrap();
    assert_eq!(without.retry_delay, None);
}

#[test]
fn garbage_is_an_error() {
    for garbage in [&b"<html>"[..], b"{}", &[0x0a], &[0x0a, 5, 1], &[0xff; 11], &[0x0a, 1, 0x0a]] {
        assert!(ExportMetricsServiceResponse::from_protobuf(garbage).is_err(), "{garbage:?}");
    }
    let groups = [0x0b; 10_000];
    assert!(RpcStatus::from_protobuf(&groups).is_err(), "groups in groups end somewhere");
    let invalid = [0x12, 2, 0xff, b'x'];
    assert_eq!(RpcStatus::from_protobuf(&invalid).unwrap().message, "\u{fffd}x");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(response) = ExportMetricsServiceResponse::from_protobuf(&bytes) {
            prop_assert_eq!(response.into_outcome(7).points(), 7);
        }
        let _ = RpcStatus::from_protobuf(&bytes);
        #[cfg(feature = "json")]
        {
            let _ = (ExportMetricsServiceResponse::from_json(&bytes), RpcStatus::from_json(&bytes));
        }
    }

    #[test]
    fn a_changed_byte_is_read_or_refused(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        rejected in any::<i64>(),
    ) {
        let mut response = foreign(rejected, "message");
        let at_byte = at.index(response.len());
        response[at_byte] = byte;
        let _ = ExportMetricsServiceResponse::from_protobuf(&response);
        let mut status = Status::new(8, "full").with_retry_delay(rejected, 1).encode_to_vec();
        let at_byte = at.index(status.len());
        status[at_byte] = byte;
        let _ = RpcStatus::from_protobuf(&status);
    }
}
