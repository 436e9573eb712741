use std::time::Duration;

use meterport_core::{DropReason, ErrorKind as K, RetryAdvice as A};
use meterport_testkit::proto::{
    ExportMetricsPartialSuccess, ExportMetricsServiceResponse as Foreign, rpc,
};
use prost::Message;

use super::*;

const WAIT: Duration = Duration::from_secs(7);

#[test]
fn every_code_has_its_kind_and_advice() {
    let never = (K::Rejected, A::Never);
    let later = (K::Unavailable, A::Backoff);
    let told = (K::Throttled, A::After(WAIT));
    // Kind and advice without and with RetryInfo.
    let table = [
        ("OK", (K::Response, A::Never), (K::Response, A::Never)),
        ("CANCELLED", later, told),
        ("UNKNOWN", never, never),
        ("INVALID_ARGUMENT", never, never),
        ("DEADLINE_EXCEEDED", (K::Timeout, A::Backoff), told),
        ("NOT_FOUND", never, never),
        ("ALREADY_EXISTS", never, never),
        ("PERMISSION_DENIED", never, never),
        ("RESOURCE_EXHAUSTED", never, told),
        ("FAILED_PRECONDITION", never, never),
        ("ABORTED", later, told),
        ("OUT_OF_RANGE", later, told),
        ("UNIMPLEMENTED", never, never),
        ("INTERNAL", never, never),
        ("UNAVAILABLE", later, told),
        ("DATA_LOSS", later, told),
        ("UNAUTHENTICATED", never, never),
        ("UNKNOWN", never, never),
    ];
    for (code, (name, without, with)) in (0..).zip(table) {
        let status = rpc::Status::new(code, "why");
        let details = status.clone().with_retry_delay(7, 0).encode_to_vec();
        let code = code as u32;
        let error = grpc_error(code, "why", &[], 99);
        assert_eq!((error.kind(), error.advice()), without, "{name}");
        assert_eq!(
            (error.status(), error.message()),
            (Some(Status::Grpc(code)), &*format!("{name}: why"))
        );
        let error = grpc_error(code, "", &details, 99);
        assert_eq!((error.kind(), error.advice()), with, "{name} with RetryInfo");
        assert_eq!(error.message(), format!("{name}: why"), "from the details");
        assert_eq!(grpc_error(code, "", b"<garbage>", 99).message(), name);
    }
    assert_eq!(grpc_error(u32::MAX, "", &[], 99).kind(), K::Rejected);
}

#[test]
fn retry_info_without_a_delay_is_still_permission_to_retry() {
    let details = rpc::Status::new(8, "").with_retry_delay(0, 0).encode_to_vec();
    let error = grpc_error(RESOURCE_EXHAUSTED, "", &details, 99);
    assert_eq!((error.kind(), error.advice()), (K::Throttled, A::Backoff));
}

#[test]
fn what_is_too_large_is_not_sent_again() {
    let too_large = K::TooLarge { size: 99, limit: None };
    let go = "grpc: received message larger than max (5242880 vs. 4194304)";
    let tonic =
        "Error, decoded message length too large: found 5242880 bytes, the limit is: 4194304 bytes";
    let java = "gRPC message exceeds maximum size 4194304: 5242880";
    let table = [
        (RESOURCE_EXHAUSTED, go, too_large),
        (OUT_OF_RANGE, tonic, too_large),
        (RESOURCE_EXHAUSTED, java, too_large),
        (RESOURCE_EXHAUSTED, "out of quota", K::Rejected),
        (OUT_OF_RANGE, "seek beyond end", K::Unavailable),
        (UNAVAILABLE, go, K::Unavailable),
    ];
    for (code, message, kind) in table {
        let error = grpc_error(code, message, &[], 99);
        assert_eq!(error.kind(), kind, "{message}");
        assert_eq!(error.advice() == A::Never, code != UNAVAILABLE && kind != K::Unavailable);
    }
}

#[test]
fn points_may_have_arrived_when_the_other_side_gave_up_waiting() {
    let reason = |code| grpc_error(code, "", &[], 99).reason();
    assert_eq!(reason(CANCELLED), DropReason::Unconfirmed);
    assert_eq!(reason(DEADLINE_EXCEEDED), DropReason::Unconfirmed);
    assert_eq!(reason(UNAVAILABLE), DropReason::Unavailable);
}

