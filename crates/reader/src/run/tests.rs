//! The reader's life under paused time: no thread, no sleep.

use std::time::Duration;

use meterport_core::{Clock, DropReason};
use meterport_testkit::LogLines;
use meterport_worker::SystemClock;
use tokio::task::JoinHandle;
use tokio::time::{Instant, advance, sleep};

use super::*;
use crate::control::{Control, control};
use crate::fakes::{Act, FakeExporter, FakeProducer, Log};
use crate::setup::Setup;
use crate::stats::Ledger;
use crate::{FailureCause, ReaderStats, Source};

/// A reader on the test's own runtime: every minute, 30 seconds of timeout.
struct Rig {
    control: Control,
    ledger: Arc<Ledger>,
    ended: JoinHandle<()>,
}

impl Rig {
    fn new(exporter: FakeExporter, sources: Vec<Source>) -> Self {
        Self::with(exporter, sources, Duration::from_secs(60), Mode::Periodic)
    }

    fn with(exporter: FakeExporter, sources: Vec<Source>, interval: Duration, mode: Mode) -> Self {
        let mut setup = Setup::new(exporter);
        setup.sources = sources;
        let engine = setup.engine((mode == Mode::Periodic).then_some(interval)).unwrap();
        let ticks = match mode {
            Mode::Manual => Ticks::never(Arc::clone(&engine.clock)),
            Mode::Periodic => Ticks::new(Arc::clone(&engine.clock), interval, None),
        };
        let ledger = Arc::clone(&engine.ledger);
        let (control, orders) = control();
        Self { control, ledger, ended: tokio::spawn(run(engine, ticks, orders, mode)) }
    }

    fn stats(&self) -> ReaderStats {
        let stats = self.ledger.snapshot();
        assert_eq!(stats.produced, stats.books.points() + stats.in_flight, "{stats:?}");
        stats
    }
}

