//! How both sides are timed: this crate and, by inclusion, the peer program.

use std::fmt;
use std::time::{Duration, Instant};

use cpu_time::{ProcessTime, ThreadTime};

/// Nanoseconds of processor time that a repetition took. Time in which another process had the
/// core does not count.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// The fastest repetition.
    pub min: f64,
    /// The 10th percentile: what ratios are made of.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// How many repetitions.
    pub repetitions: usize,
}

impl Timing {
    const FEWEST: usize = 7;
    const MOST: usize = 2_000;

    /// Repeats `run` for about `budget`, each time with a new input that is made and dropped
    /// outside the measured time. The first repetition only warms up. The time is this thread's.
    pub fn of<I>(budget: Duration, input: impl FnMut() -> I, run: impl FnMut(&I)) -> Self {
        Self::by(|| ThreadTime::now().as_duration(), budget, input, run)
    }

    /// The same, with the time of the whole process: of all its threads, in the system too.
    pub fn of_process<I>(budget: Duration, input: impl FnMut() -> I, run: impl FnMut(&I)) -> Self {
        Self::by(|| ProcessTime::now().as_duration(), budget, input, run)
    }

    fn by<I>(
        clock: fn() -> Duration,
        budget: Duration,
        mut input: impl FnMut() -> I,
        mut run: impl FnMut(&I),
    ) -> Self {
        run(&input());
        let began = Instant::now();
        let mut times: Vec<f64> = Vec::new();
        while times.len() < Self::FEWEST || (began.elapsed() < budget && times.len() < Self::MOST) {
            let input = input();
            let start = clock();
            run(&input);
            times.push((clock() - start).as_nanos() as f64);
        }
        times.sort_by(f64::total_cmp);
        Self {
            min: times[0],
            low: times[times.len() / 10],
            median: times[times.len() / 2],
            repetitions: times.len(),
        }
    }
}

/// As `name=value` pairs.
impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { min, low, median, repetitions } = self;
        write!(f, "min={min:.0} low={low:.0} median={median:.0} repetitions={repetitions}")
    }
}
