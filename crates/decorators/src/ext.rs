use std::num::NonZeroU16;
use std::time::Duration;

use meterport_core::MetricExporter;

use crate::{
    BreakerPolicy, CardinalityLimit, CircuitBreaker, Fallback, Filter, FilterRules, Instrumented,
    Logging, MembersError, Multi, Queue, QueueSettings, Relabel, RelabelRules, Reliability,
    Reliable, Retry, RetryPolicy, Shard, Split, Stale, Timeout, ToCumulative, ToDelta,
};

/// The decorators as methods of every exporter, `Box<dyn MetricExporter>` and
/// `Arc<dyn MetricExporter>` among them. The last call is the outermost.
pub trait ExporterExt: MetricExporter + Sized {
    /// Gives it at most so many series of each metric: see [`CardinalityLimit`].
    fn cardinality_limit(self, limit: usize) -> CardinalityLimit<Self> {
        CardinalityLimit::new(self, limit)
    }

    /// Leaves it alone for a while after failures: see [`CircuitBreaker`].
    fn circuit_breaker(self, policy: BreakerPolicy) -> CircuitBreaker<Self> {
        CircuitBreaker::new(self, policy)
    }

    /// Gives to `secondary` what this cannot deliver: see [`Fallback`].
    ///
    /// # Errors
    /// The two disagree on the temporality or aggregation of some kind of instrument.
    fn fallback(self, secondary: impl MetricExporter) -> Result<Fallback<Self>, MembersError> {
        Fallback::new(self, secondary)
    }

    /// Keeps the books of all exports, and measures them: see [`Instrumented`].
    fn instrumented(self) -> Instrumented<Self> {
        Instrumented::new(self)
    }

    /// Tells in the log what becomes of each export: see [`Logging`].
    fn logging(self) -> Logging<Self> {
        Logging::new(self)
    }

    /// Gives each batch to `other` too: see [`Multi`].
    ///
    /// # Errors
    /// The two disagree on the temporality or aggregation of some kind of instrument.
    fn multi(self, other: impl MetricExporter) -> Result<Multi, MembersError> {
        let first: Box<dyn MetricExporter> = Box::new(self);
        Multi::new([first])?.multi(other)
    }

    /// The stack that most people want: timeouts, retries, pieces and a log, with the
    /// specification's limits. See [`Reliability`].
    fn reliable(self) -> Reliable<Self> {
        self.reliable_with(Reliability::default())
    }

    /// As [`reliable`](Self::reliable), with settings of one's own.
    fn reliable_with(self, settings: Reliability) -> Reliable<Self> {
        settings.wrap(self)
    }

    /// Leaves out points: see [`Filter`].
    fn filter(self, rules: FilterRules) -> Filter<Self> {
        Filter::new(self, rules)
    }

    /// Holds batches for it in memory while it is slow or away: see [`Queue`].
    fn queue(self, settings: QueueSettings) -> Queue<Self> {
        Queue::new(self, settings)
    }

    /// Changes attributes and names of metrics: see [`Relabel`].
    fn relabel(self, rules: RelabelRules) -> Relabel<Self> {
        Relabel::new(self, rules)
    }

    /// Exports in so many blocks at once: see [`Shard`].
    fn shard(self, blocks: NonZeroU16) -> Shard<Self> {
        Shard::new(self, blocks)
    }

    /// Tells it of series that have ended: see [`Stale`].
    fn stale(self) -> Stale<Self> {
        Stale::new(self)
    }

    /// Sends again what fails and may be sent again: see [`Retry`].
    fn retry(self, policy: RetryPolicy) -> Retry<Self> {
        Retry::new(self, policy)
    }

    /// Sends in pieces of at most `max_points` points, and of as few as are taken: see [`Split`].
    fn split(self, max_points: u64) -> Split<Self> {
        Split::new(self, max_points)
    }

    /// Bounds every call by `limit`: see [`Timeout`].
    fn timeout(self, limit: Duration) -> Timeout<Self> {
        Timeout::new(self, limit)
    }

    /// Gives it cumulative points for delta ones: see [`ToCumulative`].
    fn to_cumulative(self) -> ToCumulative<Self> {
        ToCumulative::new(self)
    }

    /// Gives it delta points for cumulative ones: see [`ToDelta`].
    fn to_delta(self) -> ToDelta<Self> {
        ToDelta::new(self)
    }
}

impl<E: MetricExporter> ExporterExt for E {}
