use std::time::{Duration, Instant};

/// One line in this time at most while a failure lasts.
const QUIET: Duration = Duration::from_secs(60);

/// Decides which failures of one kind become a log line: the first, then one a minute with the
/// number of those left out, then the recovery if the failure was told of.
#[derive(Debug, Default)]
pub(crate) struct Topic {
    last_line: Option<Instant>,
    /// Failures since the last line.
    suppressed: u64,
    /// Failures since the last success.
    failures: u64,
    /// Whether a line told of the present failure.
    told: bool,
}

impl Topic {
    /// A failure: `Some(failures left out since the last line)` if it should be told of.
    pub(crate) fn failed(&mut self, now: Instant) -> Option<u64> {
        self.failures += 1;
        let quiet = self.last_line.is_some_and(|last| now.saturating_duration_since(last) < QUIET);
        if quiet {
            self.suppressed += 1;
            return None;
        }
        self.last_line = Some(now);
        self.told = true;
        Some(std::mem::take(&mut self.suppressed))
    }

    /// A success: `Some(failures before it)` if it should be told of as a recovery.
    pub(crate) fn succeeded(&mut self) -> Option<u64> {
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
        let mut topic = Topic::default();
        let mut log = Vec::new();
        // Second, whether it fails.
        let events = [(0, false), (1, true), (2, true), (31, true), (61, true), (62, true)]
            .into_iter()
            // Flapping: the second failure is not told of, so its end is not either.
            .chain([(63, false), (64, false), (65, true), (66, false), (121, true), (122, false)]);
        for (second, fails) in events {
            let now = start + Duration::from_secs(second);
            if fails {
                log.extend(topic.failed(now).map(|left_out| (second, "failed", left_out)));
            } else {
                log.extend(topic.succeeded().map(|failures| (second, "recovered", failures)));
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