type Read<'a> = Result<&'a [u8], &'a str>;
/// Delivered, rejected, unverified.
type Books = (u64, u64, u64);

#[test]
fn a_success_is_read() {
    let partial = |rejected_data_points, error_message: &str| {
        let error_message = error_message.to_owned();
        let partial = ExportMetricsPartialSuccess { rejected_data_points, error_message };
        Foreign { partial_success: Some(partial) }.encode_to_vec()
    };
    let (some, warning) = (partial(3, "old"), partial(0, "use zstd"));
    let damaged = "success, but with a message that is not OTLP's: malformed: ";
    let table: [(Read<'_>, Books, &str); 5] = [
        (Ok(b""), (10, 0, 0), ""),
        (Ok(&some), (7, 3, 0), "old"),
        (Ok(&warning), (10, 0, 0), "use zstd"),
        (Ok(b"\x0a\x7f"), (10, 0, 10), damaged),
        (Err("no message"), (10, 0, 10), "success, but with no message"),
    ];
    for (body, books, message) in table {
        let response = GrpcResponse { body, ..GrpcResponse::new(OK, b"") };
        let outcome = grpc_outcome(&response, 10, 99).unwrap();
        assert_eq!((outcome.delivered, outcome.rejected, outcome.unverified), books, "{body:?}");
        assert!(outcome.message.as_deref().unwrap_or_default().starts_with(message), "{outcome:?}");
    }
    let refused = GrpcResponse { message: "no", ..GrpcResponse::new(7, b"") };
    let error = grpc_outcome(&refused, 10, 99).unwrap_err();
    assert_eq!((error.status(), error.message()), (Some(Status::Grpc(7)), "PERMISSION_DENIED: no"));
}

#[test]
fn without_a_status_it_was_something_else_that_answered() {
    let html = Some("text/html");
    let grpc = Some("Application/gRPC+proto");
    let too_large = K::TooLarge { size: 99, limit: None };
    // HTTP, type; kind and advice without and with Retry-After, whether the points may be there.
    let table = [
        (200, grpc, (K::Response, A::Never), (K::Response, A::Never), true),
        (200, html, (K::Response, A::Never), (K::Response, A::Never), false),
        (200, None, (K::Response, A::Never), (K::Response, A::Never), false),
        (204, grpc, (K::Response, A::Never), (K::Response, A::Never), false),
        (302, html, (K::Rejected, A::Never), (K::Rejected, A::Never), false),
        (400, html, (K::Rejected, A::Never), (K::Rejected, A::Never), false),
        (401, None, (K::Rejected, A::Never), (K::Rejected, A::Never), false),
        (403, None, (K::Rejected, A::Never), (K::Rejected, A::Never), false),
        (404, html, (K::Rejected, A::Never), (K::Rejected, A::Never), false),
        (413, html, (too_large, A::Never), (too_large, A::Never), false),
        (429, grpc, (K::Throttled, A::Backoff), (K::Throttled, A::After(WAIT)), false),
        (500, html, (K::Rejected, A::Never), (K::Rejected, A::Never), false),
        (502, html, (K::Unavailable, A::Backoff), (K::Unavailable, A::After(WAIT)), false),
        (503, None, (K::Unavailable, A::Backoff), (K::Throttled, A::After(WAIT)), false),
        (504, None, (K::Unavailable, A::Backoff), (K::Unavailable, A::After(WAIT)), false),
        (999, None, (K::Response, A::Never), (K::Response, A::Never), false),
    ];
    for (http_status, content_type, without, with, unconfirmed) in table {
        for (retry_after, expected) in [(None, without), (Some(WAIT), with)] {
            let response = GrpcResponse {
                http_status,
                content_type,
                status: None,
                retry_after,
                ..GrpcResponse::new(OK, b"")
            };
            let error = grpc_outcome(&response, 10, 99).unwrap_err();
            assert_eq!((error.kind(), error.advice()), expected, "{response:?}");
            assert_eq!(error.is_unconfirmed(), unconfirmed, "{response:?}");
            assert_eq!(error.status(), Some(Status::Http(http_status)));
        }
    }
}
