//! How both sides are timed: this crate and, by inclusion, the peer program.

use std::fmt;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

/// Nanoseconds of this thread's processor time that a repetition took. Time in which another
/// process had the core does not count.
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
    /// outside the measured time. The first repetition only warms up.
    pub fn of<I>(budget: Duration, mut input: impl FnMut() -> I, mut run: impl FnMut(&I)) -> Self {
        run(&input());
        let began = Instant::now();
        let mut times: Vec<f64> = Vec::new();
        while times.len() < Self::FEWEST || (began.elapsed() < budget && times.len() < Self::MOST) {
            let input = input();
            let start = ThreadTime::now();
            run(&input);
            times.push(start.elapsed().as_nanos() as f64);
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
