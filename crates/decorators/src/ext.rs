use std::time::Duration;

use meterport_core::MetricExporter;

use crate::{Timeout, ToCumulative, ToDelta};

/// The decorators as methods of every exporter, `Box<dyn MetricExporter>` and
/// `Arc<dyn MetricExporter>` among them. The last call is the outermost.
pub trait ExporterExt: MetricExporter + Sized {
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
