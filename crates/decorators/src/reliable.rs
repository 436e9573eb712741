use std::time::Duration;

use meterport_core::MetricExporter;

use crate::{ExporterExt, LogLevels, Logging, Retry, RetryPolicy, Split, Timeout};

/// The stack that most people want: see [`Reliability`].
pub type Reliable<E> = Logging<Split<Timeout<Retry<Timeout<E>>>>>;

/// The settings of [`reliable`](ExporterExt::reliable): a timeout for each attempt, retries, a
/// timeout for both, pieces, and a log, from the inside out.
///
/// ```
/// use std::time::Duration;
/// use meterport_decorators::{Reliability, RetryPolicy};
///
/// let settings = Reliability::default()
///     .with_timeout(Duration::from_secs(30))
///     .with_retry(RetryPolicy::default().with_max_attempts(Some(5)));
/// assert_eq!(settings.attempt_timeout(), Duration::from_secs(10));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Reliability {
    /// How long the export of one piece may take with its retries: 10 s by default, zero for no
    /// limit. It is what `OTEL_EXPORTER_OTLP_TIMEOUT` sets (OpenTelemetry specification,
    /// `protocol/exporter.md`: "the maximum time the OTLP exporter will wait for each batch export").
    pub timeout: Duration,
    /// How long one attempt may take; `None` (default) is a third of `timeout`, so that a connection
    /// that hangs leaves time for two more. Zero is no limit.
    pub attempt: Option<Duration>,
    /// When to send again; OpenTelemetry's intervals by default.
    pub retry: RetryPolicy,
    /// The points of a request at most: 8,192 by default.
    pub max_points: u64,
    /// What is said in the log.
    pub log: LogLevels,
}

impl Default for Reliability {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            attempt: None,
            retry: RetryPolicy::default(),
            max_points: Split::<Box<dyn MetricExporter>>::MAX_POINTS,
            log: LogLevels::default(),
        }
    }
}

impl Reliability {
    /// The same with another limit for an export with its retries.
    #[must_use]
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// The same with another limit for an attempt.
    #[must_use]
    pub fn with_attempt(mut self, limit: Option<Duration>) -> Self {
        self.attempt = limit;
        self
    }

    /// The same with another policy of retries.
    #[must_use]
    pub fn with_retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// The same with another number of points in a request.
    #[must_use]
    pub fn with_max_points(mut self, points: u64) -> Self {
        self.max_points = points;
        self
    }

    /// The same with other levels in the log.
    #[must_use]
    pub fn with_log(mut self, levels: LogLevels) -> Self {
        self.log = levels;
        self
    }

    /// How long one attempt may take; zero for no limit.
    pub fn attempt_timeout(&self) -> Duration {
        self.attempt.unwrap_or(self.timeout / 3)
    }

    /// The stack around `exporter`.
    pub fn wrap<E: MetricExporter>(self, exporter: E) -> Reliable<E> {
        let attempt = self.attempt_timeout();
        exporter
            .timeout(attempt)
            .retry(self.retry)
            .timeout(self.timeout)
            .split(self.max_points)
            .logging()
            .with_levels(self.log)
    }
}

#[cfg(test)]
mod tests {
    use meterport_core::Deadline;
    use meterport_testkit::conformance::tagged;
    use meterport_testkit::{Answer, ScriptedExporter};
    use tokio::time::Instant;

    use super::*;

    #[test]
    fn the_stack_reads_from_the_inside_out() {
        let text = format!("{:?}", ScriptedExporter::new("inner").reliable());
        let begin = "Logging(Split(Timeout(Retry(Timeout(ScriptedExporter { name: \"inner\", .. }, \
                     3.333333333s), RetryPolicy {";
        assert!(text.starts_with(begin), "{text}");
        assert!(text.contains("), 10s), 8192), LogLevels {"), "{text}");
    }

    /// A connection that hangs is cut three times within the limit of the whole.
    #[tokio::test(start_paused = true)]
    async fn three_attempts_of_what_hangs_fit() {
        let begin = Instant::now();
        let inner = ScriptedExporter::new("inner");
        inner.default_answer(Answer::Hang);
        let result = inner.clone().reliable().export(&tagged("hangs", 5), Deadline::NONE).await;
        assert!(begin.elapsed() <= Duration::from_secs(10), "{:?}", begin.elapsed());
        let error = result.unwrap_err();
        assert_eq!((inner.calls().len(), error.is_unconfirmed()), (3, true));
        assert_eq!(error.into_outcome(5).points(), 5);
    }

    /// The limit is that of each piece, as the specification's is that of each request.
    #[tokio::test(start_paused = true)]
    async fn many_pieces_take_longer_than_one() {
        let inner = ScriptedExporter::new("inner");
        inner.default_answer(Answer::DeliverAfter(Duration::from_secs(3)));
        let settings = Reliability::default().with_max_points(10);
        let stack = inner.clone().reliable_with(settings);
        let books = stack.export(&tagged("pieces", 100), Deadline::NONE).await.unwrap();
        assert_eq!((books.delivered, books.attempts), (100, 10));
    }
}
