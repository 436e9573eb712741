use std::time::Duration;

use meterport_core::{
    Aggregation, AggregationSelector, Deadline, DropReason, ErrorKind, ExportError, MetricExporter,
    RetryAdvice, TemporalitySelector,
};
use meterport_testkit::conformance::tagged;
use meterport_testkit::{Answer, ScriptedExporter};
use tokio::time::Instant;

use crate::{ExporterExt, MembersError, Multi};

fn fails() -> Answer {
    let error = ExportError::new(ErrorKind::Unavailable, "not now");
    Answer::Fail(error.with_advice(RetryAdvice::Backoff))
}

fn trio() -> ([ScriptedExporter; 3], Multi) {
    let members = ["one", "two", "three"].map(ScriptedExporter::new);
    let [one, two, three] = members.clone();
    (members, one.multi(two).unwrap().multi(three).unwrap())
}

/// The second of three answers so: neither of the others notices.
async fn check(answer: Answer, ends: u64, delivered: u64, error: bool) {
    let ([one, two, three], stack) = trio();
    two.default_answer(answer.clone());
    let begin = Instant::now();
    let deadline = Deadline::after(begin.into_std(), Duration::from_secs(10));
    let books = stack.export(&tagged("out", 10), deadline).await.unwrap();
    assert_eq!(begin.elapsed(), Duration::from_secs(ends), "{answer:?}");
    assert_eq!((one.taken_points(), three.taken_points()), (10, 10), "{answer:?}");
    let told: Vec<_> = books.members.iter().map(|m| (&*m.component.kind, &m.error)).collect();
    assert_eq!(told.iter().map(|member| member.0).collect::<Vec<_>>(), ["one", "two", "three"]);
    assert_eq!(told.iter().map(|m| m.1.is_some()).collect::<Vec<_>>(), [false, error, false]);
    assert!(books.members.iter().all(|member| member.outcome.points() == 10), "{books:?}");
    assert_eq!((books.delivered, books.points()), (delivered, 10), "{answer:?}: the least");
}

#[tokio::test(start_paused = true)]
async fn nobody_delays_or_fails_another() {
    check(Answer::Deliver, 0, 10, false).await;
    check(Answer::DeliverAfter(Duration::from_secs(3)), 3, 10, false).await;
    check(Answer::Hang, 10, 0, true).await;
    check(Answer::Panic, 0, 0, true).await;
    check(fails(), 0, 0, true).await;
    check(Answer::Reject(4), 0, 6, false).await;
    check(Answer::Partly(4, ExportError::new(ErrorKind::Rejected, "no")), 0, 4, true).await;
}

#[tokio::test(start_paused = true)]
async fn only_if_all_fail_it_fails_and_never_to_be_sent_again() {
    let (members, stack) = trio();
    members.iter().for_each(|member| member.default_answer(fails()));
    let error = stack.export(&tagged("none", 10), Deadline::NONE).await.unwrap_err();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Unavailable, RetryAdvice::Never));
    assert!(error.to_string().starts_with("multi_metric_exporter: unavailable: "), "{error}");
    assert_eq!(error.settled().members.len(), 3);
    let books = error.into_outcome(10);
    assert_eq!((books.points(), books.dropped.of(DropReason::Unavailable)), (10, 10));
    assert_eq!(books.attempts, 3);
}

/// The books are those of the member that took least, and nothing is owed to anybody outside.
#[tokio::test(start_paused = true)]
async fn what_one_took_before_all_failed_is_in_the_books() {
    let (members, stack) = trio();
    for (member, taken) in members.iter().zip([7, 3, 4]) {
        let error = ExportError::new(ErrorKind::Unavailable, "not now");
        member.default_answer(Answer::Partly(taken, error));
    }
    let spare = ScriptedExporter::new("spare");
    let stack = stack.fallback(spare.clone()).unwrap();
    let books = stack.export(&tagged("partly", 10), Deadline::NONE).await.unwrap_err();
    let books = books.into_outcome(10);
    assert_eq!((books.delivered, books.points(), spare.calls().len()), (3, 10, 0));
}

/// Retries belong to the members: each has its own, and the batch with its encodings is one.
#[tokio::test(start_paused = true)]
async fn each_member_has_a_stack_of_its_own_and_the_same_batch() {
    let (one, two) = (ScriptedExporter::new("one"), ScriptedExporter::new("two"));
    two.script([fails(), fails()]);
    let stack = one.clone().multi(two.clone().reliable()).unwrap();
    let batch = tagged("shared", 10);
    batch.memo().remember(&Mark, || ());
    let books = stack.export(&batch, Deadline::NONE).await.unwrap();
    assert_eq!((books.delivered, one.calls().len(), two.calls().len()), (10, 1, 3));
    for call in one.calls().into_iter().chain(two.calls()) {
        assert_eq!(call.batch.memo().len(), 1, "the memory of encodings goes along");
    }
}

#[derive(Clone, PartialEq, Eq)]
struct Mark;

impl meterport_core::MemoKey for Mark {
    type Value = ();
}

#[tokio::test(start_paused = true)]
async fn flush_and_shutdown_reach_all() {
    let ([one, two, three], stack) = trio();
    one.answer_flush(fails());
    two.answer_shutdown(Answer::Hang);
    assert!(stack.force_flush(Deadline::NONE).await.is_err());
    let begin = Instant::now();
    let deadline = Deadline::after(begin.into_std(), Duration::from_secs(5));
    assert_eq!(stack.shutdown(deadline).await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(begin.elapsed(), Duration::from_secs(5));
    for member in [one, two, three] {
        assert_eq!((member.flushes().len(), member.shutdowns().len()), (1, 1));
    }
}

#[test]
fn members_that_disagree_are_refused_with_the_way_out() {
    let one = || ScriptedExporter::new("one");
    let delta = ScriptedExporter::new("two").with_temporality(TemporalitySelector::Delta);
    let error = one().multi(delta).unwrap_err();
    assert_eq!(
        error.to_string(),
        "two wants delta temporality for Counter, but one cumulative: set both alike, or make the \
         former of cumulative points with `to_delta()` (`ToDelta`) around two"
    );
    let base2 = AggregationSelector::histograms(Aggregation::BASE2);
    let error = one().multi(ScriptedExporter::new("two").with_aggregation(base2)).unwrap_err();
    assert!(error.to_string().starts_with("one and two want another aggregation for Histogram"));
    assert_eq!(Multi::new([]).unwrap_err(), MembersError::NoMember);
}

#[test]
fn debug_reads_as_the_composition() {
    let (_, stack) = trio();
    assert!(format!("{stack:?}").starts_with("Multi(ScriptedExporter { name: \"one\", .. }, "));
}
