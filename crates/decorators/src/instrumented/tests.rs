use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use meterport_core::{ErrorKind, MetricData, Number, RetryAdvice, Status};
use meterport_testkit::conformance::tagged;
use meterport_testkit::proto::{metric::Data, number_data_point::Value};
use meterport_testkit::{Answer, ScriptedExporter, to_proto};

use super::*;
use crate::{ExporterExt, Multi, QueueSettings, RetryPolicy};

fn error(kind: ErrorKind) -> ExportError {
    ExportError::new(kind, "as scripted")
}

fn soon() -> Deadline {
    Deadline::after(SystemClock.now(), Duration::from_secs(100))
}

/// The metrics, read from OTLP: for each name and its attributes beyond the component's, the value,
/// or the count of a histogram.
fn measured(monitor: &ExportMonitor) -> BTreeMap<String, i64> {
    let mut found = BTreeMap::new();
    let message = to_proto(&monitor.producer().collect());
    let scopes = message.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    for metric in scopes.flat_map(|scope| &scope.metrics) {
        let short = metric.name.rsplit('.').next().unwrap();
        let mut add = |attributes: &[meterport_testkit::proto::KeyValue], value| {
            let more = attributes.iter().filter(|entry| !entry.key.starts_with("otel.component"));
            let more: String = more.map(|entry| format!(" {}", text(entry))).collect();
            found.insert(format!("{short}{more}"), value);
        };
        match metric.data.as_ref().unwrap() {
            Data::Sum(sum) => sum.data_points.iter().for_each(|point| {
                let Some(Value::AsInt(value)) = point.value else { panic!("{point:?}") };
                add(&point.attributes, value);
            }),
            Data::Histogram(histogram) => histogram
                .data_points
                .iter()
                .for_each(|point| add(&point.attributes, point.count as i64)),
            other => panic!("{other:?}"),
        }
    }
    found.retain(|_, value| *value != 0);
    found
}

fn text(entry: &meterport_testkit::proto::KeyValue) -> String {
    use meterport_testkit::proto::any_value::Value;
    let key = entry.key.rsplit('.').nth(1).unwrap();
    match entry.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => format!("{key}={text}"),
        Some(Value::IntValue(number)) => format!("{key}={number}"),
        other => panic!("{other:?}"),
    }
}

/// One export of ten points that is answered so.
async fn check(answer: Answer, equation: &str, metrics: &[(&str, i64)]) {
    let inner = ScriptedExporter::new("inner");
    inner.script([answer]);
    let stack = inner.instrumented();
    let monitor = stack.monitor();
    let _ = stack.export(&tagged("measured", 10), soon()).await;
    assert_eq!(monitor.accounting().to_string(), equation);
    let metrics = metrics.iter().map(|(name, value)| ((*name).to_owned(), *value));
    assert_eq!(measured(&monitor), metrics.collect(), "{equation}");
}

