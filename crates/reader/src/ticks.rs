use std::sync::Arc;
use std::time::{Duration, Instant};

use meterport_core::{Chance, Clock};

/// How late a tick may come and still count as on time: timers are this coarse.
const TOLERANCE: Duration = Duration::from_millis(5);

/// When to export: at each interval. A missed tick is made up for once, and moves those after it
/// (tokio's `MissedTickBehavior::Delay`), so that ticks never come in a burst.
#[derive(Debug)]
pub(crate) struct Ticks {
    clock: Arc<dyn Clock>,
    interval: Duration,
    /// `None`: never.
    next: Option<Instant>,
}

impl Ticks {
    /// The first tick comes within one interval, at a moment that `phase` draws; without it,
    /// after one interval.
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        interval: Duration,
        phase: Option<&dyn Chance>,
    ) -> Self {
        let first = phase.map_or(interval, |phase| share(interval, phase.ratio()));
        let next = clock.now().checked_add(first);
        Self { clock, interval, next }
    }

    pub(crate) fn never(clock: Arc<dyn Clock>) -> Self {
        Self { clock, interval: Duration::MAX, next: None }
    }

    /// Waits for the next tick, and sets the one after.
    pub(crate) async fn due(&mut self) {
        let Some(next) = self.next else { return std::future::pending().await };
        tokio::time::sleep(next.saturating_duration_since(self.clock.now())).await;
        let now = self.clock.now();
        let late = now.saturating_duration_since(next) > TOLERANCE.min(self.interval / 2);
        self.next = if late { now } else { next }.checked_add(self.interval);
    }
}

/// `ratio` of the interval. What a chance of the user's own gives outside `[0, 1]` is clamped.
fn share(interval: Duration, ratio: f64) -> Duration {
    let ratio = if ratio.is_nan() { 0.0 } else { ratio.clamp(0.0, 1.0) };
    Duration::try_from_secs_f64(interval.as_secs_f64() * ratio).unwrap_or(interval).min(interval)
}

#[cfg(test)]
mod tests {
    use meterport_worker::SystemClock;
    use tokio::time::{Instant as Now, advance};

    use super::*;

    #[derive(Debug)]
    struct Fixed(f64);
    impl Chance for Fixed {
        fn ratio(&self) -> f64 {
            self.0
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_tick_comes_within_one_interval() {
        let check = async |phase: Option<f64>, first: u64| {
            let phase = phase.map(Fixed);
            let phase = phase.as_ref().map(|phase| phase as &dyn Chance);
            let interval = Duration::from_secs(60);
            let mut ticks = Ticks::new(Arc::new(SystemClock), interval, phase);
            let start = Now::now();
            ticks.due().await;
            assert_eq!(start.elapsed().as_secs(), first);
            ticks.due().await;
            assert_eq!(start.elapsed().as_secs(), first + 60);
        };
        check(None, 60).await;
        check(Some(0.25), 15).await;
        for (strange, first) in [(f64::NAN, 0), (-1.0, 0), (f64::INFINITY, 60), (1e300, 60)] {
            check(Some(strange), first).await;
        }
    }

    /// A deployment starts thousands of processes at once: their first exports are spread over the
    /// whole interval, the busiest 100 ms of a minute with at most three times the mean.
    #[tokio::test(start_paused = true)]
    async fn a_fleet_that_starts_at_once_does_not_export_at_once() {
        const CLIENTS: u32 = 10_000;
        let (interval, start) = (Duration::from_secs(60), Instant::now());
        let mut buckets = [0_u32; 601];
        for client in 0..CLIENTS {
            // Multiples of the golden ratio, hashed by their square: spread, and always the same.
            let phase = Fixed((f64::from(client).powi(2) * 0.618_033_988_749_895).fract());
            let ticks = Ticks::new(Arc::new(SystemClock), interval, Some(&phase));
            let first = ticks.next.expect("a tick").saturating_duration_since(start);
            buckets[(first.as_millis() / 100) as usize] += 1;
        }
        let busiest = buckets.iter().max().expect("buckets");
        assert!(*busiest <= 3 * CLIENTS / 600, "{busiest} in 100 ms");
    }

    #[tokio::test(start_paused = true)]
    async fn missed_ticks_never_come_in_a_burst() {
        let mut ticks = Ticks::new(Arc::new(SystemClock), Duration::from_secs(10), None);
        let start = Now::now();
        let mut seen = Vec::new();
        for busy in [0, 35, 0, 10, 0] {
            ticks.due().await;
            seen.push(start.elapsed().as_secs());
            advance(Duration::from_secs(busy)).await;
        }
        // The tick of 30 comes at 55, those of 40 and 50 never; the one of 65 takes 10, no harm.
        assert_eq!(seen, [10, 20, 55, 65, 75]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_interval_beyond_the_clock_is_no_panic() {
        let mut ticks = Ticks::new(Arc::new(SystemClock), Duration::MAX, Some(&Fixed(0.9)));
        tokio::select! {
            () = ticks.due() => unreachable!(),
            () = tokio::time::sleep(Duration::from_secs(1_000_000)) => {}
        }
    }
}
