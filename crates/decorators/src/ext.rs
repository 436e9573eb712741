use std::time::Duration;

use meterport_core::MetricExporter;

use crate::Timeout;

/// The decorators as methods of every exporter, `Box<dyn MetricExporter>` and
/// `Arc<dyn MetricExporter>` among them. The last call is the outermost.
pub trait ExporterExt: MetricExporter + Sized {
    /// Bounds every call by `limit`: see [`Timeout`].
    fn timeout(self, limit: Duration) -> Timeout<Self> {
        Timeout::new(self, limit)
    }
}

impl<E: MetricExporter> ExporterExt for E {}
