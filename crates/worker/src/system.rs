use std::time::{Instant, SystemTime};

use meterport_core::{Chance, Clock, Timestamp};

/// The clock of this machine.
///
/// Its monotonic time is tokio's: in a test with paused time it stands still with the timers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn wall(&self) -> Timestamp {
        SystemTime::now().into()
    }
}

/// A fast generator of pseudo-random numbers, seeded differently in each thread and process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SystemChance;

impl Chance for SystemChance {
    fn ratio(&self) -> f64 {
        fastrand::f64()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn paused_time_rules_the_clock() {
        let before = SystemClock.now();
        tokio::time::advance(Duration::from_secs(3_600)).await;
        assert_eq!(SystemClock.now() - before, Duration::from_secs(3_600));
    }

    #[test]
    fn the_wall_clock_is_set_and_chance_stays_in_range() {
        assert!(SystemClock.wall() > Timestamp::from_secs(1_600_000_000));
        assert!((0..1_000).all(|_| (0.0..1.0).contains(&SystemChance.ratio())));
    }
}
