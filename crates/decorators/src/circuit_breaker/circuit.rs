use std::time::{Duration, Instant};

/// When a breaker opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreakerPolicy {
    /// How many failures in a row open it; at least one. 5 by default.
    pub failures: u32,
    /// How long it stays open before one export may try; 30 s by default.
    pub open_for: Duration,
}

impl BreakerPolicy {
    /// Opens after so many failures in a row.
    #[must_use]
    pub fn after_failures(mut self, failures: u32) -> Self {
        self.failures = failures.max(1);
        self
    }

    /// Stays open for so long.
    #[must_use]
    pub fn open_for(mut self, time: Duration) -> Self {
        self.open_for = time;
        self
    }
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self { failures: 5, open_for: Duration::from_secs(30) }
    }
}

/// No clock overflows that this is added to.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// What a breaker does with the next export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreakerState {
    /// It goes through.
    Closed,
    /// It is tried, alone.
    HalfOpen,
    /// It is refused.
    Open,
}

/// The state and its transitions, without a clock.
#[derive(Debug)]
pub(super) enum Circuit {
    /// With the failures in a row so far.
    Closed(u32),
    /// Until then.
    Open(Instant),
    /// Open, with one export trying.
    Probing,
}

/// What to do with an export.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Try it. What becomes of it decides, if it is a probe.
    Pass { probe: bool },
    /// Refuse it; it may be tried after this time, if that is known.
    Refuse(Option<Duration>),
}

impl Circuit {
    pub(super) fn enter(&mut self, now: Instant) -> Entry {
        match *self {
            Self::Closed(_) => Entry::Pass { probe: false },
            Self::Open(until) if until <= now => {
                *self = Self::Probing;
                Entry::Pass { probe: true }
            }
            Self::Open(until) => Entry::Refuse(Some(until - now)),
            Self::Probing => Entry::Refuse(None),
        }
    }

    /// An export ended well. One that began before it opened says nothing of now.
    pub(super) fn succeed(&mut self, probe: bool) {
        if probe || matches!(self, Self::Closed(_)) {
            *self = Self::Closed(0);
        }
    }

    /// An export failed. Says whether that has opened it.
    pub(super) fn fail(&mut self, probe: bool, now: Instant, policy: BreakerPolicy) -> bool {
        let failures = match *self {
            Self::Closed(failures) => failures.saturating_add(1),
            Self::Probing if probe => policy.failures,
            _ => return false,
        };
        let opens = failures >= policy.failures;
        *self = match opens {
            true => Self::Open(now + policy.open_for.min(LONGEST)),
            false => Self::Closed(failures),
        };
        opens
    }

    /// The probe was dropped before it ended: the next export may try.
    pub(super) fn abandon(&mut self, now: Instant) {
        if matches!(self, Self::Probing) {
            *self = Self::Open(now);
        }
    }

    pub(super) fn state(&self, now: Instant) -> BreakerState {
        match self {
            Self::Closed(_) => BreakerState::Closed,
            Self::Open(until) if *until > now => BreakerState::Open,
            Self::Open(_) | Self::Probing => BreakerState::HalfOpen,
        }
    }
}
