use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use meterport_core::Timestamp;

/// When the `target_info` of each resource was last written.
///
/// Each request would have it, and with it samples of one series that do not come in order: the
/// pieces of a batch have different newest points, and requests of several blocks overtake each
/// other. A receiver refuses the whole request for it. So it is written once in a while, and by one
/// request.
#[derive(Debug, Default)]
pub(crate) struct TargetInfo(Mutex<HashMap<u64, Timestamp>>);

/// Five of these fit into the five minutes for which Prometheus shows a sample.
const INTERVAL: Duration = Duration::from_secs(60);

/// More resources than this are forgotten together: then each has one sample more.
const CAPACITY: usize = 100_000;

impl TargetInfo {
    /// Whether it is due at that time; then it counts as written.
    pub(crate) fn claim(&self, id: u64, time: Timestamp) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.get(&id).is_some_and(|last| time < last.saturating_add(INTERVAL)) {
            return false;
        }
        if last.len() >= CAPACITY {
            last.clear();
        }
        last.insert(id, time);
        true
    }

    /// Nothing that was written has arrived.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_in_a_minute_has_it_and_never_an_older_time() {
        let targets = TargetInfo::default();
        let at = Timestamp::from_secs;
        let claims = [(1, 100, true), (1, 100, false), (1, 99, false), (2, 99, true)];
        let later = [(1, 159, false), (1, 160, true), (1, 101, false), (2, 159, true)];
        for (id, time, expected) in claims.into_iter().chain(later) {
            assert_eq!(targets.claim(id, at(time)), expected, "{id} at {time}");
        }
        targets.forget();
        assert!(targets.claim(1, at(101)));
    }

    #[test]
    fn it_does_not_grow_without_bound() {
        let targets = TargetInfo::default();
        for id in 0..3 * CAPACITY as u64 {
            assert!(targets.claim(id, Timestamp::from_secs(1)));
        }
        assert!(targets.0.lock().unwrap().len() <= CAPACITY);
    }
}
