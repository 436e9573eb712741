//! A cap on the series of a metric.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use meterport_core::{
    Aggregation, AttributeSet, Clock, Component, Deadline, DropReason, Drops, ExportError,
    InstrumentKind, Metric, MetricBatch, MetricData, MetricExporter, Outcome, Series, Temporality,
};
use meterport_worker::SystemClock;

use crate::books::with_joined;
use crate::merge::{Groups, join, merge};
use crate::streams::{
    Kept, Limits, MetricKey, NO_SLOT, ScopeKey, SeriesIn, Streams, Sweeps, sources,
};

/// The specification's default (`metrics/sdk.md`, "Cardinality limits").
const DEFAULT_LIMIT: usize = 2_000;

/// Caps the series of each metric. The points of further series become one, whose only attribute is
/// `otel.metric.overflow` (OpenTelemetry specification, `metrics/sdk.md`, "Overflow attribute"); it
/// counts to the limit.
///
/// The series that came first are those that stay, until they have not come for an hour. Memory is
/// bounded by the limit, whatever comes. The points that went into the overflow are in the books as
/// [`Merged`](DropReason::Merged); summaries have no sum and are dropped for
/// [`Cardinality`](DropReason::Cardinality), histograms with other bounds for
/// [`Conflict`](DropReason::Conflict).
///
/// Among cumulative points the overflow falls when a series ends that was in it, which receivers
/// take for a reset.
pub struct CardinalityLimit<E> {
    inner: E,
    limit: usize,
    idle: Duration,
    clock: Arc<dyn Clock>,
    attributes: AttributeSet,
    overflow: Series,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    admitted: Streams<Kept<()>>,
    sweeps: Sweeps,
}

impl<E: MetricExporter> CardinalityLimit<E> {
    /// Gives `exporter` at most `limit` series of each metric; zero means the specification's
    /// default of 2,000.
    pub fn new(exporter: E, limit: usize) -> Self {
        let attributes = AttributeSet::from([("otel.metric.overflow", true)]);
        Self {
            inner: exporter,
            limit: if limit == 0 { DEFAULT_LIMIT } else { limit },
            idle: Limits::default().idle,
            clock: Arc::new(SystemClock),
            overflow: [attributes.clone()].into_iter().collect(),
            attributes,
            state: Mutex::default(),
        }
    }

    /// The same, giving the place of a series to another when it has not come for so long; an hour
    /// by default.
    #[must_use]
    pub fn with_expiry(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// The same with another clock for expiry.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The batch within the limit, or `None` if it was.
    fn limited(&self, batch: &MetricBatch, now: Instant) -> Option<(MetricBatch, Drops)> {
        let mut dropped = Drops::default();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { admitted, sweeps } = &mut *state;
        let limits = Limits { series: self.limit, idle: self.idle };
        if sweeps.is_due(now, limits) {
            admitted.forget_idle(now, limits);
        }
        let mut exceeds = false;
        let limited = batch.map_metrics(|resource, scope, metric| {
            let kept = admitted.metric(ScopeKey::new(resource, scope), metric);
            let mut room = (self.limit - 1).saturating_sub(kept.slots.len());
            let slots = kept.slots.resolve(metric.data.series(), &mut room);
            let mut over = 0;
            for slot in &slots {
                let place = kept.visit(*slot, now, |known| ((), known.is_none().then_some(())));
                over += usize::from(place.is_none());
            }
            if over == 0 {
                return Some(metric.clone());
            }
            exceeds = true;
            // The source may have an overflow of its own.
            let sets = metric.data.series().iter().zip(&slots);
            let is_beyond: Vec<_> = sets
                .map(|(attributes, slot)| *slot == NO_SLOT || *attributes == self.attributes)
                .collect();
            let within = metric.data.filter_rows(|row| !is_beyond[row]);
            let beyond = metric.data.filter_rows(|row| is_beyond[row]);
            let data = match self.overflow(&beyond, &mut dropped) {
                Some(overflow) => join(&within, &overflow),
                None => within,
            };
            Some(Metric { descriptor: Arc::clone(&metric.descriptor), data })
        });
        exceeds.then_some((limited, dropped))
    }

    /// What of the batch has become that rest of what was sent.
    fn sources(&self, batch: &MetricBatch, sent: &MetricBatch, rest: &MetricBatch) -> MetricBatch {
        let sent = SeriesIn::new(sent);
        sources(batch, rest, |resource, scope, metric| {
            let sets = sent.of(&ScopeKey::new(resource, scope), &MetricKey::new(metric))?;
            let place = |attributes| {
                let is_sent = sets.contains(attributes);
                if is_sent { attributes } else { &self.attributes }.clone()
            };
            let series = metric.data.series().iter().map(place).collect();
            let data = metric.data.with_series(series).ok()?;
            Some(Metric { descriptor: Arc::clone(&metric.descriptor), data })
        })
    }

    /// One point for all.
    fn overflow(&self, beyond: &MetricData, dropped: &mut Drops) -> Option<MetricData> {
        if let MetricData::Summary(data) = beyond {
            dropped.add(DropReason::Cardinality, data.points.len() as u64);
            return None;
        }
        let all = merge(beyond, &Groups::one(beyond.len(), |_| true), dropped);
        all.with_series(self.overflow.clone()).ok()
    }
}

impl<E: MetricExporter> fmt::Debug for CardinalityLimit<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CardinalityLimit").field(&self.inner).field(&self.limit).finish()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<E: MetricExporter> MetricExporter for CardinalityLimit<E> {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        match self.limited(batch, self.clock.now()) {
            None => self.inner.export(batch, deadline).await,
            Some((limited, dropped)) => {
                with_joined(self.inner.export(&limited, deadline).await, &dropped, |rest| {
                    self.sources(batch, &limited, rest)
                })
            }
        }
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
