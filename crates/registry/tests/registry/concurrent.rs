//! Many threads that record while snapshots are taken.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use meterport_core::{MetricBatch, MetricData, Temporality, TemporalitySelector};
use meterport_registry::{Registry, RegistryProducer};

const THREADS: u64 = 8;
/// Ten million in all where the compiler optimizes; `cargo xtask test -k races` runs it so.
const EACH: u64 = if cfg!(debug_assertions) { 50_000 } else { 1_250_000 };

fn add_up(batch: &MetricBatch, sums: &mut [u64; 3]) {
    for metric in batch.metrics() {
        match &metric.data {
            MetricData::Sum(sum) => {
                let values = sum.points.iter().map(|point| point.value.as_f64() as u64);
                sums[usize::from(&*metric.descriptor.name == "unbound")] += values.sum::<u64>();
            }
            MetricData::Histogram(histogram) => {
                for point in histogram.points.iter() {
                    let stats = point.value.stats;
                    // Every value is 3, so that anything out of step shows.
                    assert_eq!(stats.sum, Some(3.0 * stats.count as f64));
                    assert_eq!(point.value.buckets.unwrap().1[1], stats.count);
                    assert_eq!((stats.min, stats.max), (Some(3.0), Some(3.0)));
                    sums[2] += stats.count;
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Increments, a tenth of them with a look-up, and as many as the latter into a
/// histogram; meanwhile series come, and in delta go.
fn check(temporality: &TemporalitySelector) {
    let registry = Registry::new();
    let producer = registry.producer().temporality(temporality).build();
    let meter = registry.meter("test");
    let bound = meter.counter::<u64>("bound").build().unwrap();
    let unbound = meter.counter::<u64>("unbound").build().unwrap();
    let spread = meter.histogram::<f64>("spread").build().unwrap();
    let done = AtomicBool::new(false);
    let delta = temporality.of(meterport_core::InstrumentKind::Counter) == Temporality::Delta;
    let mut sums = [0; 3];
    let mut look = |producer: &RegistryProducer| {
        if !delta {
            sums = [0; 3];
        }
        add_up(&producer.collect(), &mut sums);
        sums
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (bound, unbound, spread) = (&bound, &unbound, &spread);
                scope.spawn(move || {
                    let handle = bound.bind([("thread", thread as i64 / 2)]);
                    let distribution = spread.bind(());
                    for turn in 0..EACH {
                        handle.add(1);
                        if turn % 10 == 0 {
                            unbound.add(1, [("turn", (turn / 10 % 1_000) as i64)]);
                            distribution.record(3.0);
                        }
                    }
                })
            })
            .collect();
        let snapshots = scope.spawn(|| {
            let mut snapshots = 0;
            while !done.load(Ordering::Relaxed) {
                look(&producer);
                snapshots += 1;
            }
            snapshots
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        done.store(true, Ordering::Relaxed);
        assert!(snapshots.join().unwrap() > 1);
    });
    let all = THREADS * EACH;
    assert_eq!(look(&producer), [all, all / 10, all / 10]);
    assert_eq!(registry.stats().overflowed, 0);
}

#[test]
fn no_increment_is_lost_cumulative() {
    check(&TemporalitySelector::Cumulative);
}

#[test]
fn no_increment_is_lost_delta() {
    check(&TemporalitySelector::Delta);
}

const TURNS: i64 = (EACH / 6) as i64;

/// Series that expire while others record them anew: each measurement is in one snapshot's last
/// look at a series or in a later one's.
#[test]
fn deltas_of_series_that_come_and_go_add_up() {
    let registry = Registry::builder().cardinality_limit(64).build().unwrap();
    let producer = registry.producer().temporality(&TemporalitySelector::Delta).build();
    let counter = registry.meter("test").counter::<u64>("bound").build().unwrap();
    let done = AtomicBool::new(false);
    let total = thread::scope(|scope| {
        let threads: Vec<_> = (0..4_i64)
            .map(|thread| {
                let counter = &counter;
                scope.spawn(move || {
                    for turn in 0..TURNS {
                        counter.add(1, [("series", turn / 50 % 500 + thread)]);
                    }
                })
            })
            .collect();
        let snapshots = scope.spawn(|| {
            let mut sums = [0; 3];
            while !done.load(Ordering::Relaxed) {
                add_up(&producer.collect(), &mut sums);
            }
            add_up(&producer.collect(), &mut sums);
            sums[0]
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        done.store(true, Ordering::Relaxed);
        snapshots.join().unwrap()
    });
    assert_eq!(total, 4 * TURNS as u64);
}
