//! How long to wait before the next attempt. Pure: time and chance come in as arguments.

use std::time::Duration;

use meterport_core::{Chance, RetryAdvice};

use super::policy::{RetryPolicy, scaled};

/// As many attempts should fit into the time there is, whatever the intervals want.
const WANTED_ATTEMPTS: u32 = 3;

/// How much of what the other side asks for is added at most, so that not all come back at once.
const SERVER_JITTER: f64 = 0.1;

/// The failures of one export.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    pub(super) failures: u32,
    /// Those in a row for which the other side named a delay.
    throttled: u32,
}

impl Backoff {
    /// The delay behind one more failure, of an attempt that took so long. `None` if there is no
    /// room for it.
    pub(super) fn next(
        &mut self,
        policy: &RetryPolicy,
        chance: &dyn Chance,
        advice: RetryAdvice,
        took: Duration,
        room: Option<Duration>,
    ) -> Option<Duration> {
        self.failures += 1;
        let delay = match advice {
            RetryAdvice::Never => return None,
            RetryAdvice::After(floor) if !floor.is_zero() => {
                self.throttled += 1;
                let floor = floor.min(policy.max_server_delay);
                let spread = self.spread(policy, floor);
                let left = room.unwrap_or(Duration::MAX).saturating_sub(floor);
                floor.saturating_add(scaled(spread.min(left), chance.ratio()))
            }
            RetryAdvice::After(_) | RetryAdvice::Backoff => {
                self.throttled = 0;
                scaled(self.longest(policy, took, room), policy.part(chance.ratio()))
            }
        };
        room.is_none_or(|room| delay < room).then_some(delay)
    }

    /// OTLP has a client back off exponentially from the delay that the server named, if it does
    /// so again (`specification.md`, "OTLP/gRPC Throttling").
    fn spread(&self, policy: &RetryPolicy, floor: Duration) -> Duration {
        let end = scaled(floor, policy.growth(self.throttled)).min(policy.max_interval.max(floor));
        scaled(end, 1.0 + SERVER_JITTER).saturating_sub(floor)
    }

    /// The upper end of the delay. Where the attempts that should still fit need the room, it is
    /// less than the policy's: half of the room, less what they take, is left for their delays.
    fn longest(&self, policy: &RetryPolicy, took: Duration, room: Option<Duration>) -> Duration {
        let wanted = policy.interval(self.failures);
        let attempts = WANTED_ATTEMPTS.saturating_sub(self.failures);
        let Some(room) = room.filter(|_| attempts > 0) else { return wanted };
        let free = room.saturating_sub(took.saturating_mul(attempts)).max(room / 2) / 2;
        let delays = (self.failures..self.failures + attempts).map(|n| policy.interval(n));
        let all = delays.fold(Duration::ZERO, Duration::saturating_add);
        if all <= free { wanted } else { scaled(free, wanted.as_secs_f64() / all.as_secs_f64()) }
    }
}

/// What to add to the wait for the end of a delay that the other side named to an earlier export.
pub(super) fn after_hold(chance: &dyn Chance, named: Duration) -> Duration {
    scaled(named, SERVER_JITTER * chance.ratio())
}
