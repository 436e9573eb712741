use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Clock, Component, Deadline, ExportError, InstrumentKind, MetricBatch,
    MetricExporter, Outcome, Temporality,
};
use meterport_worker::{NoTimer, SystemClock};

use crate::bounded::{bounded, no_time, no_timer};

#[cfg(test)]
mod tests;

/// Bounds every call by the smaller of its own limit and the deadline.
///
/// The exporter inside gets the earlier deadline and is expected to keep it; if it does not, its
/// call is dropped a moment later, which cancels it, and the error is a
/// [`Timeout`](meterport_core::ErrorKind::Timeout) that owes the whole batch,
/// [unconfirmed](ExportError::is_unconfirmed) and with the advice to send it again.
///
/// Inside of a `Retry` it bounds one attempt, outside of it an export with its
/// retries.
///
/// It needs the timers of a tokio runtime; elsewhere an export fails with
/// [`NoRuntime`](meterport_core::ErrorKind::NoRuntime), and flush and shutdown are left to the
/// exporter inside.
pub struct Timeout<E> {
    inner: E,
    limit: Option<Duration>,
    clock: Arc<dyn Clock>,
}

impl<E: MetricExporter> Timeout<E> {
    /// Bounds every call of `exporter` by `limit`; zero means no limit, as for
    /// `OTEL_EXPORTER_OTLP_TIMEOUT` (OpenTelemetry specification, `configuration/common.md`,
    /// "Timeout").
    pub fn new(exporter: E, limit: Duration) -> Self {
        let limit = Some(limit).filter(|limit| !limit.is_zero());
        Self { inner: exporter, limit, clock: Arc::new(SystemClock) }
    }

    /// The same with another clock than the runtime's. Waiting is always the runtime's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn earliest(&self, deadline: Deadline, now: Instant) -> Deadline {
        deadline.earliest(Deadline::within(now, self.limit))
    }

    async fn cut(
        &self,
        deadline: Deadline,
        call: impl Future<Output = Result<Outcome, ExportError>>,
    ) -> Result<Outcome, ExportError> {
        let ended = bounded(deadline, &*self.clock, call).await;
        ended.unwrap_or_else(|cut| Err(cut.error(self.inner.component())))
    }
}

impl<E: MetricExporter> fmt::Debug for Timeout<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = self.limit.unwrap_or_default();
        f.debug_tuple("Timeout").field(&self.inner).field(&limit).finish()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<E: MetricExporter> MetricExporter for Timeout<E> {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        if self.limit.is_none() && deadline == Deadline::NONE {
            return self.inner.export(batch, deadline).await;
        }
        NoTimer::check().map_err(|missing| no_timer(missing, self.inner.component()))?;
        let now = self.clock.now();
        if deadline.has_passed(now) {
            return Err(no_time(self.inner.component()));
        }
        let deadline = self.earliest(deadline, now);
        self.cut(deadline, self.inner.export(batch, deadline)).await
    }

    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        let deadline = self.earliest(deadline, self.clock.now());
        self.cut(deadline, self.inner.force_flush(deadline)).await
    }

    /// Reaches the exporter inside also when the deadline has passed.
    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        let deadline = self.earliest(deadline, self.clock.now());
        self.cut(deadline, self.inner.shutdown(deadline)).await
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
