//! Faults of a receiver that is reached by HTTP.

use std::time::Duration;

use meterport_core::{DropReason, ErrorKind};
use meterport_otlp_http::{Compression, OtlpHttpExporter};
use meterport_testkit::{Part, Reply, Response};

use super::*;

fn exporter(collector: &FakeCollector) -> OtlpHttpExporter {
    OtlpHttpExporter::builder().endpoint(collector.url()).build().unwrap()
}

async fn run(row: &str, replies: Vec<Reply>, expected: Expected) -> Result<Outcome, ExportError> {
    let collector = FakeCollector::start();
    let exporter = exporter(&collector);
    check(row, &collector, exporter, replies, expected).await
}

fn status(code: u16) -> Reply {
    Response::new(code).into()
}

#[tokio::test]
async fn a_receiver_that_comes_late_gets_everything() {
    let collector = FakeCollector::start();
    let stack = stack(exporter(&collector));
    collector.refuse();
    let deadline = Deadline::after(Instant::now(), GUARD);
    let batch = batch();
    let resume = async { collector.resume() };
    let (result, ()) = tokio::join!(stack.export(&batch, deadline), resume);
    let books = result.unwrap();
    assert_eq!((books.delivered, books.points()), (POINTS, POINTS));
    assert_eq!(collector.accepted_points(), POINTS, "once");
}

#[tokio::test]
async fn what_breaks_is_sent_again_and_counted_once() {
    let table: [(&str, Vec<Reply>, Expected); 9] = [
        ("reset before the answer", vec![Reply::ResetBeforeReply], in_doubt(delivered(2))),
        ("reset in the head", vec![Reply::ResetAfter(8)], in_doubt(delivered(2))),
        ("reset in the request", vec![Reply::ResetDuringRequest(20)], in_doubt(delivered(2))),
        ("closed with the answer", vec![Reply::CloseAfterReply], delivered(1)),
        ("hangs", vec![Reply::Hang], in_doubt(delivered(2))),
        (
            "drips",
            vec![Reply::Drip { part: Part::Head, bytes: 1, every: Duration::from_millis(50) }],
            in_doubt(delivered(2)),
        ),
        ("429, 503", vec![status(429), status(503)], delivered(3)),
        ("502, 504", vec![status(502), status(504)], delivered(3)),
        (
            "partial success",
            vec![partial(4)],
            Expected { delivered: 6, rejected: 4, ..delivered(1) },
        ),
    ];
    for (row, replies, expected) in table {
        run(row, replies, expected).await.unwrap();
    }
}

fn partial(rejected: i64) -> Reply {
    Reply::PartialSuccess { rejected, message: "too old".into() }
}

#[tokio::test]
async fn what_is_final_is_sent_once_and_the_next_batch_is_not_held_up() {
    for code in [400, 401, 403, 404, 500, 501, 505, 301, 302, 307] {
        let collector = FakeCollector::start();
        let stack = stack(exporter(&collector));
        collector.script([status(code)]);
        let deadline = Deadline::after(Instant::now(), GUARD);
        let error = stack.export(&batch(), deadline).await.unwrap_err();
        let books = error.into_outcome(POINTS);
        assert_eq!((books.attempts, books.points()), (1, POINTS), "{code}");
        let books = stack.export(&batch(), deadline).await.unwrap();
        assert_eq!((books.attempts, books.delivered), (1, POINTS), "{code}");
    }
}

#[tokio::test]
async fn a_delay_of_the_receiver_is_a_floor_and_capped() {
    let again = |value: &str| vec![Response::new(503).header("retry-after", value).into()];
    // A day, which the policy of these tests cuts to 20 ms; the rest is no delay at all.
    for value in ["86400", "0", "-1", "soon", "9223372036854775807"] {
        let begin = Instant::now();
        run(value, again(value), delivered(2)).await.unwrap();
        let capped = value.len() > 4 && value != "soon";
        assert!(!capped || begin.elapsed() >= Duration::from_millis(20), "{value}");
    }
}

#[tokio::test]
async fn a_partial_success_that_lies_is_cut_to_what_can_be() {
    let rejected = |count| Expected { delivered: POINTS - count, rejected: count, ..delivered(1) };
    for (said, meant) in [(-5, 0), (0, 0), (10, 10), (11, 10), (i64::MAX, 10)] {
        let collector = FakeCollector::start();
        collector.script([partial(said)]);
        let deadline = Deadline::after(Instant::now(), GUARD);
        let books = stack(exporter(&collector)).export(&batch(), deadline).await.unwrap();
        let expected = rejected(meant);
        let found = (books.delivered, books.rejected, books.attempts);
        assert_eq!(found, (expected.delivered, expected.rejected, 1), "{said}");
    }
}

/// A receiver that takes 4 KiB: one point with a huge attribute among 999 small ones.
#[tokio::test]
async fn only_the_one_point_that_is_too_large_is_lost() {
    use meterport_core::{
        AttributeSet, Gauge, Metric, Number, NumberPoint, ResourceMetrics, ScopeMetrics, Value,
    };
    let point = |id: i64| {
        let value = if id == 500 { "x".repeat(8_192) } else { id.to_string() };
        NumberPoint::new(AttributeSet::from([("id", Value::from(value))]), Number::I64(id))
    };
    let metric = Metric::new("sizes", Gauge { points: (0..1_000).map(point).collect() });
    let scope = ScopeMetrics::default().with_metric(metric);
    let batch = MetricBatch::from(ResourceMetrics::default().with_scope(scope));

    let collector = FakeCollector::start();
    collector.answer_with(|received| match received.body.len() > 4_096 {
        true => Response::new(413).into(),
        false => Reply::Ok,
    });
    let stack = stack(exporter(&collector));
    let deadline = Deadline::after(Instant::now(), GUARD);
    let result = within(GUARD, stack.export(&batch, deadline)).await;
    let books = match result {
        Ok(books) => books,
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::TooLarge { .. }), "{error}");
            error.into_outcome(1_000)
        }
    };
    assert_eq!((books.delivered, books.points()), (999, 1_000), "{books:?}");
    assert_eq!(books.dropped.of(DropReason::TooLarge), 1);
    assert_eq!(collector.accepted_points(), 999, "each once");
}

/// The batch is encoded and compressed once for all its attempts.
#[tokio::test]
async fn attempts_share_one_body() {
    let collector = FakeCollector::start();
    collector.script([status(503), status(503), status(503)]);
    let exporter = OtlpHttpExporter::builder()
        .endpoint(collector.url())
        .compression(Compression::GZIP)
        .build()
        .unwrap();
    let batch = batch();
    let deadline = Deadline::after(Instant::now(), GUARD);
    stack(exporter).export(&batch, deadline).await.unwrap();
    assert_eq!((collector.requests().len(), batch.memo().len()), (4, 1));
}
