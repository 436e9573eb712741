use std::time::Duration;

use meterport_core::MetricExporter;

use crate::{Retry, RetryPolicy, Split, Timeout, ToCumulative, ToDelta};

/// The decorators as methods of every exporter, `Box<dyn MetricExporter>` and
/// `Arc<dyn MetricExporter>` among them. The last call is the outermost.
pub trait ExporterExt: MetricExporter + Sized {
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
