//! Delta points become cumulative ones.

mod conversion;
mod state;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Clock, Component, Deadline, ExportError, InstrumentKind, MetricBatch,
    MetricExporter, Outcome, Temporality, TemporalitySelector,
};
use meterport_worker::SystemClock;

use self::conversion::Conversion;
use crate::books::with_dropped;
use crate::streams::Limits;

/// Makes cumulative points of delta points: for a receiver that takes cumulative ones alone, such
/// as Prometheus, behind a source that counts in deltas.
///
/// Sums of both kinds, histograms and exponential histograms are converted; gauges, summaries and
/// what is cumulative already pass as they are. Exemplars and flags stay with their points.
///
/// The algorithm is that of the OpenTelemetry specification (`metrics/data-model.md`, "Sums:
/// Delta-to-Cumulative"). The cumulative point begins where the first delta began. After a gap it
/// begins anew ([`Gaps`]); so it does where bounds of buckets have changed. A delta that is older
/// than what is known of its series, or of which a part was counted before, is
/// [`OutOfOrder`](meterport_core::DropReason::OutOfOrder); one that is given again, with the same
/// times, is not counted again. Exponential histograms of differing scales are joined at the coarser
/// one.
///
/// # State
/// One value for each series: at most [a million](Self::with_max_series), the points of others are
/// dropped for [`Cardinality`](meterport_core::DropReason::Cardinality). A series that has not come
/// for [an hour](Self::with_expiry) is forgotten; one that is missing in a batch is not.
///
/// # Errors
/// A delta has been counted as soon as it was given, whatever becomes of the export: the next
/// cumulative point holds it. An error owes cumulative points, never deltas, so that sending the
/// [rest](ExportError::rest) again is right at every place in a stack. Still the place of this
/// decorator is outside of retries and timeouts: they need not be told from new points there.
///
/// # Preference
/// It asks the source for deltas of all but up-down counters, whose sums are of no use in parts
/// (specification, `metrics/sdk_exporters/otlp.md`, preference "Delta"); what comes as cumulative
/// all the same is not touched. [`with_preference`](Self::with_preference) asks otherwise.
pub struct ToCumulative<E> {
    inner: E,
    limits: Limits,
    gaps: Gaps,
    preference: TemporalitySelector,
    clock: Arc<dyn Clock>,
    conversion: Mutex<Conversion>,
}

/// What a delta means that begins after the one before it has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a gap is either the one or the other")]
pub enum Gaps {
    /// Nothing was measured in between: the cumulative value goes on. Right for a source that
    /// leaves out what has not changed.
    Bridge,
    /// The source has begun anew, or something was lost: the cumulative value does the same, with
    /// a new start. The specification's choice.
    #[default]
    Reset,
}

impl<E: MetricExporter> ToCumulative<E> {
    /// Gives `exporter` cumulative points.
    pub fn new(exporter: E) -> Self {
        Self {
            inner: exporter,
            limits: Limits::default(),
            gaps: Gaps::default(),
            preference: TemporalitySelector::Delta,
            clock: Arc::new(SystemClock),
            conversion: Mutex::default(),
        }
    }

    /// The same with another meaning of gaps.
    #[must_use]
    pub fn with_gaps(mut self, gaps: Gaps) -> Self {
        self.gaps = gaps;
        self
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

    /// The same, asking the source for these temporalities.
    #[must_use]
    pub fn with_preference(mut self, preference: TemporalitySelector) -> Self {
        self.preference = preference;
        self
    }

    /// The same with another clock for expiry.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How many series have a value at present.
    pub fn series(&self) -> usize {
        self.conversion.lock().unwrap_or_else(PoisonError::into_inner).series()
    }
}

impl<E: MetricExporter> fmt::Debug for ToCumulative<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ToCumulative").field(&self.inner).field(&self.gaps).finish()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<E: MetricExporter> MetricExporter for ToCumulative<E> {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let is_delta = |data: Option<Temporality>| data == Some(Temporality::Delta);
        if !batch.metrics().any(|metric| is_delta(metric.data.temporality())) {
            return self.inner.export(batch, deadline).await;
        }
        let (converted, dropped) = {
            let mut conversion = self.conversion.lock().unwrap_or_else(PoisonError::into_inner);
            conversion.convert(batch, self.clock.now(), self.gaps, self.limits)
        };
        let result = self.inner.export(&converted, deadline).await;
        with_dropped(result, &dropped, &converted).map_err(|error| match error.rest() {
            Some(_) => error,
            None => error.with_rest(converted),
        })
    }

    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.inner.force_flush(deadline).await
    }

    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.inner.shutdown(deadline).await
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.preference.of(kind)
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.inner.aggregation(kind)
    }

    fn component(&self) -> &Component {
        self.inner.component()
    }
}
