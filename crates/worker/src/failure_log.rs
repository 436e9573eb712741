use std::time::{Duration, Instant};

/// Decides which failures of one kind become a line in the log: the first, then one in a while with
/// the number of those left out, then the recovery if the failure was told of.
///
/// ```
/// use std::time::{Duration, Instant};
/// use meterport_worker::FailureLog;
///
/// let (mut log, now) = (FailureLog::default(), Instant::now());
/// assert_eq!(log.failed(now), Some(0));
/// assert_eq!(log.failed(now + Duration::from_secs(1)), None);
/// assert_eq!(log.succeeded(), Some(2));
/// ```
#[derive(Clone, Debug)]
pub struct FailureLog {
    quiet: Duration,
    last_line: Option<Instant>,
    /// Failures since the last line.
    suppressed: u64,
    /// Failures since the last success.
    failures: u64,
    /// Whether a line told of the present failure.
    told: bool,
}

impl Default for FailureLog {
    /// One line a minute at most while a failure lasts.
    fn default() -> Self {
        Self::new(Duration::from_secs(60))
    }
}

impl FailureLog {
    /// At most one line in this time while a failure lasts.
    pub const fn new(quiet: Duration) -> Self {
        Self { quiet, last_line: None, suppressed: 0, failures: 0, told: false }
    }

    /// A failure: `Some(failures left out since the last line)` if it should be told of.
    pub fn failed(&mut self, now: Instant) -> Option<u64> {
        self.failures += 1;
        let quiet =
            self.last_line.is_some_and(|last| now.saturating_duration_since(last) < self.quiet);
        if quiet {
            self.suppressed += 1;
            return None;
        }
        self.last_line = Some(now);
        self.told = true;
        Some(std::mem::take(&mut self.suppressed))
    }

    /// A success: `Some(failures before it)` if it should be told of as a recovery.
    pub fn succeeded(&mut self) -> Option<u64> {
        let failures = std::mem::take(&mut self.failures);
        std::mem::take(&mut self.told).then_some(failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_minute_and_the_recovery() {
        let start = Instant::now();
        let mut failures = FailureLog::default();
        let mut log = Vec::new();
        // Second, whether it fails.
        let events = [(0, false), (1, true), (2, true), (31, true), (61, true), (62, true)]
            .into_iter()
            // Flapping: the second failure is not told of, so its end is not either.
            .chain([(63, false), (64, false), (65, true), (66, false), (121, true), (122, false)]);
        for (second, fails) in events {
            let now = start + Duration::from_secs(second);
            if fails {
                log.extend(failures.failed(now).map(|left_out| (second, "failed", left_out)));
            } else {
                log.extend(failures.succeeded().map(|number| (second, "recovered", number)));
            }
        }
        let expected = [
            (1, "failed", 0),
            (61, "failed", 2),
            (63, "recovered", 5),
            (121, "failed", 2),
            (122, "recovered", 1),
        ];
        assert_eq!(log, expected);
    }
}
