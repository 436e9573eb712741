//! A queue with its thread, around an exporter that fails now and then.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use meterport_core::{
    Deadline, DropReason, ErrorKind, ExportError, MetricBatch, MetricExporter, RetryAdvice,
};
use meterport_decorators::{ExporterExt, Overflow, QueueSettings, QueueStats};
use meterport_testkit::{Answer, ScriptedExporter};

use crate::fixtures::{batch, counter, failure, gauge, rows};

fn soon() -> Deadline {
    Deadline::after(Instant::now(), Duration::from_secs(60))
}

fn settings() -> QueueSettings {
    QueueSettings::default().pauses(Duration::from_micros(50), Duration::from_micros(200))
}

#[track_caller]
fn balances(stats: &QueueStats) {
    let sum = stats.delivered + stats.rejected + stats.dropped.total() + stats.queued;
    assert_eq!(stats.produced, sum, "{stats:?}");
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % sides
    }
}

fn answer(dice: &mut Dice, points: u64) -> Answer {
    match dice.roll(6) {
        0 => Answer::Fail(failure()),
        1 => Answer::Partly(dice.roll(points.max(1)), failure()),
        2 => {
            let throttled = ExportError::new(ErrorKind::Throttled, "");
            Answer::Fail(throttled.with_advice(RetryAdvice::After(Duration::from_micros(100))))
        }
        3 => Answer::Reject(1),
        _ => Answer::Deliver,
    }
}

/// The values of each series, in the order in which they arrived.
fn arrived(taken: &[MetricBatch]) -> HashMap<String, Vec<i64>> {
    let mut series: HashMap<String, Vec<i64>> = HashMap::new();
    for row in taken.iter().flat_map(rows) {
        let (name, value) = row.rsplit_once(' ').unwrap();
        series.entry(name.to_owned()).or_default().push(value.parse().unwrap());
    }
    series
}

/// Whatever fails, and whatever goes for want of room: bounds hold and books balance at every moment,
/// each series' values arrive in order and once, and all are accounted for in the end.
#[test]
fn bounds_books_and_order_hold() {
    for seed in 0..30 {
        let mut dice = Dice(seed);
        let newest_wins = seed % 2 == 1;
        let inner = ScriptedExporter::new("inner");
        let mut settings = settings().max_points(12 + dice.roll(20));
        if newest_wins {
            settings = settings.newest_wins();
        }
        if seed % 3 == 0 {
            settings = settings.overflow(Overflow::DropNewest);
        }
        let limit = settings.max_points;
        let queue = inner.clone().queue(settings);
        let mut given = 0;
        for value in 0..60 {
            let rows: Vec<_> =
                ["s=1", "s=2", "s=3", "s=4"].into_iter().filter(|_| dice.roll(3) > 0).collect();
            let rows: Vec<_> = rows.into_iter().map(|set| (set, value)).collect();
            let metric = if newest_wins { gauge("m", &rows) } else { counter("m", &rows) };
            let batch = batch([metric]);
            inner.script([answer(&mut dice, batch.points())]);
            given += batch.points();
            let books = futures_now(queue.export(&batch, soon())).unwrap();
            assert_eq!(books.points(), batch.points());
            let stats = queue.stats();
            balances(&stats);
            assert!(stats.queued <= limit + stats.in_flight, "{stats:?}, limit {limit}");
        }
        meterport_worker::block_on(soon(), queue.shutdown(soon())).unwrap().unwrap();
        let stats = queue.stats();
        balances(&stats);
        assert_eq!((stats.produced, stats.queued), (given, 0));
        assert_eq!(stats.delivered, inner.taken_points());
        let arrived = arrived(&inner.taken());
        for (series, values) in &arrived {
            assert!(values.is_sorted_by(|a, b| a < b), "{series}: {values:?}, seed {seed}");
        }
        assert!(stats.delivered > 0, "{stats:?}");
    }
}

/// An export into a queue that has room, or drops, does not wait.
fn futures_now<T>(future: impl Future<Output = T>) -> T {
    meterport_worker::block_on(soon(), future).unwrap()
}

/// Memory is bounded by bytes, whatever comes.
#[test]
fn bytes_are_bounded() {
    let inner = ScriptedExporter::new("inner");
    inner.default_answer(Answer::Hang);
    let limit = 40_000;
    let queue = inner.queue(settings().max_bytes(limit));
    for at in 0..200 {
        let sets: Vec<String> = (0..20).map(|row| format!("batch={at} row={row}")).collect();
        let rows: Vec<_> = sets.iter().map(|set| (set.as_str(), 1)).collect();
        futures_now(queue.export(&batch([counter("m", &rows)]), soon())).unwrap();
        let stats = queue.stats();
        assert!(stats.bytes <= limit, "{stats:?}");
        balances(&stats);
    }
    assert!(queue.stats().dropped.of(DropReason::QueueFull) > 1_000);
}

/// Dropped without a shutdown: at once, and what was left is counted.
#[test]
fn dropping_it_does_not_wait_and_counts() {
    let inner = ScriptedExporter::new("inner");
    inner.default_answer(Answer::Hang);
    let queue = inner.clone().queue(settings());
    let monitor = queue.monitor();
    for value in 0..3 {
        let rows = [("s=1", value), ("s=2", value)];
        futures_now(queue.export(&batch([counter("m", &rows)]), soon())).unwrap();
    }
    let begin = Instant::now();
    drop(queue);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    let stats = monitor.stats();
    balances(&stats);
    let dropped = &stats.dropped;
    assert_eq!(dropped.of(DropReason::Cancelled) + dropped.of(DropReason::Shutdown), 6);
    assert_eq!(stats.queued, 0);
}

/// Its callers may give up at any moment: what it has taken it keeps, what it has not was never there.
#[test]
fn an_export_that_waits_for_room_may_be_dropped() {
    let inner = ScriptedExporter::new("inner");
    inner.default_answer(Answer::Hang);
    let queue = Arc::new(inner.queue(settings().max_points(2).overflow(Overflow::Wait)));
    let rows = [("s=1", 1), ("s=2", 1)];
    let full = batch([counter("m", &rows)]);
    futures_now(queue.export(&full, soon())).unwrap();
    while queue.stats().in_flight == 0 {
        std::thread::yield_now();
    }
    futures_now(queue.export(&full, soon())).unwrap();
    let late = Deadline::after(Instant::now(), Duration::from_millis(20));
    let waiting = meterport_worker::block_on(late, queue.export(&full, Deadline::NONE));
    assert!(waiting.is_err(), "it should wait: {waiting:?}");
    let stats = queue.stats();
    balances(&stats);
    assert_eq!((stats.produced, stats.queued), (4, 4));
}
