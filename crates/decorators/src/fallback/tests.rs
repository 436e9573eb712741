use std::error::Error;
use std::time::Duration;

use meterport_core::{
    Deadline, ErrorKind, ExportError, MetricExporter, RetryAdvice, TemporalitySelector,
};
use meterport_testkit::conformance::tagged;
use meterport_testkit::{Answer, ScriptedExporter};
use tokio::time::{Instant, advance};

use crate::{ExporterExt, Fallback, FallbackOn, MembersError};

fn failure(advice: RetryAdvice) -> ExportError {
    ExportError::new(ErrorKind::Unavailable, "not now").with_advice(advice)
}

fn fails() -> Answer {
    Answer::Fail(failure(RetryAdvice::Backoff))
}

fn pair() -> (ScriptedExporter, ScriptedExporter, Fallback<ScriptedExporter>) {
    let (one, two) = (ScriptedExporter::new("one"), ScriptedExporter::new("two"));
    let stack = one.clone().fallback(two.clone()).unwrap();
    (one, two, stack)
}

/// How many points of a batch of ten each of the two takes if the first answers so.
async fn check(answer: Answer, on: FallbackOn, taken: (u64, u64)) {
    let (one, two, stack) = pair();
    one.default_answer(answer.clone());
    let result = stack.on(on).export(&tagged("falls", 10), Deadline::NONE).await;
    assert_eq!((one.taken_points(), two.taken_points()), taken, "{answer:?} {on:?}");
    let books = match result {
        Ok(books) => {
            let asked: Vec<_> = books.members.iter().map(|m| &*m.component.kind).collect();
            let expected: &[&str] = if taken.1 > 0 { &["one", "two"] } else { &["one"] };
            assert_eq!(asked, expected, "{answer:?}");
            assert!(books.members.last().unwrap().error.is_none(), "the last one delivered");
            books
        }
        Err(error) => error.into_outcome(10),
    };
    assert_eq!(books.points(), 10, "{answer:?} {on:?}");
    assert_eq!(books.delivered, taken.0 + taken.1, "{answer:?} {on:?}");
}

#[tokio::test(start_paused = true)]
async fn the_next_gets_exactly_what_is_owed() {
    use FallbackOn::{AnyError, Transient};
    let partly = |advice| Answer::Partly(6, failure(advice));
    check(Answer::Deliver, AnyError, (10, 0)).await;
    check(fails(), AnyError, (0, 10)).await;
    check(partly(RetryAdvice::Backoff), AnyError, (6, 4)).await;
    check(partly(RetryAdvice::Never), AnyError, (6, 4)).await;
    check(Answer::Panic, AnyError, (0, 10)).await;
    check(partly(RetryAdvice::After(Duration::from_secs(9))), Transient, (6, 4)).await;
    check(partly(RetryAdvice::Never), Transient, (6, 0)).await;
    // A partial success is one: what was rejected is nobody else's.
    check(Answer::Reject(0), AnyError, (10, 0)).await;
}

#[tokio::test(start_paused = true)]
async fn a_partial_success_is_not_given_to_the_next() {
    let (one, two, stack) = pair();
    one.default_answer(Answer::Reject(3));
    let books = stack.export(&tagged("rejected", 10), Deadline::NONE).await.unwrap();
    assert_eq!((books.delivered, books.rejected, two.calls().len()), (7, 3, 0));
}

/// Three of five pieces are delivered, the fourth is cut; the secondary gets exactly the rest.
#[tokio::test(start_paused = true)]
async fn pieces_that_were_delivered_stay_with_the_primary() {
    let (one, two) = (ScriptedExporter::new("one"), ScriptedExporter::new("two"));
    one.script([Answer::Deliver, Answer::Deliver, Answer::Deliver]);
    one.default_answer(Answer::Fail(
        ExportError::new(ErrorKind::Timeout, "cut").with_advice(RetryAdvice::Backoff),
    ));
    let stack = one.clone().split(10).fallback(two.clone()).unwrap();
    let batch = tagged("pieces", 50);
    let books = stack.export(&batch, Deadline::NONE).await.unwrap();
    assert_eq!((books.delivered, one.taken_points()), (50, 30));
    assert_eq!(two.taken(), [batch.slice(30..50)]);
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_leaves_time_for_the_next() {
    let (one, two, stack) = pair();
    one.default_answer(Answer::Hang);
    let begin = Instant::now();
    let deadline = Deadline::after(begin.into_std(), Duration::from_secs(10));
    let books = stack.export(&tagged("hangs", 10), deadline).await.unwrap();
    assert_eq!((begin.elapsed(), two.taken_points()), (Duration::from_secs(5), 10));
    // What the primary took without a word may have arrived: the second is told all the same.
    assert_eq!((books.delivered, books.points()), (10, 10));
}

#[tokio::test(start_paused = true)]
async fn if_all_fail_the_error_is_the_last_with_the_first_as_its_cause() {
    let (one, two, stack) = pair();
    let refused =
        ExportError::new(ErrorKind::Rejected, "bad").with_status(meterport_core::Status::Http(400));
    one.default_answer(Answer::Partly(4, failure(RetryAdvice::Backoff)));
    two.default_answer(Answer::Fail(refused));
    let error = stack.export(&tagged("fails", 10), Deadline::NONE).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Rejected, "bad"));
    assert!(error.source().unwrap().to_string().contains("not now"));
    assert_eq!(error.advice(), RetryAdvice::Backoff, "the first may take it another time");
    assert_eq!(error.rest().unwrap().points(), 6);
    let books = error.into_outcome(10);
    assert_eq!((books.delivered, books.points(), books.attempts), (4, 10, 2));
}

#[tokio::test(start_paused = true)]
async fn the_primary_is_first_again_unless_it_is_said_to_stay() {
    let (one, two, stack) = pair();
    one.script([fails()]);
    for points in [(0, 10), (10, 10)] {
        stack.export(&tagged("first", 10), Deadline::NONE).await.unwrap();
        assert_eq!((one.taken_points(), two.taken_points()), points);
    }

    let (one, two, stack) = pair();
    let stack = stack.with_stickiness(Duration::from_secs(60));
    one.script([fails()]);
    for (wait, calls) in [(0, (1, 1)), (30, (1, 2)), (29, (1, 3)), (2, (2, 3)), (1, (3, 3))] {
        advance(Duration::from_secs(wait)).await;
        stack.export(&tagged("stays", 1), Deadline::NONE).await.unwrap();
        assert_eq!((one.calls().len(), two.calls().len()), calls);
    }
}

#[tokio::test(start_paused = true)]
async fn flush_and_shutdown_reach_all() {
    let (one, two, stack) = pair();
    one.answer_flush(fails());
    one.answer_shutdown(Answer::Panic);
    assert!(stack.force_flush(Deadline::NONE).await.is_err());
    assert!(stack.shutdown(Deadline::NONE).await.is_err());
    assert_eq!((two.flushes().len(), two.shutdowns().len()), (1, 1));
}

#[test]
fn members_must_agree() {
    let delta = ScriptedExporter::new("delta").with_temporality(TemporalitySelector::Delta);
    let error = ScriptedExporter::new("one").fallback(delta).unwrap_err();
    assert!(matches!(error, MembersError::Temporality { .. }));
    assert!(error.to_string().contains("to_delta()"), "{error}");
}

#[test]
fn debug_reads_as_the_composition() {
    let (_, _, stack) = pair();
    let text = "Fallback(ScriptedExporter { name: \"one\", .. }, ScriptedExporter { name: \
                \"two\", .. }, AnyError)";
    assert_eq!(format!("{stack:?}"), text);
}
