//! Every order in which recorders, snapshots and expiry can meet, tried by loom.
//!
//! `cargo xtask test -k loom`

use std::sync::Arc;
use std::time::{Duration, Instant};

use loom::thread;
use meterport_core::{Bounds, Clock, MetricData, Timestamp};

use crate::cells::{Aggregator, Block, Buckets, CellPlan, ExplicitCells};
use crate::measure::NumberKind;
use crate::storage::{Cycle, Filter, Keys, Mode, Plan, Storage};
use crate::tally::Tally;

#[derive(Debug)]
struct Still(Instant);

impl Clock for Still {
    fn now(&self) -> Instant {
        self.0
    }

    fn wall(&self) -> Timestamp {
        Timestamp::from_secs(1)
    }
}

fn check(threads: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    // Three forced changes of thread; each more takes ten times as long.
    builder.preemption_bound = Some(3);
    builder.check(threads);
}

fn store(aggregator: Aggregator, mode: Mode, idle: Option<Duration>, limit: usize) -> Arc<Storage> {
    let cells = CellPlan {
        aggregator,
        kind: NumberKind::U64,
        monotonic: true,
        padded: false,
        signed: false,
        exemplars: false,
    };
    let plan = Plan { cells, limit, idle };
    let keys = Arc::new(Keys::new(Filter::All));
    let clock = Arc::new(Still(Instant::now()));
    let storage = Storage::new(plan, keys, Timestamp::from_secs(1), clock, Tally::default());
    storage.claim_new(mode, 0);
    storage
}

fn buckets() -> Buckets {
    Buckets::new(Bounds::new([0.0]).unwrap_or_else(|_| unreachable!("they ascend")))
}

fn histogram() -> Aggregator {
    Aggregator::Explicit { buckets: buckets(), min_max: true }
}

fn record(storage: &Storage, value: u64) {
    storage.with_cell(&(), |block, row| Block::record(block, row, value, storage.tally()));
}

/// As a bound handle does it.
fn spread(cells: &ExplicitCells, value: f64) {
    if !cells.try_record(0, value) {
        cells.record(0, value, 1, &Tally::default());
    }
}

/// The sum of what a snapshot holds, after the idle time has passed `looks` times.
fn collect(storage: &Storage, looks: u32) -> f64 {
    let now = Instant::now() + Duration::from_secs(1) * looks;
    let cycle = Cycle { now: Timestamp::from_secs(2), instant: now };
    match storage.collect(&cycle) {
        None => 0.0,
        Some(MetricData::Sum(sum)) => sum.points.iter().map(|point| point.value.as_f64()).sum(),
        Some(MetricData::Histogram(histogram)) => {
            let stats = histogram.points.iter().map(|point| point.value.stats);
            stats.filter_map(|stats| stats.sum).sum()
        }
        Some(other) => unreachable!("{other:?}"),
    }
}

/// Two recorders and a reader on one cell: what is read was so at one moment.
#[test]
fn a_histogram_cell_is_never_torn() {
    check(|| {
        let cells = Arc::new(ExplicitCells::new(buckets(), true, 1));
        let recorders = [2.0, 2.0].map(|value| {
            let cells = Arc::clone(&cells);
            thread::spawn(move || spread(&cells, value))
        });
        let mut counts = Vec::new();
        if let Some(stats) = cells.read(0, &mut counts) {
            assert_eq!(stats.sum, 2.0 * stats.count as f64);
            assert_eq!((stats.min, stats.max), (2.0, 2.0));
            assert_eq!(counts, [0, stats.count]);
        }
        recorders
            .into_iter()
            .for_each(|recorder| recorder.join().unwrap_or_else(|_| unreachable!()));
        counts.clear();
        assert_eq!(cells.read(0, &mut counts).map(|stats| stats.count), Some(2));
    });
}

#[test]
fn a_histogram_that_is_taken_loses_nothing() {
    check(|| {
        let cells = Arc::new(ExplicitCells::new(buckets(), true, 1));
        let recorder = {
            let cells = Arc::clone(&cells);
            thread::spawn(move || {
                spread(&cells, 2.0);
                spread(&cells, 2.0);
            })
        };
        let take = || cells.take(0, &mut Vec::new()).map_or(0.0, |stats| stats.sum);
        let first = take();
        recorder.join().unwrap_or_else(|_| unreachable!());
        assert_eq!(first + take(), 4.0);
    });
}

/// A recorder without a handle, while deltas are taken and untouched series forgotten.
fn deltas_lose_nothing(aggregator: Aggregator) {
    check(move || {
        let storage = store(aggregator.clone(), Mode::Delta, None, 10);
        let recorder = {
            let storage = Arc::clone(&storage);
            thread::spawn(move || {
                record(&storage, 1);
                record(&storage, 2);
            })
        };
        let mut sum = collect(&storage, 0);
        sum += collect(&storage, 0);
        recorder.join().unwrap_or_else(|_| unreachable!());
        sum += collect(&storage, 0);
        assert_eq!(sum, 3.0);
        assert_eq!(collect(&storage, 0), 0.0);
        assert_eq!(storage.series(), 0);
    });
}

#[test]
fn deltas_of_sums_lose_nothing() {
    deltas_lose_nothing(Aggregator::Sum);
}

#[test]
fn deltas_of_histograms_lose_nothing() {
    deltas_lose_nothing(histogram());
}

/// A bound handle, while deltas are taken: its series is never forgotten.
#[test]
fn a_bound_series_stays() {
    check(|| {
        let storage = store(Aggregator::Sum, Mode::Delta, None, 10);
        let binder = {
            let storage = Arc::clone(&storage);
            thread::spawn(move || {
                let slot = storage.bind(&());
                slot.change(1_u64, &Block::record);
                slot.change(2_u64, &Block::record);
            })
        };
        let sum = collect(&storage, 0) + collect(&storage, 0);
        binder.join().unwrap_or_else(|_| unreachable!());
        assert_eq!(sum + collect(&storage, 0), 3.0);
    });
}

/// Expiry of a cumulative series against a recorder: a measurement is in the series that stays,
/// or begins a new one.
#[test]
fn expiry_loses_no_measurement() {
    check(|| {
        let storage = store(Aggregator::Sum, Mode::Cumulative, Some(Duration::from_secs(10)), 10);
        record(&storage, 1);
        assert_eq!(collect(&storage, 0), 1.0);
        let recorder = {
            let storage = Arc::clone(&storage);
            thread::spawn(move || record(&storage, 2))
        };
        let expired = collect(&storage, 100);
        recorder.join().unwrap_or_else(|_| unreachable!());
        let after = collect(&storage, 100);
        assert!([0.0, 1.0, 2.0, 3.0].contains(&expired));
        assert!(after == 2.0 || after == 3.0, "{expired} then {after}");
    });
}

/// Two threads that record a series for the first time, where there is room for one: it is made
/// once, and nothing goes to the overflow series.
#[test]
fn a_series_is_made_once() {
    check(|| {
        let storage = store(Aggregator::Sum, Mode::Delta, None, 1);
        let recorder = {
            let storage = Arc::clone(&storage);
            thread::spawn(move || record(&storage, 1))
        };
        record(&storage, 2);
        recorder.join().unwrap_or_else(|_| unreachable!());
        assert_eq!((storage.series(), storage.tally().stats(0).overflowed), (1, 0));
        assert_eq!(collect(&storage, 0), 3.0);
    });
}