fn inline(producer: &FakeProducer) -> Source {
    Source::new(producer.clone()).inline()
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn by(secs: u64) -> Deadline {
    Deadline::after(SystemClock.now(), Duration::from_secs(secs))
}

#[tokio::test(start_paused = true)]
async fn it_exports_at_each_interval_with_the_timeout_ahead() {
    let log = Log::new();
    let producers = vec![FakeProducer::new("a").into(), inline(&FakeProducer::new("b"))];
    let rig = Rig::new(FakeExporter::new(&log), producers);
    sleep(secs(185)).await;
    let expected = [
        "60.0 export a1x1 b1x1 within 30.0",
        "120.0 export a2x1 b2x1 within 30.0",
        "180.0 export a3x1 b3x1 within 30.0",
    ];
    assert_eq!(log.take(), expected);
    let stats = rig.stats();
    assert_eq!((stats.collects, stats.exports, stats.failures), (3, 3, 0));
    assert_eq!((stats.produced, stats.books.delivered), (6, 6));
    assert!(stats.last_success.is_some() && stats.last_error.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_empty_collection_is_not_exported() {
    let log = Log::new();
    let empty = FakeProducer::new("a").then(Act::Points(0));
    let rig = Rig::new(FakeExporter::new(&log), vec![inline(&empty)]);
    sleep(secs(125)).await;
    assert_eq!(log.take(), ["120.0 export a2x1 within 30.0"]);
    assert_eq!((rig.stats().collects, rig.stats().exports), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn slow_exports_never_overlap_and_missed_ticks_never_burst() {
    let log = Log::new();
    let exporter = FakeExporter::new(&log).export(Act::Slow(secs(25))).export(Act::Slow(secs(25)));
    let source = vec![inline(&FakeProducer::new("a"))];
    let _rig = Rig::with(exporter, source, secs(10), Mode::Periodic);
    sleep(secs(85)).await;
    let expected = [
        "10.0 export a1x1 within 30.0",
        "35.0 export a2x1 within 30.0",
        "60.0 export a3x1 within 30.0",
        "70.0 export a4x1 within 30.0",
        "80.0 export a5x1 within 30.0",
    ];
    assert_eq!(log.take(), expected);
}

#[tokio::test(start_paused = true)]
async fn an_exporter_that_fails_hangs_or_panics_is_counted_and_used_again() {
    let check = async |act: Act, reason: DropReason, error: &str| {
        let log = Log::new();
        let exporter = FakeExporter::new(&log).export(act);
        let rig = Rig::new(exporter, vec![inline(&FakeProducer::new("a"))]);
        sleep(secs(125)).await;
        let stats = rig.stats();
        assert_eq!((stats.exports, stats.failures), (1, 1), "{error}");
        assert_eq!((stats.books.delivered, stats.books.dropped.of(reason)), (1, 1), "{error}");
        assert_eq!(&*stats.last_error.unwrap().text, error);
        assert_eq!(log.take()[1], "120.0 export a2x1 within 30.0");
    };
    check(Act::Fail, DropReason::Unavailable, "no connection: no").await;
    check(
        Act::Hang,
        DropReason::Unconfirmed,
        "fake: timed out: the exporter's export did not end by its deadline and was cut",
    )
    .await;
    check(
        Act::Panic,
        DropReason::Unconfirmed,
        "fake: unavailable: the exporter panicked: as scripted",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_partial_success_is_counted_and_told_of() {
    let log = Log::new();
    let exporter = FakeExporter::new(&log).export(Act::Points(2));
    let producer = FakeProducer::new("a").then(Act::Points(5));
    let rig = Rig::new(exporter, vec![inline(&producer)]);
    let outcome = rig.control.flush(by(10)).await.unwrap().unwrap();
    assert_eq!((outcome.delivered, outcome.rejected), (3, 2));
    let stats = rig.stats();
    assert_eq!((stats.exports, stats.failures, stats.books.rejected), (1, 0, 2));
    assert_eq!(&*stats.last_error.unwrap().text, "2 points rejected, 0 dropped");
}

#[tokio::test(start_paused = true)]
async fn a_bad_producer_never_keeps_back_the_others() {
    let check = async |act: Act, at: &str, cause: &str, counts: [u64; 3]| {
        let log = Log::new();
        let bad = FakeProducer::new("bad").then(act);
        let sources = vec![inline(&bad).named("bad"), inline(&FakeProducer::new("good"))];
        let rig = Rig::new(FakeExporter::new(&log), sources);
        sleep(secs(110)).await;
        assert_eq!(log.take(), [format!("{at} export good1x1 within 30.0")]);
        let stats = rig.stats();
        let [bad, good] = &stats.producers[..] else { panic!() };
        assert_eq!([bad.failed, bad.panicked, bad.unfinished], counts);
        assert_eq!(&*bad.last_error.as_ref().unwrap().text, cause);
        assert_eq!((good.collected, good.last_error.as_ref()), (1, None));
        assert_eq!(*stats.last_error.unwrap().text, format!("bad {cause}"));
    };
    check(Act::Fail, "60.0", "failed: no", [1, 0, 0]).await;
    check(Act::Panic, "60.0", "panicked: as scripted", [0, 1, 0]).await;
    check(Act::Hang, "75.0", "was not done in time", [0, 0, 1]).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_producer_is_not_begun_twice_and_what_it_gives_late_goes_out() {
    let log = Log::new();
    let slow = FakeProducer::new("slow").then(Act::Slow(secs(100)));
    let sources = vec![inline(&slow), inline(&FakeProducer::new("quick"))];
    let rig = Rig::new(FakeExporter::new(&log), sources);
    sleep(secs(121)).await;
    assert_eq!(slow.begun(), 1);
    sleep(secs(125)).await;
    let expected = [
        // Waited for once: half of the timeout.
        "75.0 export quick1x1 within 30.0",
        "120.0 export quick2x1 within 30.0",
        "180.0 export slow1x1 quick3x1 within 30.0",
        "240.0 export slow2x1 quick4x1 within 30.0",
    ];
    assert_eq!(log.take(), expected);
    let stats = &rig.stats().producers[0];
    assert_eq!((stats.collected, stats.late, stats.unfinished), (2, 1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_flush_sends_what_came_late_and_what_is_new() {
    let log = Log::new();
    let slow = FakeProducer::new("slow").then(Act::Slow(secs(30)));
    let sources = vec![inline(&slow), inline(&FakeProducer::new("quick"))];
    let rig = Rig::new(FakeExporter::new(&log), sources);
    sleep(secs(80)).await;
    let outcome = rig.control.flush(by(30)).await.unwrap().unwrap();
    assert_eq!(outcome.delivered, 4);
    let expected = [
        "75.0 export quick1x1 within 30.0",
        "90.0 export slow1x1 quick2x1 within 20.0",
        "90.0 export slow2x1 quick3x1 within 20.0",
        "90.0 flush",
    ];
    assert_eq!(log.take(), expected);
}

#[tokio::test(start_paused = true)]
async fn flushes_asked_for_at_once_share_an_export() {
    let log = Log::new();
    let source = vec![inline(&FakeProducer::new("a"))];
    let rig = Rig::new(FakeExporter::new(&log).export(Act::Slow(secs(1))), source);
    let (control, deadline) = (&rig.control, by(10));
    let flush = async || control.flush(deadline).await.unwrap().unwrap().delivered;
    let late = async || {
        // Asked for while the first one runs: it needs one of its own.
        sleep(Duration::from_millis(500)).await;
        flush().await
    };
    assert_eq!(tokio::join!(flush(), flush(), late()), (1, 1, 1));
    let expected = ["0.0 export a1x1 within 10.0", "1.0 flush", "1.0 export a2x1 within 9.0"];
    assert_eq!(log.take()[..3], expected);
    assert_eq!(rig.stats().exports, 2);
}

#[tokio::test(start_paused = true)]
async fn a_flush_reports_what_went_wrong() {
    let check = async |exporter: FakeExporter, producer: FakeProducer, expected: &str| {
        let rig = Rig::new(exporter, vec![inline(&producer), inline(&FakeProducer::new("b"))]);
        let start = Instant::now();
        let error = rig.control.flush(by(10)).await.unwrap().unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(start.elapsed() <= secs(10));
        error
    };
    let log = Log::new();
    let (exporter, producer) = (|| FakeExporter::new(&log), || FakeProducer::new("a"));
    check(exporter().export(Act::Fail), producer(), "no connection: no").await;
    check(exporter().export(Act::Hang), producer(), "was cut").await;
    check(exporter().flush(Act::Fail), producer(), "no connection: no").await;
    check(exporter().flush(Act::Hang), producer(), "flush did not end").await;
    check(exporter().flush(Act::Panic), producer(), "panicked: as scripted").await;
    let bad = producer().then(Act::Fail);
    match check(exporter(), bad, "producer/0 failed: no").await {
        ReaderError::Collect { failures, outcome } => {
            assert!(matches!(failures[0].cause, FailureCause::Failed(_)));
            assert_eq!(outcome.delivered, 1);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_flush_that_nobody_waits_for_any_more_is_left_out() {
    let log = Log::new();
    let source = vec![inline(&FakeProducer::new("a"))];
    let rig = Rig::new(FakeExporter::new(&log).export(Act::Slow(secs(25))), source);
    sleep(secs(65)).await;
    let answer = rig.control.flush(by(10)).await.unwrap();
    assert!(matches!(answer, Err(ReaderError::TimedOut)), "{answer:?}");
    assert_eq!(log.take(), ["60.0 export a1x1 within 30.0"]);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_exports_once_more_and_happens_once() {
    let log = Log::new();
    let source = vec![inline(&FakeProducer::new("a"))];
    let rig = Rig::new(FakeExporter::new(&log).shut(Act::Slow(secs(1))), source);
    let shutdown = async || rig.control.shutdown(by(10)).await.unwrap().unwrap().delivered;
    assert_eq!(tokio::join!(shutdown(), shutdown()), (1, 1));
    assert_eq!(shutdown().await, 0);
    assert!(matches!(rig.control.flush(by(10)).await, Some(Err(ReaderError::Shutdown))));
    assert_eq!(log.take(), ["0.0 export a1x1 within 9.0", "0.0 shutdown"]);
    rig.ended.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_flush_that_meets_a_shutdown_is_served_by_its_export() {
    let log = Log::new();
    let rig = Rig::new(FakeExporter::new(&log), vec![inline(&FakeProducer::new("a"))]);
    let (flushed, shut) = tokio::join!(rig.control.flush(by(10)), rig.control.shutdown(by(10)));
    assert_eq!(flushed.unwrap().unwrap().delivered, 1);
    assert_eq!(shut.unwrap().unwrap().delivered, 1);
    assert_eq!(log.events(), ["export a1x1 within 9.0", "shutdown"]);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_by_its_deadline_whatever_hangs() {
    let check = async |exporter: &dyn Fn(&Log) -> FakeExporter,
                       producer: &dyn Fn() -> FakeProducer,
                       ask_at: u64,
                       expected: &[&str]| {
        let log = Log::new();
        let rig = Rig::new(exporter(&log), vec![inline(&producer())]);
        sleep(secs(ask_at)).await;
        let start = Instant::now();
        rig.control.shutdown(by(10)).await.unwrap().unwrap_err();
        rig.ended.await.unwrap();
        assert!(start.elapsed() <= secs(10) + Duration::from_millis(2), "{:?}", start.elapsed());
        assert_eq!(log.take(), expected);
    };
    let good = || FakeProducer::new("a");
    // The last export: the exporter's own shutdown keeps its tenth.
    check(
        &|log| FakeExporter::new(log).export(Act::Hang),
        &good,
        0,
        &["0.0 export a1x1 within 9.0", "9.0 shutdown"],
    )
    .await;
    // An export under way: half of the time.
    check(
        &|log| FakeExporter::new(log).export(Act::Hang).export(Act::Fail),
        &good,
        61,
        &["60.0 export a1x1 within 30.0", "66.0 export a2x1 within 4.5", "66.0 shutdown"],
    )
    .await;
    // Everything.
    check(
        &|log| FakeExporter::new(log).export(Act::Hang).export(Act::Hang).shut(Act::Hang),
        &good,
        61,
        &["60.0 export a1x1 within 30.0", "66.0 export a2x1 within 4.5", "70.5 shutdown"],
    )
    .await;
    // A producer: half of what the last export has.
    check(&|log| FakeExporter::new(log), &|| good().then(Act::Hang), 0, &["4.5 shutdown"]).await;
    check(
        &|log| FakeExporter::new(log).shut(Act::Panic),
        &good,
        0,
        &["0.0 export a1x1 within 9.0", "0.0 shutdown"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn without_an_owner_it_ends_at_once_and_says_so() {
    let log = Log::new();
    let lines = LogLines::here();
    let source = vec![inline(&FakeProducer::new("a"))];
    let rig = Rig::new(FakeExporter::new(&log).export(Act::Hang), source);
    sleep(secs(61)).await;
    assert_eq!(rig.stats().in_flight, 1);
    let Rig { control, ledger, ended } = rig;
    let start = Instant::now();
    drop(control);
    ended.await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
    let stats = ledger.snapshot();
    assert_eq!((stats.books.dropped.of(DropReason::Cancelled), stats.in_flight), (1, 0));
    assert_eq!(log.take().len(), 1, "neither another export nor a shutdown");
    let lines = lines.take();
    assert!(lines[0].contains("dropped without a shutdown") && lines.len() == 1, "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn failures_and_recovery_are_logged_once_a_minute() {
    let log = Log::new();
    let lines = LogLines::here();
    let mut exporter = FakeExporter::new(&log);
    for _ in 0..7 {
        exporter = exporter.export(Act::Fail);
    }
    let source = vec![inline(&FakeProducer::new("a"))];
    let _rig = Rig::with(exporter, source, secs(10), Mode::Periodic);
    sleep(secs(95)).await;
    let lines = lines.take();
    let expected = [
        "metrics were not exported error=no connection: no suppressed=0",
        "metrics were not exported error=no connection: no suppressed=5",
        "metrics are exported again exporter=fake failures=7",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test(start_paused = true)]
async fn by_hand_it_exports_when_told_and_a_shutdown_collects_nothing() {
    let log = Log::new();
    let source = vec![inline(&FakeProducer::new("a"))];
    let rig = Rig::with(FakeExporter::new(&log), source, secs(1), Mode::Manual);
    advance(secs(3_600)).await;
    rig.control.flush(Deadline::NONE).await.unwrap().unwrap();
    rig.control.shutdown(by(10)).await.unwrap().unwrap();
    assert_eq!(log.take(), ["3600.0 export a1x1 within 30.0", "3600.0 shutdown"]);
    rig.ended.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_flush_beside_a_shutdown_is_ok_only_if_it_was_served() {
    for (mode, served) in [(Mode::Periodic, true), (Mode::Manual, false)] {
        let log = Log::new();
        let producers = vec![inline(&FakeProducer::new("a"))];
        let rig = Rig::with(FakeExporter::new(&log), producers, secs(60), mode);
        let (flushed, stopped) =
            tokio::join!(rig.control.flush(by(10)), rig.control.shutdown(by(10)));
        assert!(stopped.unwrap().is_ok());
        assert_eq!(flushed.unwrap().is_ok(), served, "{mode:?}");
        let exported = log.take().iter().any(|line| line.contains("export a1x1"));
        assert_eq!(exported, served, "{mode:?}");
        rig.ended.await.unwrap();
    }
}
