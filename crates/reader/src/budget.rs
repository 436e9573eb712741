//! How the time up to one deadline is divided.

use std::time::{Duration, Instant};

use meterport_core::Deadline;

/// A deadline that leaves `keep` of the time left at `now`, for who comes after.
fn keeping(deadline: Deadline, now: Instant, keep: impl Fn(Duration) -> Duration) -> Deadline {
    let left = deadline.remaining(now);
    Deadline::within(now, left.map(|left| left.saturating_sub(keep(left))))
}

/// Half of the time left.
pub(crate) fn half(deadline: Deadline, now: Instant) -> Deadline {
    keeping(deadline, now, |left| left / 2)
}

/// All but a tenth, at most a second: time for the exporter's own shutdown.
pub(crate) fn before_shutdown(deadline: Deadline, now: Instant) -> Deadline {
    keeping(deadline, now, |left| (left / 10).min(Duration::from_secs(1)))
}

/// All but a twentieth, at most 10 ms: the reader's thread gives up a moment before the caller
/// does, so that the caller learns what happened.
pub(crate) fn before_caller(deadline: Deadline, now: Instant) -> Deadline {
    keeping(deadline, now, |left| (left / 20).min(Duration::from_millis(10)))
}

/// The later of the two.
pub(crate) fn later(a: Deadline, b: Deadline) -> Deadline {
    match (a.instant(), b.instant()) {
        (Some(a), Some(b)) => Deadline::at(a.max(b)),
        _ => Deadline::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_time_left() {
        let now = Instant::now();
        let left = |deadline: Deadline| deadline.remaining(now).map(|left| left.as_millis());
        let check = |millis, expected: [u128; 3]| {
            let deadline = Deadline::after(now, Duration::from_millis(millis));
            let shares = [half, before_shutdown, before_caller].map(|f| left(f(deadline, now)));
            assert_eq!(shares, expected.map(Some), "{millis} ms");
        };
        check(60_000, [30_000, 59_000, 59_990]);
        check(1_000, [500, 900, 990]);
        check(100, [50, 90, 95]);
        check(0, [0, 0, 0]);
        assert_eq!(half(Deadline::NONE, now), Deadline::NONE);
        assert_eq!(later(Deadline::at(now), Deadline::NONE), Deadline::NONE);
        let soon = Deadline::after(now, Duration::from_secs(1));
        assert_eq!(later(soon, Deadline::at(now)), soon);
    }
}
