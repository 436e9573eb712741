use std::fmt;
use std::time::Instant;

use crate::Timestamp;

/// Where a component reads the time. This crate has no implementation that reads a real clock:
/// `meterport-worker` has one, tests pass their own.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The monotonic time, for intervals and deadlines.
    fn now(&self) -> Instant;

    /// The wall clock, for timestamps and dates alone: it may jump.
    fn wall(&self) -> Timestamp;
}

/// Where a component draws randomness: jitter and first phases. Not for secrets.
pub trait Chance: fmt::Debug + Send + Sync + 'static {
    /// A number in `[0, 1)`, each equally likely.
    fn ratio(&self) -> f64;
}

const _: fn(&dyn Clock, &dyn Chance) = |_, _| {};
