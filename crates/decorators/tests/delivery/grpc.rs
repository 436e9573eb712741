//! Faults of a receiver that is reached by gRPC.

use meterport_core::DropReason;
use meterport_otlp_grpc::OtlpGrpcExporter;
use meterport_testkit::proto::rpc;
use meterport_testkit::{Fate, GrpcReply, GrpcStatus};

use super::*;

async fn run(row: &str, replies: Vec<Reply>, expected: Expected) -> Result<Outcome, ExportError> {
    let collector = FakeCollector::start_grpc();
    let exporter = OtlpGrpcExporter::builder().endpoint(collector.url()).build().unwrap();
    check(row, &collector, exporter, replies, expected).await
}

fn status(code: u32) -> Reply {
    GrpcStatus::new(code).into()
}

fn retry_info(code: u32, seconds: i64, nanos: i32) -> Reply {
    let details = rpc::Status::new(code as i32, "").with_retry_delay(seconds, nanos);
    GrpcStatus::new(code).details(&details).into()
}

#[tokio::test]
async fn codes_are_sent_again_as_the_specification_says() {
    for code in 1..=17 {
        let again = [1, 4, 10, 11, 14, 15].contains(&code);
        let expected = if again { delivered(2) } else { lost(1) };
        let row = code.to_string();
        assert_eq!(run(&row, vec![status(code)], expected).await.is_ok(), again, "{code}");
    }
}

#[tokio::test]
async fn a_delay_that_is_named_is_obeyed_whatever_it_is() {
    // A second, and 30 years, are cut to what the policy allows.
    for (seconds, nanos) in [(0, 1_000_000), (0, 0), (-1, 0), (1, 0), (1_000_000_000, 0)] {
        let row = format!("UNAVAILABLE, {seconds} s {nanos} ns");
        run(&row, vec![retry_info(14, seconds, nanos)], delivered(2)).await.unwrap();
    }
    run("RESOURCE_EXHAUSTED with", vec![retry_info(8, 0, 1)], delivered(2)).await.unwrap();
    run("RESOURCE_EXHAUSTED without", vec![status(8)], lost(1)).await.unwrap_err();
}

#[tokio::test]
async fn connections_that_end_lose_nothing() {
    let go_away = |request| Reply::Grpc(GrpcReply::GoAway { code: 0, request });
    let reset = |code| Reply::Grpc(GrpcReply::Reset(code));
    let table = [
        ("GOAWAY above", go_away(Fate::Unprocessed), false),
        ("REFUSED_STREAM", reset(7), false),
        ("CANCEL", reset(8), true),
        ("INTERNAL_ERROR", reset(2), true),
        ("reset", Reply::ResetBeforeReply, true),
        ("hangs", Reply::Hang, true),
    ];
    for (row, reply, doubt) in table {
        let collector = FakeCollector::start_grpc();
        let exporter = OtlpGrpcExporter::builder().endpoint(collector.url()).build().unwrap();
        collector.script([reply]);
        let deadline = Deadline::after(Instant::now(), GUARD);
        let result = within(GUARD, stack(exporter).export(&batch(), deadline)).await;
        let books = result.unwrap_or_else(|error| error.into_outcome(POINTS));
        assert_eq!((books.delivered, books.points()), (POINTS, POINTS), "{row}: {books:?}");
        assert_eq!(books.dropped.of(DropReason::Unconfirmed), 0, "{row}");
        let accepted = collector.accepted_points();
        assert!(accepted == POINTS || doubt && accepted > POINTS, "{row}: {accepted}");
    }
}

#[tokio::test]
async fn a_partial_success_is_never_sent_again() {
    let partial = Reply::PartialSuccess { rejected: 4, message: "too old".into() };
    let expected = Expected { delivered: 6, rejected: 4, ..delivered(1) };
    run("partial", vec![partial], expected).await.unwrap();
}
