//! `overload SECONDS`: a producer that is ten times faster than what it exports to, and a queue between
//! them: what recording takes meanwhile, and whether the queue stays within its bounds.
//!
//! One line for recording while nothing is exported, one for each third of the time, one for the queue.
#![allow(clippy::print_stdout, reason = "a program that reports")]

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use meterport_benches::memory::Memory;
use meterport_core::{Deadline, DropReason, MetricExporter};
use meterport_decorators::{ExporterExt, Queue, QueueMonitor, QueueSettings};
use meterport_registry::{BoundCounter, BoundHistogram, Registry, RegistryProducer};
use meterport_testkit::DiscardExporter;
use tokio::runtime::{Builder, Runtime};

/// A batch is taken in that time, and one is made in a tenth of it.
const SLOW: Duration = Duration::from_millis(10);
/// The points of a batch.
const SERIES: i64 = 1_000;
/// So many batches may wait.
const ROOM: u64 = 32;
/// Measurements that are timed together, as a clock takes longer than one.
const BLOCK: u32 = 64;

fn main() -> ExitCode {
    meterport_benches::exit(run())
}

fn run() -> Result<(), String> {
    let seconds: Option<f64> = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let third = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds / 3.0).ok());
    let third = third.ok_or("overload SECONDS")?;
    let registry = Registry::new();
    let producer = registry.producer().build();
    let recorder = Recorder::new(&registry).map_err(|error| error.to_string())?;
    report("idle", recorder.record_for(third));

    let settings = QueueSettings::default().max_points(ROOM * producer.collect().points());
    let queue = DiscardExporter::new().taking(SLOW).queue(settings);
    let flood = Flood { producer, monitor: queue.monitor(), queue, ended: AtomicBool::new(false) };
    let runtime = || Builder::new_current_thread().enable_all().build();
    let (here, there) = (runtime(), runtime());
    let (here, there) = (here.map_err(|e| e.to_string())?, there.map_err(|e| e.to_string())?);
    let memory = Memory::watch();
    let times = std::thread::scope(|scope| {
        let exports = scope.spawn(|| flood.run(&there));
        for phase in ["first", "second", "last"] {
            report(phase, recorder.record_for(third));
        }
        flood.ended.store(true, Ordering::Relaxed);
        exports.join()
    });
    let (exports, most_queued) = times.map_err(|_| "the exports panicked")?;
    let growth = memory.growth();
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(30));
    here.block_on(flood.queue.shutdown(deadline)).map_err(|error| error.to_string())?;
    let stats = flood.monitor.stats();
    println!(
        "exports={} produced={} delivered={} full={} dropped={} queued={} most_queued={most_queued} memory={growth}",
        exports.len(),
        stats.produced,
        stats.delivered,
        stats.dropped.of(DropReason::QueueFull),
        stats.dropped.total(),
        stats.queued,
    );
    report("export", exports);
    Ok(())
}

/// What the application's thread does.
struct Recorder {
    counter: BoundCounter<u64>,
    histogram: BoundHistogram<f64>,
}

impl Recorder {
    fn new(registry: &Registry) -> Result<Self, meterport_registry::InstrumentError> {
        let meter = registry.meter("bench");
        let counter = meter.counter::<u64>("requests").build()?;
        let histogram = meter.histogram::<f64>("duration").build()?;
        for series in 0..SERIES / 2 {
            counter.add(1, [("series", series)]);
            histogram.record(1.0, [("series", series)]);
        }
        let set = [("series", 0_i64)];
        Ok(Self { counter: counter.bind(set), histogram: histogram.bind(set) })
    }

    /// The nanoseconds of each measurement, by blocks.
    fn record_for(&self, time: Duration) -> Vec<f64> {
        let (begin, mut blocks) = (Instant::now(), Vec::new());
        while begin.elapsed() < time {
            let block = Instant::now();
            for value in 0..BLOCK / 2 {
                self.counter.add(1);
                self.histogram.record(f64::from(value));
            }
            blocks.push(block.elapsed().as_nanos() as f64 / f64::from(BLOCK));
            // As the application has other things to do: blocks in a row would fill the memory.
            std::thread::sleep(Duration::from_micros(100));
        }
        blocks
    }
}

/// What the reader's thread does.
struct Flood {
    producer: RegistryProducer,
    queue: Queue<DiscardExporter>,
    monitor: QueueMonitor,
    ended: AtomicBool,
}

impl Flood {
    /// Ten batches in the time in which one is taken, until the end: the nanoseconds of each export, and
    /// the most points that waited.
    fn run(&self, runtime: &Runtime) -> (Vec<f64>, u64) {
        let (mut times, mut most_queued) = (Vec::new(), 0);
        let mut next = Instant::now();
        while !self.ended.load(Ordering::Relaxed) {
            let batch = self.producer.collect();
            let begin = Instant::now();
            let taken = runtime.block_on(self.queue.export(&batch, Deadline::NONE));
            times.push(begin.elapsed().as_nanos() as f64);
            drop(taken);
            most_queued = most_queued.max(self.monitor.stats().queued);
            next += SLOW / 10;
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        (times, most_queued)
    }
}

fn report(phase: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let percentile = |hundredth: usize| times.get(times.len() * hundredth / 100).unwrap_or(&0.0);
    println!("phase={phase} p50={:.1} p99={:.1}", percentile(50), percentile(99));
}
