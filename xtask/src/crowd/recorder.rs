use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::shop::Instruments;

/// A thread that records without a pause.
#[derive(Debug)]
pub(super) struct Recorder {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Recorded>,
}

/// What a thread did.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recorded {
    pub(super) measurements: u64,
    /// Of the processor's time, not the clock's.
    pub(super) time: Duration,
    /// How often it gave the processor away because it had to wait; `None` where the system does
    /// not tell.
    pub(super) waits: Option<u64>,
}

impl Recorder {
    pub(super) fn start(instruments: Instruments) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = std::thread::spawn(move || record(&instruments, &told));
        Self { stop, thread }
    }

    /// `None` if it panicked.
    pub(super) fn stop(self) -> Option<Recorded> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().ok()
    }
}

impl Recorded {
    pub(super) fn nanoseconds_each(&self) -> f64 {
        self.time.as_nanos() as f64 / self.measurements as f64
    }
}

fn record(instruments: &Instruments, stop: &AtomicBool) -> Recorded {
    const STEP: u64 = 1_000;
    let orders = instruments.orders.bind([("payment", "card")]);
    let duration = instruments.duration.bind([("payment", "card")]);
    let (begin, waits) = (processor_time(), waits());
    let mut measurements = 0;
    while !stop.load(Ordering::Relaxed) {
        for at in 0..STEP {
            orders.add(1);
            duration.record(at as f64 / 100.0);
        }
        measurements += 2 * STEP;
    }
    let waits = waits.and_then(|before| Some(self::waits()? - before));
    Recorded { measurements, time: processor_time().saturating_sub(begin), waits }
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// This thread's voluntary switches, on Linux.
fn waits() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/thread-self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
    line.trim().parse().ok()
}
