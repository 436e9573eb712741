use std::time::{Duration, Instant};

/// The moment by which a call must have ended; a value, which reads no clock.
///
/// Every asynchronous call of the traits in this crate takes one, so that a timeout set at the
/// top reaches the lowest layer. `now` is always an argument: whoever owns a clock asks it.
///
/// ```
/// use std::time::{Duration, Instant};
/// use meterport_core::Deadline;
///
/// let now = Instant::now();
/// let deadline = Deadline::after(now, Duration::from_secs(10));
/// assert_eq!(deadline.remaining(now), Some(Duration::from_secs(10)));
/// assert_eq!(Deadline::NONE.remaining(now), None);
/// assert_eq!(Deadline::NONE.earliest(deadline), deadline);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// No deadline: the call may take as long as its own limits allow.
    pub const NONE: Self = Self(None);

    /// Ends at `instant`.
    pub const fn at(instant: Instant) -> Self {
        Self(Some(instant))
    }

    /// Ends `limit` after `now`; [`NONE`](Self::NONE) where that is beyond what the platform's
    /// clock can hold.
    pub fn after(now: Instant, limit: Duration) -> Self {
        Self(now.checked_add(limit))
    }

    /// As [`after`](Self::after), where no limit (`None`) means [`NONE`](Self::NONE).
    pub fn within(now: Instant, limit: Option<Duration>) -> Self {
        limit.map_or(Self::NONE, |limit| Self::after(now, limit))
    }

    /// The moment, or `None` for [`NONE`](Self::NONE).
    pub const fn instant(self) -> Option<Instant> {
        self.0
    }

    /// The earlier of the two; [`NONE`](Self::NONE) is later than any moment.
    #[must_use]
    pub fn earliest(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(a), Some(b)) => Self(Some(a.min(b))),
            (a, b) => Self(a.or(b)),
        }
    }

    /// The time left at `now`, zero once the deadline has passed, `None` for
    /// [`NONE`](Self::NONE).
    pub fn remaining(self, now: Instant) -> Option<Duration> {
        self.0.map(|at| at.saturating_duration_since(now))
    }

    /// Whether the deadline has passed at `now`.
    pub fn has_passed(self, now: Instant) -> bool {
        self.0.is_some_and(|at| at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_beyond_the_clock_is_none() {
        assert_eq!(Deadline::after(Instant::now(), Duration::MAX), Deadline::NONE);
    }

    #[test]
    fn the_moment_itself_has_passed() {
        let now = Instant::now();
        assert!(Deadline::at(now).has_passed(now));
        assert!(!Deadline::at(now + Duration::from_nanos(1)).has_passed(now));
        assert!(!Deadline::NONE.has_passed(now));
    }

    #[test]
    fn the_earlier_wins_whichever_side_it_stands_on() {
        let now = Instant::now();
        let (soon, late) = (Deadline::at(now), Deadline::after(now, Duration::from_secs(1)));
        assert_eq!(soon.earliest(late), soon);
        assert_eq!(late.earliest(soon), soon);
        assert_eq!(late.earliest(Deadline::NONE), late);
    }
}
