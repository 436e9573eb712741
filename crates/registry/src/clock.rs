use std::time::{Instant, SystemTime};

use meterport_core::{Clock, Timestamp};

/// The machine's clock.
#[derive(Debug)]
pub(crate) struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> Timestamp {
        SystemTime::now().into()
    }
}
