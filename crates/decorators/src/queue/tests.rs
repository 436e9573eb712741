use std::time::{Duration, Instant};

use meterport_core::{
    DropReason, Gauge, Metric, NumberPoint, ResourceMetrics, Scope, ScopeMetrics,
};
use meterport_testkit::conformance::tagged;
use meterport_testkit::{Answer, ScriptedExporter};
use tokio::task::JoinHandle;

use super::run::deliver;
use super::*;

#[derive(Debug)]
struct Half;

impl Chance for Half {
    fn ratio(&self) -> f64 {
        0.5
    }
}

/// A queue without its thread, whose work is a task of the test.
struct Bench {
    inner: ScriptedExporter,
    line: Arc<Line>,
}

impl Bench {
    fn new(settings: QueueSettings) -> Self {
        let line = Line::new(settings, Arc::new(SystemClock), Arc::new(Half));
        Self { inner: ScriptedExporter::new("inner"), line: Arc::new(line) }
    }

    fn start(&self) -> JoinHandle<()> {
        let (inner, line) = (self.inner.clone(), Arc::clone(&self.line));
        tokio::spawn(async move { deliver(&inner, &line).await })
    }

    async fn take(&self, batch: &MetricBatch) -> Outcome {
        let answer = self.line.take(batch, Deadline::NONE).await.unwrap();
        assert_eq!(answer.points(), batch.points());
        self.check();
        answer
    }

    /// The books balance, at this moment.
    #[track_caller]
    fn check(&self) -> QueueStats {
        let stats = self.line.stats();
        let sum = stats.delivered + stats.rejected + stats.dropped.total() + stats.queued;
        assert_eq!(stats.produced, sum, "{stats:?}");
        stats
    }

    fn taken(&self) -> Vec<u64> {
        self.inner.taken().iter().map(MetricBatch::points).collect()
    }
}

fn backoff(kind: ErrorKind) -> ExportError {
    ExportError::new(kind, "as scripted").with_advice(RetryAdvice::Backoff)
}

fn down() -> Answer {
    Answer::Fail(backoff(ErrorKind::Unavailable))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn soon(time: Duration) -> Deadline {
    Deadline::after(SystemClock.now(), time)
}

fn gauge(rows: &[(&str, f64)]) -> MetricBatch {
    let point =
        |(key, value): &(&str, f64)| NumberPoint::new([("k", *key)].into(), (*value).into());
    let metric = Metric::new("last", Gauge { points: rows.iter().map(point).collect() });
    let scope = ScopeMetrics::new(Scope::new("test")).with_metric(metric);
    ResourceMetrics::default().with_scope(scope).into()
}

#[tokio::test(start_paused = true)]
async fn batches_are_exported_in_order_and_a_failed_one_again() {
    let bench = Bench::new(QueueSettings::default());
    let slow = ExportError::new(ErrorKind::Throttled, "slow down");
    let slow = slow.with_advice(RetryAdvice::After(seconds(5)));
    bench.inner.script([
        down(),
        Answer::Partly(1, backoff(ErrorKind::Connect)),
        Answer::Fail(slow),
        Answer::Deliver,
        Answer::Fail(ExportError::new(ErrorKind::Rejected, "no")),
        Answer::Reject(3),
    ]);
    for points in [4, 5, 6] {
        assert_eq!(bench.take(&tagged("order", points)).await.queued, u64::from(points));
    }
    let begin = tokio::time::Instant::now();
    bench.start();
    bench.line.close(Deadline::after(SystemClock.now(), seconds(600)));
    bench.line.ended().await;
    let stats = bench.check();
    assert_eq!((stats.delivered, stats.rejected, stats.queued), (7, 3, 0));
    assert_eq!(stats.dropped.of(DropReason::Rejected), 5);
    assert_eq!(bench.taken(), [1, 3, 3]);
    // Half a second, half of two, and what was asked for with a tenth of half of four.
    assert_eq!(begin.elapsed(), Duration::from_millis(500 + 1_000 + 5_200));
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_does_as_its_policy_says() {
    let settings = QueueSettings::default().max_points(10);
    let check = async |overflow, expected: &[u64], lost| {
        let bench = Bench::new(settings.clone().overflow(overflow));
        for points in [4, 5, 6, 1] {
            bench.take(&tagged("full", points)).await;
        }
        assert_eq!(bench.check().dropped.of(DropReason::QueueFull), lost);
        bench.line.close(Deadline::NONE);
        deliver(&bench.inner, &bench.line).await;
        bench.check();
        assert_eq!(bench.taken(), expected);
    };
    check(Overflow::DropOldest, &[6, 1], 9).await;
    check(Overflow::DropNewest, &[4, 5, 1], 6).await;
}

#[tokio::test(start_paused = true)]
async fn waiting_for_room_ends_at_the_deadline_or_with_room() {
    let settings = QueueSettings::default().max_points(10).overflow(Overflow::Wait);
    let bench = Bench::new(settings);
    bench.take(&tagged("first", 8)).await;
    let batch = tagged("second", 5);
    // Real time: the wait needs no timer of a runtime.
    let deadline = Deadline::after(Instant::now(), Duration::from_millis(5));
    let error = bench.line.take(&batch, deadline).await.unwrap_err();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Timeout, RetryAdvice::Backoff));
    assert!(error.rest().is_none());
    assert_eq!(bench.check().produced, 8);
    let work = bench.start();
    bench.take(&batch).await;
    bench.line.close(Deadline::NONE);
    work.await.unwrap();
    assert_eq!(bench.taken(), [8, 5]);
    let closed = bench.line.take(&batch, Deadline::NONE).await.unwrap_err();
    assert_eq!(closed.kind(), ErrorKind::Shutdown);
}

