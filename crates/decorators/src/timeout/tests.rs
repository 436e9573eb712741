use std::time::Duration;

use meterport_core::{Deadline, ErrorKind, MetricExporter, RetryAdvice};
use meterport_testkit::conformance::tagged;
use meterport_testkit::{Answer, ScriptedExporter};
use tokio::time::Instant;

use crate::ExporterExt;

const LIMIT: Duration = Duration::from_secs(3);

/// How an export ends whose exporter answers so, and when.
async fn check(answer: Answer, deadline: Option<Duration>, unconfirmed: Option<bool>, end: u64) {
    let begin = Instant::now();
    let inner = ScriptedExporter::new("inner");
    inner.default_answer(answer.clone());
    let batch = tagged("cut", 5);
    let deadline = Deadline::within(begin.into_std(), deadline);
    let result = inner.clone().timeout(LIMIT).export(&batch, deadline).await;
    assert_eq!(begin.elapsed(), Duration::from_secs(end), "{answer:?}");
    match (result, unconfirmed) {
        (Ok(outcome), None) => assert_eq!(outcome.delivered, 5, "{answer:?}"),
        (Err(error), Some(unconfirmed)) => {
            assert_eq!(error.kind(), ErrorKind::Timeout, "{answer:?}");
            assert_eq!(error.advice(), RetryAdvice::Backoff, "{answer:?}");
            assert_eq!(error.is_unconfirmed(), unconfirmed, "{answer:?}");
            assert_eq!(error.component(), Some(inner.component()), "{answer:?}");
            assert_eq!(error.into_outcome(5).points(), 5, "{answer:?}");
        }
        (result, _) => panic!("{answer:?}: {result:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_smaller_limit_cuts() {
    let seconds = Duration::from_secs;
    check(Answer::Deliver, None, None, 0).await;
    check(Answer::DeliverAfter(seconds(3)), None, None, 3).await;
    check(Answer::DeliverAfter(seconds(4)), None, Some(true), 3).await;
    check(Answer::Hang, None, Some(true), 3).await;
    check(Answer::Hang, Some(seconds(2)), Some(true), 2).await;
    check(Answer::Hang, Some(seconds(4)), Some(true), 3).await;
    check(Answer::HangUntilDeadline, None, Some(true), 3).await;
    check(Answer::Deliver, Some(seconds(0)), Some(false), 0).await;
}

/// The exporter inside answers at the same moment: its books are the better ones.
#[tokio::test(start_paused = true)]
async fn who_keeps_the_deadline_has_the_last_word() {
    let inner = ScriptedExporter::new("inner");
    inner.default_answer(Answer::HangUntilDeadline);
    let stack = inner.timeout(LIMIT).timeout(LIMIT).timeout(LIMIT);
    let error = stack.export(&tagged("cut", 5), Deadline::NONE).await.unwrap_err();
    assert_eq!(error.settled().attempts, 1, "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn zero_is_no_limit() {
    let inner = ScriptedExporter::new("inner");
    inner.default_answer(Answer::DeliverAfter(Duration::from_secs(1_000_000)));
    let stack = inner.timeout(Duration::ZERO);
    assert!(stack.export(&tagged("slow", 5), Deadline::NONE).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn flush_and_shutdown_are_bounded_too() {
    let begin = Instant::now();
    let inner = ScriptedExporter::new("inner");
    inner.answer_flush(Answer::Hang);
    inner.answer_shutdown(Answer::Hang);
    let stack = inner.clone().timeout(LIMIT);
    let flushed = stack.force_flush(Deadline::NONE).await;
    assert_eq!(flushed.unwrap_err().kind(), ErrorKind::Timeout);
    let shut_down = stack.shutdown(Deadline::at(Instant::now().into_std())).await;
    assert_eq!(shut_down.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(begin.elapsed(), LIMIT);
    assert_eq!((inner.flushes().len(), inner.shutdowns().len()), (1, 1));
}

#[test]
fn debug_reads_as_the_composition() {
    let stack = ScriptedExporter::new("inner").timeout(LIMIT).timeout(Duration::from_secs(10));
    let text = "Timeout(Timeout(ScriptedExporter { name: \"inner\", .. }, 3s), 10s)";
    assert_eq!(format!("{stack:?}"), text);
}
