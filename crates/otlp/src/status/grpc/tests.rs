use std::time::Duration;

use meterport_core::{DropReason, ErrorKind as K, RetryAdvice as A};
use meterport_testkit::proto::rpc;
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
