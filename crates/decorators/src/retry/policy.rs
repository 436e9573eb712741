use std::time::Duration;

/// When a [`Retry`](crate::Retry) sends again.
///
/// The intervals are those of the OpenTelemetry exporters for Go: 5 s at first, 30 s at most, a
/// minute in all. Each is the upper end of a delay that is drawn from zero on (full jitter), also
/// once the intervals have stopped growing; [`jitter`](Self::jitter) has less of it drawn.
///
/// ```
/// use std::time::Duration;
/// use meterport_decorators::RetryPolicy;
///
/// let policy = RetryPolicy::default()
///     .with_initial_interval(Duration::from_secs(1))
///     .with_max_attempts(Some(5));
/// assert_eq!(policy.max_interval, Duration::from_secs(30));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Whether anything is sent again at all; `true` by default.
    pub enabled: bool,
    /// The longest delay before the second attempt; 5 s by default.
    pub initial_interval: Duration,
    /// How much longer each interval is than the one before; 1.5 by default. Less than 1 counts
    /// as 1.
    pub multiplier: f64,
    /// The longest that an interval becomes; 30 s by default.
    pub max_interval: Duration,
    /// How much of each delay is drawn, from 0 to 1; 1 by default, which spreads a fleet best. With
    /// less, delays grow from failure to failure, as remote write asks of its senders.
    pub jitter: f64,
    /// After how long no further attempt begins; a minute by default. `None` leaves it to the
    /// deadline, and so does zero.
    pub max_elapsed: Option<Duration>,
    /// The most attempts of one export; no limit by default.
    pub max_attempts: Option<u32>,
    /// The most that is waited because the other side asked for it; a minute by default. What it
    /// asks for beyond that is not believed.
    pub max_server_delay: Duration,
    /// What all exports together may send again; `None` is no limit.
    pub budget: Option<RetryBudget>,
}

/// How much of the traffic may be repetitions, so that a long outage is not made worse.
///
/// Each export earns `ratio` of a repetition, up to `reserve` of them, with which it begins. Once
/// the reserve is spent, there are `1 + ratio` requests for each export.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct RetryBudget {
    /// What an export earns, in repetitions; 0.1 by default.
    pub ratio: f64,
    /// The most that is saved up, in repetitions; 20 by default.
    pub reserve: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            initial_interval: Duration::from_secs(5),
            multiplier: 1.5,
            max_interval: Duration::from_secs(30),
            jitter: 1.0,
            max_elapsed: Some(Duration::from_secs(60)),
            max_attempts: None,
            max_server_delay: Duration::from_secs(60),
            budget: Some(RetryBudget::default()),
        }
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self { ratio: 0.1, reserve: 20 }
    }
}

impl RetryBudget {
    /// `ratio` of a repetition for each export, at most `reserve` saved up.
    pub fn new(ratio: f64, reserve: u32) -> Self {
        Self { ratio, reserve }
    }
}

impl RetryPolicy {
    /// Sends nothing again.
    pub fn disabled() -> Self {
        Self { enabled: false, ..Self::default() }
    }

    /// The same with another first interval.
    #[must_use]
    pub fn with_initial_interval(mut self, interval: Duration) -> Self {
        self.initial_interval = interval;
        self
    }

    /// The same with another factor from interval to interval.
    #[must_use]
    pub fn with_multiplier(mut self, multiplier: f64) -> Self {
        self.multiplier = multiplier;
        self
    }

    /// The same with another longest interval.
    #[must_use]
    pub fn with_max_interval(mut self, interval: Duration) -> Self {
        self.max_interval = interval;
        self
    }

    /// The same with another part of each delay that is drawn: 0.1 leaves delays of 90 to 100 % of
    /// their intervals.
    #[must_use]
    pub fn with_jitter(mut self, jitter: f64) -> Self {
        self.jitter = jitter;
        self
    }

    /// The same with another time after which no attempt begins.
    #[must_use]
    pub fn with_max_elapsed(mut self, elapsed: Option<Duration>) -> Self {
        self.max_elapsed = elapsed;
        self
    }

    /// The same with another number of attempts.
    #[must_use]
    pub fn with_max_attempts(mut self, attempts: Option<u32>) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The same with another longest delay that the other side may ask for.
    #[must_use]
    pub fn with_max_server_delay(mut self, delay: Duration) -> Self {
        self.max_server_delay = delay;
        self
    }

    /// The same with another budget.
    #[must_use]
    pub fn with_budget(mut self, budget: Option<RetryBudget>) -> Self {
        self.budget = budget;
        self
    }

    /// The upper end of the delay behind the failure `number`, from 1.
    pub(super) fn interval(&self, number: u32) -> Duration {
        scaled(self.initial_interval, self.growth(number)).min(self.max_interval)
    }

    /// The part of an interval that is waited, of what was drawn.
    pub(super) fn part(&self, drawn: f64) -> f64 {
        // NaN draws nothing.
        let jitter = if self.jitter > 0.0 { self.jitter.min(1.0) } else { 0.0 };
        1.0 - jitter * (1.0 - drawn)
    }

    /// How much longer the interval `number` is than the first.
    pub(super) fn growth(&self, number: u32) -> f64 {
        let exponent = i32::try_from(number.saturating_sub(1)).unwrap_or(i32::MAX);
        // `max` also turns NaN into 1.
        self.multiplier.max(1.0).powi(exponent)
    }
}

/// `duration` so many times, as far as there are durations.
pub(super) fn scaled(duration: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}
