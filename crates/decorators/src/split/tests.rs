use std::time::Duration;

use meterport_core::{
    AttributeSet, Deadline, DropReason, ErrorKind, ExportError, Gauge, Metric, MetricBatch,
    MetricExporter, Number, NumberPoint, ResourceMetrics, RetryAdvice, Scope, ScopeMetrics, Value,
};
use meterport_testkit::conformance::{pointless, tagged};
use meterport_testkit::strategy::{self, Numbers};
use meterport_testkit::{Answer, ScriptedExporter};

use crate::ExporterExt;

const GONE: ErrorKind = ErrorKind::Unavailable;

fn failure(kind: ErrorKind) -> ExportError {
    ExportError::new(kind, "as scripted").with_advice(RetryAdvice::Backoff)
}

fn sizes(inner: &ScriptedExporter) -> Vec<u64> {
    inner.calls().iter().map(|call| call.batch.points()).collect()
}

#[tokio::test(start_paused = true)]
async fn pieces_of_so_many_points() {
    let inner = ScriptedExporter::new("inner");
    let batch = tagged("pieces", 10);
    let books = inner.clone().split(4).export(&batch, Deadline::NONE).await.unwrap();
    assert_eq!((books.delivered, books.attempts), (10, 3));
    assert_eq!(sizes(&inner), [4, 4, 2]);
    let pieces: Vec<_> = inner.calls().into_iter().map(|call| call.batch).collect();
    assert_eq!(pieces, batch.split(4).collect::<Vec<_>>());
}

/// What it remembers of encodings is shared then.
#[tokio::test(start_paused = true)]
async fn a_batch_within_the_limit_goes_through_as_it_is() {
    let inner = ScriptedExporter::new("inner");
    for batch in pointless().into_iter().chain([tagged("whole", 4)]) {
        assert!(inner.clone().split(4).export(&batch, Deadline::NONE).await.is_ok());
        for call in inner.calls() {
            let same = std::ptr::eq(call.batch.resources(), batch.resources());
            assert!(same, "another batch: {:?}", call.batch);
        }
    }
    assert_eq!(sizes(&inner), [4]);
}

/// Of 1,000 points, one is a giant: exactly that one is lost, and named (row 14).
#[tokio::test(start_paused = true)]
async fn the_one_point_that_is_too_large_is_lost_alone() {
    for named in [true, false] {
        let point = |id: i64| {
            let text = "x".repeat(if id == 700 { 10_000 } else { 10 });
            let attributes =
                AttributeSet::from([("id", Value::Int(id)), ("text", Value::String(text))]);
            NumberPoint::new(attributes, Number::I64(id))
        };
        let metric = Metric::new("queue.length", Gauge { points: (0..1_000).map(point).collect() });
        let scope = ScopeMetrics::new(Scope::new("test")).with_metric(metric);
        let batch = MetricBatch::from(ResourceMetrics::default().with_scope(scope));
        let inner = ScriptedExporter::new("inner");
        inner.default_answer(Answer::Limit { bytes: 4_096, named });
        let stack = inner.clone().split(8_192);
        let books = stack.export(&batch, Deadline::NONE).await.unwrap();
        assert_eq!((books.delivered, books.points()), (999, 1_000), "limit named: {named}");
        assert_eq!(books.dropped.of(DropReason::TooLarge), 1);
        let message = books.message.expect("the point is named");
        assert!(message.contains("queue.length id=700 text=xxx"), "{message}");
        assert!(message.len() < 400, "{message}");
        let arrived: u64 = inner.taken().iter().map(MetricBatch::points).sum();
        assert_eq!(arrived, 999);
        assert_eq!(u64::from(books.attempts), inner.calls().len() as u64);
        assert!(books.attempts < 70, "{} requests", books.attempts);
    }
}

/// What has been learnt of sizes saves the refusals of the next batches.
#[tokio::test(start_paused = true)]
async fn the_next_batch_is_cut_at_once() {
    for named in [true, false] {
        let inner = ScriptedExporter::new("inner");
        inner.default_answer(Answer::Limit { bytes: 40_000, named });
        let stack = inner.clone().split(8_192);
        let mut requests = Vec::new();
        for round in 0..3 {
            let batch = tagged(&format!("{round}"), 1_000);
            let books = stack.export(&batch, Deadline::NONE).await.unwrap();
            assert_eq!(books.delivered, 1_000);
            requests.push(books.attempts);
        }
        assert!(requests[1] < requests[0] && requests[2] == requests[1], "{requests:?}");
    }
}

