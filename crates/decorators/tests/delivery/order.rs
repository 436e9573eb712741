//! Decorators around decorators: what their order means.

use meterport_core::{DropReason, ErrorKind, RetryAdvice};
use meterport_testkit::{Answer, ScriptedExporter};
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
async fn a_timeout_inside_is_one_of_an_attempt_and_outside_of_all() {
    let policy = || RetryPolicy::default();
    let limit = Duration::from_secs(4);
    check("retry of timeout", |inner| inner.timeout(limit).retry(policy()), 9, POINTS).await;
    check("timeout of retry", |inner| inner.retry(policy()).timeout(limit), 4, 0).await;
    check("timeout of both", |inner| inner.reliable(), 10, POINTS).await;
}

#[tokio::test(start_paused = true)]
async fn a_member_that_hangs_delays_its_siblings_deliveries_in_no_order() {
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
async fn the_stack_works_in_a_box() {
    let inner = ScriptedExporter::new("inner");
    inner.script([fails()]);
    let boxed: Box<dyn MetricExporter> = Box::new(inner);
    let shared: std::sync::Arc<dyn MetricExporter> = std::sync::Arc::new(boxed.reliable());
    let books = shared.split(4).export(&batch(), Deadline::NONE).await.unwrap();
    assert_eq!((books.delivered, books.attempts), (POINTS, 4));
}
