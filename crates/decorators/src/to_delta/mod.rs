//! Cumulative points become delta ones, and none is lost.

mod conversion;
mod state;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Clock, Component, Deadline, ExportError, InstrumentKind, MetricBatch,
    MetricExporter, Outcome, Temporality,
};
use meterport_worker::SystemClock;
use tokio::sync::{Mutex, MutexGuard};

use self::conversion::{Conversion, Converted, is_convertible};
use crate::books::in_terms_of;
use crate::bounded::{bounded, no_time};
use crate::streams::Limits;

/// Makes delta points of cumulative ones: for a receiver that wants to add up, behind a source that
/// counts from a fixed start. What one export does not settle goes into the next.
///
/// Monotonic sums, histograms and exponential histograms are converted. Sums that may fall, gauges,
/// summaries and what is delta already pass as they are. A delta begins where the one before it
/// ended. The smallest and the largest value of a histogram are known of the whole only, and left
/// out of its deltas but the first. Exemplars are kept that are newer than the delta before.
///
/// # Nothing is lost
/// A delta counts as given only when the exporter inside has settled it. After an error, and after
/// an export whose future was dropped, what was owed is part of the next delta, which then begins
/// earlier; also across a reset of the series, and also if the series does not come any more: then
/// it is added to the next batch, a flush or the shutdown. An error owes cumulative points; to send
/// its [rest](ExportError::rest) again is right, and not needed.
///
/// As any retry, this may count twice what arrived without being
/// [confirmed](ExportError::is_unconfirmed). What a [`Queue`](crate::Queue) inside takes is settled
/// for this decorator, and what that queue drops is lost; a queue belongs outside.
///
/// # Resets
/// A value that has fallen, a start that has moved forward or bounds that have changed are a reset:
/// the new value counts from its own start, or from the last point where that is not known. The
/// first point of a series counts from its start as well. Where that is not known it is not sent
/// ([`Baseline`](meterport_core::DropReason::Baseline)): how old the counter is cannot be told.
///
/// # State
/// Two values for each series: at most [a million](Self::with_max_series), the points of others are
/// dropped for [`Cardinality`](meterport_core::DropReason::Cardinality). A series that has not come
/// for [an hour](Self::with_expiry) and is owed nothing is forgotten; one that is missing in a batch is
/// not. One that comes back after it was forgotten counts from its start again.
///
/// # Place
/// Outside of retries, splits and timeouts, inside of what observes. Exports are handed on one after
/// the other, for a delta depends on what became of the one before; waiting ends at the deadline.
///
/// It asks the source for cumulative points of every kind.
pub struct ToDelta<E> {
    inner: E,
    limits: Limits,
    clock: Arc<dyn Clock>,
    conversion: Mutex<Conversion>,
}

impl<E: MetricExporter> ToDelta<E> {
    /// Gives `exporter` delta points.
    pub fn new(exporter: E) -> Self {
        Self {
            inner: exporter,
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            conversion: Mutex::default(),
        }
    }

    /// The same for at most so many series; 1,000,000 by default.
    #[must_use]
    pub fn with_max_series(mut self, series: usize) -> Self {
        self.limits.series = series;
        self
    }

    /// The same, forgetting a series that has not come for so long; an hour by default.
    #[must_use]
    pub fn with_expiry(mut self, idle: Duration) -> Self {
        self.limits.idle = idle;
        self
    }

    /// The same with another clock for expiry and deadlines. Waiting is always the runtime's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How many series have a value at present; `None` while an export is under way.
    pub fn series(&self) -> Option<usize> {
        Some(self.conversion.try_lock().ok()?.series())
    }

    async fn turn(&self, deadline: Deadline) -> Result<MutexGuard<'_, Conversion>, ExportError> {
        let turn = bounded(deadline, &*self.clock, self.conversion.lock()).await;
        turn.map_err(|_| no_time(self.component()))
    }

    /// Exports what series owe that do not come any more. What fails stays owed.
    async fn pay(&self, deadline: Deadline) {
        let Ok(mut conversion) = self.turn(deadline).await else { return };
        if !conversion.is_owing() {
            return;
        }
        let nothing = MetricBatch::default();
        let owed = conversion.convert(&nothing, self.clock.now(), self.limits).batch;
        match self.inner.export(&owed, deadline).await {
            Ok(_) => conversion.settle(),
            Err(error) => conversion.fail(error.rest()),
        }
    }
}

impl<E: MetricExporter> fmt::Debug for ToDelta<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ToDelta").field(&self.inner).finish()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<E: MetricExporter> MetricExporter for ToDelta<E> {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        if !batch.metrics().any(|metric| is_convertible(&metric.data)) {
            return self.inner.export(batch, deadline).await;
        }
        let mut conversion = self.turn(deadline).await?;
        let converted = conversion.convert(batch, self.clock.now(), self.limits);
        let result = self.inner.export(&converted.batch, deadline).await;
        match &result {
            Ok(_) => conversion.settle(),
            Err(error) => conversion.fail(error.rest()),
        }
        drop(conversion);
        let Converted { batch: inner, dropped, added } = &converted;
        in_terms_of(batch, inner, dropped, *added, result)
    }

    /// Exports first what series owe that do not come any more.
    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.pay(deadline).await;
        self.inner.force_flush(deadline).await
    }

    /// Exports first what is owed.
    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.pay(deadline).await;
        self.inner.shutdown(deadline).await
    }

    fn temporality(&self, _: InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.inner.aggregation(kind)
    }

    fn component(&self) -> &Component {
        self.inner.component()
    }
}
