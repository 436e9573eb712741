//! Fault 62: decorators around decorators: what their order means.

use meterport_core::{DropReason, ErrorKind, RetryAdvice};
use meterport_decorators::{BreakerPolicy, QueueSettings};
use tokio::time::Instant as TokioInstant;

use super::*;

fn fails() -> Answer {
    let error = ExportError::new(ErrorKind::Unavailable, "");
    Answer::Fail(error.with_advice(RetryAdvice::Backoff))
}

/// Ten points through a stack whose inner exporter hangs once and then delivers: after how many
/// seconds it ends, and how many points are delivered.
async fn check<E: MetricExporter>(
    order: &str,
    wrap: impl FnOnce(ScriptedExporter) -> E,
    at_most: u64,
    delivered: u64,
) {
    let inner = ScriptedExporter::new("inner");
    inner.script([Answer::Hang]);
    let begin = TokioInstant::now();
    let result = wrap(inner).export(&batch(), Deadline::NONE).await;
    let books = result.unwrap_or_else(|error| error.into_outcome(POINTS));
    assert_eq!((books.delivered, books.points()), (delivered, POINTS), "{order}");
    assert!(begin.elapsed() <= Duration::from_secs(at_most), "{order}: {:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn row_62_a_timeout_inside_is_one_of_an_attempt_and_outside_of_all() {
    let policy = || RetryPolicy::default();
    let limit = Duration::from_secs(4);
    check("retry of timeout", |inner| inner.timeout(limit).retry(policy()), 9, POINTS).await;
    check("timeout of retry", |inner| inner.retry(policy()).timeout(limit), 4, 0).await;
    check("timeout of both", |inner| inner.reliable(), 10, POINTS).await;
}

#[tokio::test(start_paused = true)]
async fn row_62_a_member_that_hangs_delays_its_siblings_deliveries_in_no_order() {
    let (slow, quick) = (ScriptedExporter::new("slow"), ScriptedExporter::new("quick"));
    slow.default_answer(Answer::Hang);
    let begin = TokioInstant::now();
    let stack = slow.timeout(Duration::from_secs(3)).multi(quick.clone()).unwrap().logging();
    let books = stack.export(&batch(), Deadline::NONE).await.unwrap();
    assert_eq!(begin.elapsed(), Duration::from_secs(3));
    assert_eq!(quick.calls()[0].at, begin, "at once");
    assert_eq!(books.members[1].outcome.delivered, POINTS);
    assert_eq!(books.dropped.of(DropReason::Unconfirmed), POINTS);
}

#[tokio::test(start_paused = true)]
async fn row_62_the_stack_works_in_a_box() {
    let inner = ScriptedExporter::new("inner");
    inner.script([fails()]);
    let boxed: Box<dyn MetricExporter> = Box::new(inner);
    let shared: std::sync::Arc<dyn MetricExporter> = std::sync::Arc::new(boxed.reliable());
    let books = shared.split(4).export(&batch(), Deadline::NONE).await.unwrap();
    assert_eq!((books.delivered, books.attempts), (POINTS, 4));
}

/// While the primary's circuit is open the secondary is asked at once.
#[tokio::test(start_paused = true)]
async fn row_62_a_breaker_in_a_fallback_spares_the_retries() {
    let (primary, secondary) = (ScriptedExporter::new("first"), ScriptedExporter::new("second"));
    primary.default_answer(fails());
    let policy = BreakerPolicy::default().after_failures(1).open_for(Duration::from_secs(60));
    let retry = RetryPolicy::default().with_max_attempts(Some(3));
    let stack = primary.clone().retry(retry).circuit_breaker(policy);
    let stack = stack.fallback(secondary.clone()).unwrap();
    for round in 1..=3 {
        let begin = TokioInstant::now();
        let result = stack.export(&batch(), Deadline::NONE).await;
        accounted("breaker", POINTS, &result, POINTS);
        assert_eq!((primary.calls().len(), secondary.calls().len()), (3, round));
        assert!(round == 1 || begin.elapsed().is_zero(), "{:?}", begin.elapsed());
    }
}

/// Retries stand inside of pieces, and these inside of the queue: what was delivered stays so.
#[tokio::test]
async fn row_62_a_queue_around_pieces_sends_none_twice() {
    let inner = ScriptedExporter::new("inner");
    inner.script([Answer::Deliver, fails(), Answer::Deliver, fails(), fails(), Answer::Deliver]);
    let pause = Duration::from_millis(1);
    let retry = quick().with_max_attempts(Some(2));
    let stack = inner.clone().retry(retry).split(4);
    let stack = stack.queue(QueueSettings::default().pauses(pause, pause));
    stack.export(&batch(), soon()).await.unwrap();
    let result = within(GUARD, stack.shutdown(soon())).await;
    let books = accounted("queue", POINTS, &result, inner.taken_points());
    // 4, 4 and 2 points, of which the second failed once and the third twice.
    assert_eq!((books.delivered, inner.calls().len()), (POINTS, 6));
}