#[tokio::test(start_paused = true)]
async fn what_no_queue_has_room_for_is_too_large() {
    for settings in [QueueSettings::default().max_points(4), QueueSettings::default().max_bytes(64)]
    {
        let bench = Bench::new(settings);
        let error = bench.line.take(&tagged("large", 5), Deadline::NONE).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::TooLarge { .. }), "{error}");
        assert_eq!(bench.check().produced, 0);
    }
}

/// Memory is bounded by bytes too, with what batches share counted once.
#[tokio::test(start_paused = true)]
async fn attribute_sets_that_batches_share_are_counted_once() {
    let bench = Bench::new(QueueSettings::default());
    let batch = tagged("shared", 200);
    bench.take(&batch).await;
    let one = bench.line.stats().bytes;
    for _ in 0..9 {
        bench.take(&batch).await;
    }
    let ten = bench.line.stats().bytes;
    assert!(one > 200 * 40 && ten < one * 4, "{one} {ten}");
    bench.line.close(Deadline::NONE);
    deliver(&bench.inner, &bench.line).await;
    assert_eq!(bench.line.stats().bytes, 0);
}

#[tokio::test(start_paused = true)]
async fn the_newest_value_wins() {
    let bench = Bench::new(QueueSettings::default().newest_wins());
    bench.take(&gauge(&[("a", 1.0), ("b", 2.0)])).await;
    bench.take(&gauge(&[("b", 3.0), ("c", 4.0)])).await;
    assert_eq!(bench.check().dropped.of(DropReason::Superseded), 1);
    // What fails is older than what came in the meantime.
    bench.inner.script([Answer::FailAfter(seconds(2), backoff(ErrorKind::Connect))]);
    let work = bench.start();
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(bench.check().in_flight, 1);
    bench.take(&gauge(&[("a", 5.0)])).await;
    bench.line.close(soon(seconds(60)));
    work.await.unwrap();
    let stats = bench.check();
    assert_eq!((stats.delivered, stats.dropped.of(DropReason::Superseded)), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn what_is_too_old_is_dropped() {
    let bench = Bench::new(QueueSettings::default().max_age(seconds(60)));
    bench.take(&tagged("old", 3)).await;
    tokio::time::advance(seconds(61)).await;
    bench.take(&tagged("new", 2)).await;
    bench.line.close(Deadline::NONE);
    deliver(&bench.inner, &bench.line).await;
    assert_eq!(bench.check().dropped.of(DropReason::Expired), 3);
    assert_eq!(bench.taken(), [2]);
}

#[tokio::test(start_paused = true)]
async fn a_flush_waits_for_what_is_queued_and_tells_of_it_once() {
    let bench = Bench::new(QueueSettings::default().pauses(seconds(100), seconds(1_000)));
    bench.inner.script([down()]);
    let work = bench.start();
    bench.take(&tagged("flush", 5)).await;
    tokio::time::sleep(seconds(1)).await;
    // It pauses, and a flush does not wait that out.
    let begin = tokio::time::Instant::now();
    let told = bench.line.flush(Deadline::NONE).await.unwrap();
    assert_eq!((told.delivered, told.points()), (5, 5));
    assert_eq!(begin.elapsed(), Duration::ZERO);
    assert_eq!(bench.line.flush(Deadline::NONE).await.unwrap().points(), 0);
    work.abort();
}

/// An exporter that is down is not called without a pause while a flush waits.
#[tokio::test(start_paused = true)]
async fn a_flush_does_not_hammer() {
    let bench = Bench::new(QueueSettings::default());
    bench.inner.default_answer(down());
    bench.start();
    bench.take(&tagged("hammer", 5)).await;
    bench.line.close(soon(seconds(20)));
    bench.line.ended().await;
    let calls = bench.inner.calls().len();
    assert!((4..80).contains(&calls), "{calls} calls");
    assert_eq!(bench.check().dropped.of(DropReason::Shutdown), 5);
}

/// Without a deadline each batch has one attempt more, and then it ends.
#[tokio::test(start_paused = true)]
async fn a_shutdown_without_a_deadline_ends() {
    let bench = Bench::new(QueueSettings::default());
    bench.inner.default_answer(down());
    for points in [3, 4] {
        bench.take(&tagged("endless", points)).await;
    }
    bench.line.close(Deadline::NONE);
    deliver(&bench.inner, &bench.line).await;
    assert_eq!(bench.check().dropped.of(DropReason::Unavailable), 7);
    assert_eq!(bench.inner.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_hangs_or_panics_holds_up_the_others_for_a_while_only() {
    let bench = Bench::new(QueueSettings::default().export_timeout(seconds(3)));
    bench.inner.script([Answer::Panic, Answer::Hang]);
    for points in [3, 4, 5] {
        bench.take(&tagged("hang", points)).await;
    }
    bench.line.close(soon(seconds(60)));
    deliver(&bench.inner, &bench.line).await;
    let stats = bench.check();
    assert_eq!((stats.delivered, stats.dropped.of(DropReason::Unconfirmed)), (9, 3));
}

#[tokio::test(start_paused = true)]
async fn what_is_abandoned_is_counted() {
    let bench = Bench::new(QueueSettings::default());
    bench.inner.default_answer(Answer::Hang);
    let work = bench.start();
    for points in [3, 4] {
        bench.take(&tagged("drop", points)).await;
    }
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(bench.line.abandon(), 7);
    work.await.unwrap();
    let stats = bench.check();
    assert_eq!(stats.dropped.of(DropReason::Cancelled), 3);
    assert_eq!(stats.dropped.of(DropReason::Shutdown), 4);
}

/// The thread is real here, and so is the time: the inner exporter never ends.
#[test]
fn shutdown_while_draining_returns_within_the_deadline_on_every_runtime() {
    let check = |run: &dyn Fn(&Queue<ScriptedExporter>)| {
        let inner = ScriptedExporter::new("inner");
        inner.default_answer(Answer::Hang);
        let queue = Queue::new(inner.clone(), QueueSettings::default());
        let monitor = queue.monitor();
        run(&queue);
        let stats = monitor.stats();
        assert_eq!((stats.produced, stats.dropped.total(), stats.queued), (10, 10, 0), "{stats:?}");
        let begin = Instant::now();
        drop(queue);
        assert!(begin.elapsed() < Duration::from_millis(500));
    };
    let drain = async |queue: &Queue<ScriptedExporter>| {
        for tag in ["a", "b"] {
            queue.export(&tagged(tag, 5), Deadline::NONE).await.unwrap();
        }
        // On a busy machine the thread takes its time to begin.
        while queue.monitor().stats().in_flight == 0 {
            std::thread::yield_now();
        }
        let begin = Instant::now();
        let deadline = Deadline::after(begin, Duration::from_millis(50));
        let error = queue.shutdown(deadline).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(begin.elapsed() < Duration::from_millis(500), "{:?}", begin.elapsed());
    };
    let far = || Deadline::after(Instant::now(), seconds(60));
    check(&|queue| meterport_worker::block_on(far(), drain(queue)).unwrap());
    let current = tokio::runtime::Builder::new_current_thread().build().unwrap();
    check(&|queue| current.block_on(drain(queue)));
    let multi = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    check(&|queue| multi.block_on(drain(queue)));
    // Inside a runtime that is blocked by this very call.
    check(&|queue| {
        multi.block_on(async {
            meterport_worker::block_on(far(), drain(queue)).unwrap();
        });
    });
}
