//! Faults 16 to 20: what a receiver that is reached by gRPC answers instead of taking a request.

use meterport_testkit::proto::rpc;
use meterport_testkit::{Fate, GrpcReply, GrpcStatus};
use tokio::time::pause;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn retry_info(code: u32, seconds: i64, nanos: i32) -> GrpcStatus {
    let details = rpc::Status::new(code as i32, "").with_retry_delay(seconds, nanos);
    GrpcStatus::new(code).details(&details)
}

#[tokio::test]
async fn row_16_unavailable_with_a_delay() {
    // 10^9 s, which is 30 years, is cut to a minute.
    let table = [
        (2, 2 * SECOND, SECOND * 22 / 10),
        (0, Duration::ZERO, 5 * SECOND),
        (-1, Duration::ZERO, 5 * SECOND),
        (1_000_000_000, 60 * SECOND, 66 * SECOND),
    ];
    let mut errors = Vec::new();
    for (seconds, ..) in table {
        errors.push(learnt(Over::Grpc, retry_info(14, seconds, 0)).await);
    }
    pause();
    for (error, (seconds, least, most)) in errors.iter().zip(table) {
        let pause = pauses_behind([error.clone()]).await[0];
        assert!(pause >= least && pause <= most, "{seconds} s: {pause:?}");
    }
    // Said again and again it grows, and never falls below what was said.
    let pauses = pauses_behind(std::iter::repeat_n(errors[0].clone(), 4)).await;
    assert!(pauses.iter().all(|pause| *pause >= 2 * SECOND), "{pauses:?}");
    assert!(pauses.iter().all(|pause| *pause <= 33 * SECOND), "{pauses:?}");
}

#[tokio::test]
async fn row_17_exhausted_with_a_delay() {
    let error = learnt(Over::Grpc, retry_info(8, 2, 0)).await;
    pause();
    let pause = pauses_behind([error]).await[0];
    assert!(pause >= 2 * SECOND && pause <= SECOND * 22 / 10, "{pause:?}");
}

#[tokio::test]
async fn row_18_exhausted_without_a_delay() {
    let replies = vec![GrpcStatus::new(8).into()];
    check(Over::Grpc, "8", replies, lost(1)).await.unwrap_err();
}

/// `specification.md`, "Failures": these seven may be sent again, the last only with a delay.
#[tokio::test]
async fn row_19_every_code() {
    for code in 1..=17 {
        let again = [1, 4, 10, 11, 14, 15].contains(&code);
        // Whether such a request was looked at, some codes leave open.
        let expected = if again { in_doubt(delivered(2)) } else { lost(1) };
        let replies = vec![GrpcStatus::new(code).into()];
        let result = check(Over::Grpc, &code.to_string(), replies, expected).await;
        assert_eq!(result.is_ok(), again, "{code}");
    }
}

#[tokio::test]
async fn row_20_streams_and_connections_that_the_server_ends() {
    let go_away = |code, request| Reply::Grpc(GrpcReply::GoAway { code, request });
    let reset = |code| Reply::Grpc(GrpcReply::Reset(code));
    // ENHANCE_YOUR_CALM is what `too_many_pings` comes with.
    let table = [
        ("GOAWAY, not looked at", go_away(0, Fate::Unprocessed)),
        ("GOAWAY, answered", go_away(0, Fate::Answered)),
        ("GOAWAY, lost", go_away(0, Fate::Lost)),
        ("too many pings", go_away(11, Fate::Unprocessed)),
        ("REFUSED_STREAM", reset(7)),
        ("ENHANCE_YOUR_CALM", reset(11)),
    ];
    for (row, reply) in table {
        let collector = FakeCollector::start_grpc();
        collector.script([reply]);
        let stack = stack(Over::Grpc.exporter(&collector));
        let result = within(GUARD, stack.export(&batch(), soon())).await;
        let books = accounted(row, POINTS, &result, collector.accepted_points());
        assert_eq!(books.delivered, POINTS, "{row}: {result:?}");
        assert!(books.attempts <= 2, "{row}: {result:?}");
    }
}
