//! Receivers are told that a series has ended.

mod known;
mod marker;
mod owed;
mod times;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Clock, Component, Deadline, Drops, ExportError, InstrumentKind, MetricBatch,
    MetricExporter, Outcome, Temporality,
};
use meterport_worker::SystemClock;

use self::known::Known;
use crate::books::in_terms_of;

/// Prometheus takes a series for ended that has not come for so long (`--query.lookback-delta`).
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// Adds a point [without a recorded value](meterport_core::Flags::NO_RECORDED_VALUE) for each series
/// that is missing in the next collection of its producer: OpenTelemetry specification,
/// `metrics/data-model.md`, "No recorded value". Remote write makes a stale marker of it, so that
/// graphs end where the series did; a scrape leaves it out.
///
/// Has the scope of a series points in a batch and the series none, it has ended. A scope that is
/// missing as a whole may have a producer that was slow or has failed: its series end when it has
/// been missing for [five minutes](Self::with_patience), as Prometheus sees it. Delta points have no
/// end.
///
/// The end is told until an export has settled it, or for five minutes; a series that comes back goes
/// on. The added points are in nobody's books, and an error does not owe them.
///
/// Where a part of a batch was settled and the rest comes again, that is no collection: nothing ends
/// by it. It is known by its size and times, so without times it is not.
///
/// A histogram's end has the bounds of its last point, a summary's the quantiles: Prometheus has a series
/// for each. What is kept is the last batch.
///
/// # Place
/// It must see whole collections, and so stands outside of everything that divides a batch or sends
/// a part of it: splits, shards, queues that let go of superseded points.
pub struct Stale<E> {
    inner: E,
    patience: Duration,
    at_shutdown: bool,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
}

impl<E: MetricExporter> Stale<E> {
    /// Tells `exporter` of series that have ended.
    pub fn new(exporter: E) -> Self {
        Self {
            inner: exporter,
            patience: PATIENCE,
            at_shutdown: false,
            clock: Arc::new(SystemClock),
            known: Mutex::default(),
        }
    }

    /// The same, ending the series of a scope that has been missing for so long; five minutes by
    /// default. For so long the end of a series is told again after a failure.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The same, ending all series at the shutdown: for what nobody will continue.
    #[must_use]
    pub fn at_shutdown(mut self) -> Self {
        self.at_shutdown = true;
        self
    }

    /// The same with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E: MetricExporter> fmt::Debug for Stale<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("Stale");
        tuple.field(&self.inner);
        if self.at_shutdown {
            tuple.field(&format_args!("at shutdown"));
        }
        tuple.finish()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<E: MetricExporter> MetricExporter for Stale<E> {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let (with_ends, ends) = {
            let wall = || self.clock.wall();
            self.known().follow(batch, self.clock.now(), self.patience, wall)
        };
        let result = self.inner.export(&with_ends, deadline).await;
        if result.is_ok() {
            self.known().settle(&ends);
        }
        let added = with_ends.points() - batch.points();
        let result = in_terms_of(batch, &with_ends, &Drops::default(), added, result);
        if let Some(rest) = result.as_ref().err().and_then(ExportError::rest) {
            self.known().owed.set(rest, batch);
        }
        result
    }

    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.inner.force_flush(deadline).await
    }

    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        if self.at_shutdown {
            let ends = self.known().end_all(self.clock.now(), self.clock.wall());
            if let Err(error) = self.inner.export(&ends, deadline).await {
                tracing::debug!(%error, "the ends of series were not delivered");
            }
        }
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