/// Three of five pieces are delivered, the fourth fails: the rest is exactly the last two.
#[tokio::test(start_paused = true)]
async fn what_is_settled_and_what_is_not() {
    let batch = tagged("five", 25);
    let check = async |answer: Answer, kind, settled, rest: MetricBatch| {
        let inner = ScriptedExporter::new("inner");
        inner.script([Answer::Deliver, Answer::Deliver, Answer::Deliver, answer]);
        let error = inner.clone().split(5).export(&batch, Deadline::NONE).await.unwrap_err();
        assert_eq!((error.kind(), inner.calls().len()), (kind, 4));
        assert_eq!((error.settled().delivered, error.rest()), (settled, Some(&rest)));
        assert_eq!(error.into_outcome(25).points(), 25);
    };
    check(Answer::Fail(failure(GONE)), GONE, 15, batch.slice(15..25)).await;
    let two = MetricBatch::join([batch.slice(17..20), batch.slice(20..25)]);
    check(Answer::Partly(2, failure(GONE)), GONE, 17, two).await;
}

#[tokio::test(start_paused = true)]
async fn a_piece_that_hangs_is_cut_and_the_books_are_kept() {
    let batch = tagged("five", 25);
    for answer in [Answer::Hang, Answer::HangUntilDeadline] {
        let begin = tokio::time::Instant::now();
        let inner = ScriptedExporter::new("inner");
        inner.script([Answer::Deliver, Answer::Deliver, answer]);
        let deadline = Deadline::after(begin.into_std(), Duration::from_secs(9));
        let error = inner.clone().split(5).export(&batch, deadline).await.unwrap_err();
        assert_eq!(begin.elapsed(), Duration::from_secs(9));
        assert_eq!((error.kind(), error.is_unconfirmed()), (ErrorKind::Timeout, true));
        assert_eq!(error.settled().delivered, 10);
        assert_eq!(error.rest(), Some(&batch.slice(10..25)));
    }
}

#[tokio::test(start_paused = true)]
async fn one_refused_piece_does_not_keep_back_the_others() {
    let batch = tagged("refused", 15);
    let inner = ScriptedExporter::new("inner");
    let refused = ExportError::new(ErrorKind::Rejected, "bad");
    inner.script([Answer::Deliver, Answer::Fail(refused)]);
    let error = inner.clone().split(5).export(&batch, Deadline::NONE).await.unwrap_err();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Rejected, RetryAdvice::Never));
    assert_eq!((error.settled().delivered, error.rest()), (10, Some(&batch.slice(5..10))));
}

/// Of a batch of which nothing was settled the whole is owed.
#[tokio::test(start_paused = true)]
async fn the_whole_is_owed_as_it_is() {
    for points in [3, 30] {
        let inner = ScriptedExporter::new("inner");
        inner.default_answer(Answer::Fail(failure(GONE)));
        let batch = tagged("whole", points);
        let error = inner.split(5).export(&batch, Deadline::NONE).await.unwrap_err();
        assert_eq!((error.settled().points(), error.rest()), (0, None));
        assert_eq!(error.settled().attempts, 1);
    }
}

proptest::proptest! {
    /// Whatever a batch holds and whatever is refused, each point goes once or is dropped once.
    #[test]
    fn books_balance(batch in strategy::batch(Numbers::Any), max in 1_u64..20, limit in 0_u64..3_000) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let inner = ScriptedExporter::new("inner");
        inner.default_answer(Answer::Limit { bytes: limit, named: limit % 2 == 0 });
        let books = runtime.block_on(inner.clone().split(max).export(&batch, Deadline::NONE));
        let books = books.unwrap();
        assert_eq!(books.points(), batch.points());
        assert_eq!(books.delivered, inner.taken_points());
        assert!(inner.taken().iter().all(|piece| piece.points() <= max && !piece.is_empty()));
    }
}

#[test]
fn debug_reads_as_the_composition() {
    let text = format!("{:?}", ScriptedExporter::new("inner").split(5));
    assert_eq!(text, "Split(ScriptedExporter { name: \"inner\", .. }, 5)");
}
