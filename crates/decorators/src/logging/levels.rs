use std::time::Duration;

use tracing::Level;

/// What a [`Logging`](crate::Logging) says at which level; `None` is never.
///
/// ```
/// use meterport_decorators::LogLevels;
/// use tracing::Level;
///
/// let levels = LogLevels::default().with_success(Some(Level::INFO)).with_repeat(None);
/// assert_eq!(levels.failure, Some(Level::WARN));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogLevels {
    /// An export that was answered; `DEBUG` by default.
    pub success: Option<Level>,
    /// The first failure, and one in a while when it lasts: an error, or points that were rejected
    /// or given up; `WARN` by default.
    pub failure: Option<Level>,
    /// The failures in between; `DEBUG` by default.
    pub repeat: Option<Level>,
    /// The first export behind a failure that went well; `INFO` by default.
    pub recovery: Option<Level>,
    /// How long a failure that lasts is not told of again at its own level; a minute by default.
    pub quiet: Duration,
}

impl Default for LogLevels {
    fn default() -> Self {
        Self {
            success: Some(Level::DEBUG),
            failure: Some(Level::WARN),
            repeat: Some(Level::DEBUG),
            recovery: Some(Level::INFO),
            quiet: Duration::from_secs(60),
        }
    }
}

impl LogLevels {
    /// The same with another level for exports that were answered.
    #[must_use]
    pub fn with_success(mut self, level: Option<Level>) -> Self {
        self.success = level;
        self
    }

    /// The same with another level for failures.
    #[must_use]
    pub fn with_failure(mut self, level: Option<Level>) -> Self {
        self.failure = level;
        self
    }

    /// The same with another level for failures that are repeated.
    #[must_use]
    pub fn with_repeat(mut self, level: Option<Level>) -> Self {
        self.repeat = level;
        self
    }

    /// The same with another level for recoveries.
    #[must_use]
    pub fn with_recovery(mut self, level: Option<Level>) -> Self {
        self.recovery = level;
        self
    }

    /// The same with another time between two lines on one failure.
    #[must_use]
    pub fn with_quiet(mut self, quiet: Duration) -> Self {
        self.quiet = quiet;
        self
    }
}