#[tokio::test(start_paused = true)]
async fn every_answer_is_accounted_for_and_measured() {
    check(
        Answer::Deliver,
        "10 produced = 10 delivered + 0 rejected + 0 dropped + 0 queued",
        &[("exported", 10), ("duration", 1)],
    )
    .await;
    check(
        Answer::Reject(3),
        "10 produced = 7 delivered + 3 rejected + 0 dropped + 0 queued",
        &[("exported", 7), ("exported error=rejected", 3), ("duration error=rejected", 1)],
    )
    .await;
    check(
        Answer::Partly(4, error(ErrorKind::Throttled).with_status(Status::Http(429))),
        "10 produced = 4 delivered + 0 rejected + 6 dropped (unavailable 6) + 0 queued",
        &[
            ("exported", 4),
            ("exported error=unavailable", 6),
            ("duration error=throttled response=429", 1),
        ],
    )
    .await;
    check(
        Answer::Fail(error(ErrorKind::Rejected).with_status(Status::Grpc(7))),
        "10 produced = 0 delivered + 0 rejected + 10 dropped (rejected 10) + 0 queued",
        &[
            ("exported error=rejected", 10),
            ("duration error=rejected response=PERMISSION_DENIED", 1),
        ],
    )
    .await;
    check(
        Answer::HangUntilDeadline,
        "10 produced = 0 delivered + 0 rejected + 10 dropped (unconfirmed 10) + 0 queued",
        &[("exported error=unconfirmed", 10), ("duration error=timeout", 1)],
    )
    .await;
    check(
        Answer::With(|_| Ok(Outcome::dropped(DropReason::Filtered, 10))),
        "10 produced = 0 delivered + 0 rejected + 10 dropped (filtered 10) + 0 queued",
        &[("duration", 1)],
    )
    .await;
    // An exporter that loses count is found out.
    check(
        Answer::With(|_| Ok(Outcome::delivered(9))),
        "10 produced is not 9 delivered + 0 rejected + 0 dropped + 0 queued",
        &[("exported", 9), ("duration", 1)],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_counted_once_whatever_its_attempts() {
    let inner = ScriptedExporter::new("inner");
    let again = || error(ErrorKind::Unavailable).with_advice(RetryAdvice::Backoff);
    inner.script([Answer::Fail(again()), Answer::Partly(4, again()), Answer::Deliver]);
    let stack = inner.retry(RetryPolicy::default()).instrumented();
    let batch = tagged("retried", 10);
    let export = stack.export(&batch, Deadline::NONE);
    let mut export = pin!(export);
    // Between the attempts all points are in flight.
    poll_fn(|context| Poll::Ready(export.as_mut().poll(context).is_pending())).await;
    let now = stack.accounting();
    assert_eq!((now.in_flight, now.books.queued, now.balances()), (10, 10, true));
    assert_eq!(measured(&stack.monitor()), [("inflight".to_owned(), 10)].into());
    export.await.unwrap();
    let end = stack.accounting();
    assert_eq!((end.books.delivered, end.books.attempts, end.exports, end.failures), (10, 3, 1, 0));
    let expected = [("duration".to_owned(), 1), ("exported".to_owned(), 10)];
    assert_eq!(measured(&stack.monitor()), expected.into());
}

#[tokio::test(start_paused = true)]
async fn an_export_that_is_dropped_is_cancelled() {
    let inner = ScriptedExporter::new("inner");
    inner.default_answer(Answer::Hang);
    let stack = inner.instrumented();
    let batch = tagged("dropped", 10);
    let export = stack.export(&batch, Deadline::NONE);
    assert!(tokio::time::timeout(Duration::from_secs(1), export).await.is_err());
    let now = stack.accounting();
    assert_eq!((now.failures, now.books.dropped.of(DropReason::Cancelled)), (1, 10));
    let expected = [("duration error=cancelled", 1), ("exported error=cancelled", 10)];
    let expected = expected.map(|(name, value)| (name.to_owned(), value));
    assert_eq!(measured(&stack.monitor()), expected.into());
}

/// Real time: a queue has a thread.
#[tokio::test]
async fn what_a_queue_holds_is_queued_until_a_flush_tells_of_it() {
    let inner = ScriptedExporter::new("inner");
    inner.script([Answer::Deliver, Answer::Reject(2), Answer::Fail(error(ErrorKind::Rejected))]);
    let stack = inner.clone().queue(QueueSettings::default()).instrumented();
    for points in [5, 6, 7] {
        stack.export(&tagged("queued", points), soon()).await.unwrap();
        assert!(stack.accounting().balances());
    }
    assert_eq!((stack.accounting().books.queued, stack.accounting().in_flight), (18, 0));
    assert_eq!(measured(&stack.monitor())["inflight"], 18);
    stack.force_flush(soon()).await.unwrap();
    let equation = "18 produced = 9 delivered + 2 rejected + 7 dropped (rejected 7) + 0 queued";
    assert_eq!(stack.accounting().to_string(), equation);
    let found = measured(&stack.monitor());
    assert_eq!((found["exported"], found["exported error=rejected"]), (9, 9));
    assert_eq!((found.get("inflight"), found["duration"]), (None, 3));
    // What is still there at the end is told of by the shutdown's error.
    inner.default_answer(Answer::Hang);
    stack.export(&tagged("hangs", 4), soon()).await.unwrap();
    let deadline = Deadline::after(Instant::now(), Duration::from_millis(20));
    stack.shutdown(deadline).await.unwrap_err();
    let end = stack.accounting();
    assert_eq!((end.books.dropped.total(), end.books.queued, end.balances()), (11, 0, true));
    // What comes behind is refused, and accounted for.
    stack.export(&tagged("late", 3), soon()).await.unwrap_err();
    let end = stack.accounting();
    assert!(end.balances() && end.books.dropped.of(DropReason::Shutdown) >= 3, "{end}");
}

/// Each of a fan-out's members has queued all points: they are settled once.
#[tokio::test]
async fn members_with_queues_do_not_settle_points_twice() {
    let member = |name| -> Box<dyn MetricExporter> {
        Box::new(ScriptedExporter::new(name).queue(QueueSettings::default()))
    };
    let stack = Multi::new([member("a"), member("b")]).unwrap().instrumented();
    for points in [5, 6] {
        stack.export(&tagged("twice", points), soon()).await.unwrap();
    }
    stack.force_flush(soon()).await.unwrap();
    let equation = "11 produced = 11 delivered + 0 rejected + 0 dropped + 0 queued";
    assert_eq!(stack.accounting().to_string(), equation);
    stack.shutdown(soon()).await.unwrap();
    assert_eq!(stack.accounting().to_string(), equation);
}

/// A flush may be faster than the answer of the export whose points it tells of.
#[test]
fn a_flush_that_tells_early_is_remembered() {
    let ledger = Ledger::default();
    ledger.began(5);
    assert_eq!(ledger.settled(Outcome::delivered(4)).points(), 0);
    let queued = || {
        let mut queued = Outcome::default();
        queued.queued = 5;
        queued
    };
    let (_, settled) = ledger.ended(5, Ok(&queued()));
    assert_eq!(settled.delivered, 4);
    let now = ledger.snapshot();
    assert_eq!((now.books.delivered, now.books.queued, now.balances()), (4, 1, true));
    assert_eq!(ledger.settled(Outcome::delivered(7)).delivered, 1);
    // With nothing under way nothing is early.
    ledger.began(5);
    assert_eq!(ledger.ended(5, Ok(&queued())).1.points(), 0);
}

#[tokio::test(start_paused = true)]
async fn several_exporters_share_a_registry_and_have_names_of_their_own() {
    let registry = Registry::new();
    let named = |name| {
        ScriptedExporter::new("numbered").instrumented().with_registry(&registry).expect(name)
    };
    let (one, other) = (named("one"), named("other"));
    for stack in [&one, &other] {
        stack.export(&tagged("named", 1), Deadline::NONE).await.unwrap();
    }
    let batch = one.monitor().producer().collect();
    let names: Vec<String> = batch
        .metrics()
        .filter(|metric| &*metric.descriptor.name == "otel.sdk.exporter.operation.duration")
        .flat_map(|metric| metric.data.series().iter().map(|set| format!("{set:?}")))
        .collect();
    for number in 0..2 {
        let name = format!("numbered/{number}");
        assert!(names.iter().any(|text| text.contains(&name)), "{name}: {names:?}");
    }
    let conflicting = Registry::new();
    let scope =
        meterport_core::Scope::new(env!("CARGO_PKG_NAME")).with_version(env!("CARGO_PKG_VERSION"));
    let meter = conflicting.meter_of(scope, "");
    meter.gauge::<f64>("otel.sdk.exporter.operation.duration").build().unwrap();
    assert!(one.with_registry(&conflicting).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_duration_is_that_of_the_whole_operation() {
    let inner = ScriptedExporter::new("inner");
    inner.script([Answer::DeliverAfter(Duration::from_millis(600))]);
    let stack = inner.instrumented();
    stack.export(&tagged("slow", 1), Deadline::NONE).await.unwrap();
    let batch = stack.monitor().producer().collect();
    let of = |name: &str| batch.metrics().find(|metric| metric.descriptor.name.ends_with(name));
    let MetricData::Histogram(histogram) = &of("duration").unwrap().data else { panic!() };
    let point = histogram.points.iter().next().unwrap();
    assert_eq!(point.value.stats.sum, Some(0.6));
    assert_eq!(&*of("duration").unwrap().descriptor.unit, "s");
    let MetricData::Sum(sum) = &of("exported").unwrap().data else { panic!() };
    assert_eq!(sum.points.iter().next().unwrap().value, Number::I64(1));
    assert!(sum.monotonic);
}
