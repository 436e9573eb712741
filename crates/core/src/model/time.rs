use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment of the wall clock, in nanoseconds since 1970 (UTC); good until the year 2554.
///
/// Zero is [`UNSET`](Self::UNSET), as in OTLP.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Not known.
    pub const UNSET: Self = Self(0);

    /// From nanoseconds since 1970.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// From whole seconds since 1970; beyond the range, its end.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds since 1970.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whether it is known.
    pub const fn is_set(self) -> bool {
        self.0 != 0
    }

    /// This time as the start of what was measured at `time`: unset if it is later, as where the wall
    /// clock was set back. OTLP forbids a start after the point.
    ///
    /// ```
    /// use meterport_core::Timestamp;
    ///
    /// let [one, two] = [1, 2].map(Timestamp::from_secs);
    /// assert_eq!((one.unless_after(two), two.unless_after(two)), (one, two));
    /// assert_eq!(two.unless_after(one), Timestamp::UNSET);
    /// ```
    #[must_use]
    pub fn unless_after(self, time: Self) -> Self {
        if self <= time { self } else { Self::UNSET }
    }

    /// This much later; at the end of the range, its end.
    #[must_use]
    pub fn saturating_add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(nanos(by)))
    }

    /// The time since `earlier`, zero if that is later.
    pub fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Before 1970 is [`UNSET`](Timestamp::UNSET), after the range its end.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        time.duration_since(UNIX_EPOCH).map_or(Self::UNSET, |since| Self(nanos(since)))
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        UNIX_EPOCH + Duration::from_nanos(time.0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({})", self.0)
    }
}
