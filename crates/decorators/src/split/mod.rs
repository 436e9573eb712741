mod plan;
mod run;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Clock, Component, Deadline, ExportError, InstrumentKind, MetricBatch,
    MetricExporter, Outcome, Temporality,
};
use meterport_worker::SystemClock;

use plan::Sizes;
use run::Run;

/// Sends a batch in pieces: of so many points at most, and of as few as the exporter inside takes.
///
/// - Pieces are cut between points; resource, scope and metric stand in each that has a point of
///   theirs. A batch within the limit goes through as it is, with the encodings it remembers.
/// - What is [`TooLarge`](meterport_core::ErrorKind::TooLarge), by the transport's own limit or the
///   server's, is cut in proportion and sent again, down to the one point that is too large alone:
///   it is dropped as [`TooLarge`](meterport_core::DropReason::TooLarge), and named in the
///   outcome's [message](Outcome::message) and in a warning of `tracing`. What is learnt of sizes
///   and limits holds for the batches behind.
/// - Pieces go one after the other, so that order holds and one failure is not many. An error ends
///   the export, and its [`rest`](ExportError::rest) is what was not delivered, in one run. Only a
///   piece that is refused for good does not keep the others from being sent.
/// - Between pieces the task yields, and no piece begins that would probably not be encoded in time.
///   That bounds the work of one poll, which is what makes a deadline true.
///
/// It belongs outside of a `Retry`: each piece is a request, retried alone, and what was delivered is
/// never sent again.
pub struct Split<E> {
    inner: E,
    max_points: u64,
    sizes: Mutex<Sizes>,
    clock: Arc<dyn Clock>,
}

impl<E: MetricExporter> Split<E> {
    /// The points of a piece, unless one chooses otherwise: 8,192.
    pub const MAX_POINTS: u64 = 8_192;

    /// Sends to `exporter` in pieces of at most `max_points` points, at least one.
    pub fn new(exporter: E, max_points: u64) -> Self {
        let (max_points, sizes) = (max_points.max(1), Mutex::default());
        Self { inner: exporter, max_points, sizes, clock: Arc::new(SystemClock) }
    }

    /// The same with another clock than the runtime's. Waiting is always the runtime's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn sizes(&self) -> Sizes {
        *self.sizes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, sizes: Sizes) {
        *self.sizes.lock().unwrap_or_else(PoisonError::into_inner) = sizes;
    }
}

impl<E: MetricExporter> fmt::Debug for Split<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Split").field(&self.inner).field(&self.max_points).finish()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<E: MetricExporter> MetricExporter for Split<E> {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let mut run = Run::new(self, batch, deadline);
        while run.send_next().await {}
        run.end()
    }

    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.inner.force_flush(deadline).await
    }

    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.inner.shutdown(deadline).await
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.inner.temporality(kind)
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.inner.aggregation(kind)
    }

    fn component(&self) -> &Component {
        self.inner.component()
    }
}
