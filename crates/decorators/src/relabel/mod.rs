//! Names and attributes are changed on the way.

mod derived;
mod rules;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Component, Deadline, Descriptor, Drops, ExportError, InstrumentKind, MemoKey,
    Metric, MetricBatch, MetricExporter, Outcome, Temporality,
};

use self::derived::{Plan, derived};
use crate::books::with_joined;
use crate::identity::Identity;
use crate::merge::merge;
use crate::streams::{ScopeKey, Streams, sources};

pub use self::rules::RelabelRules;

/// Changes attributes and the names of metrics: external labels, other keys, fewer attributes.
///
/// Points that become the same series are made one: sums and histograms are added up, of gauges the
/// newest stays, exponential histograms are joined at the coarser scale. The others are in the books
/// as [`Merged`](meterport_core::DropReason::Merged). What has no sum is a
/// [`Conflict`](meterport_core::DropReason::Conflict) and left out: a second summary, a histogram of
/// other bounds.
///
/// Attributes are changed once in the life of a series, and encoders remember them as those of any
/// other. The result of a batch is remembered in it, for a second attempt.
///
/// An error owes points as they came, all that were made one with one that is owed. So a retry may
/// stand outside too, and another exporter gets them unchanged.
pub struct Relabel<E> {
    inner: E,
    rules: RelabelRules,
    identity: Identity,
    plans: Mutex<Plans>,
}

#[derive(Default)]
struct Plans {
    streams: Streams<Plan>,
    round: u64,
}

/// Plans of metrics that have not come for so many batches are forgotten.
const FORGET_AFTER: u64 = 64;

impl<E: MetricExporter> Relabel<E> {
    /// Gives `exporter` what these rules make of the points.
    pub fn new(exporter: E, rules: RelabelRules) -> Self {
        Self { inner: exporter, rules, identity: Identity::new(), plans: Mutex::default() }
    }

    /// The metric with its new name, as many rows as before with their new attributes, and which steps
    /// those took, if any.
    fn row_by_row(&self, metric: &Metric) -> (Metric, Option<Arc<[bool]>>) {
        let name = self.rules.name(&metric.descriptor.name);
        let descriptor = match &name {
            None => Arc::clone(&metric.descriptor),
            Some(name) => {
                let descriptor = Descriptor::clone(&metric.descriptor);
                Arc::new(Descriptor { name: Arc::clone(name), ..descriptor })
            }
        };
        let Some(steps) = self.rules.steps(&descriptor.name) else {
            return (Metric { descriptor, data: metric.data.clone() }, None);
        };
        let series = derived(self.identity, &self.rules, &steps, metric.data.series());
        // As many rows as before.
        let data = metric.data.with_series(series).unwrap_or_else(|_| metric.data.clone());
        (Metric { descriptor, data }, Some(steps))
    }

    fn apply(&self, batch: &MetricBatch) -> (MetricBatch, Drops) {
        let mut dropped = Drops::default();
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let Plans { streams, round } = &mut *plans;
        *round += 1;
        let relabelled = batch.map_metrics(|resource, scope, metric| {
            let (mut relabelled, steps) = self.row_by_row(metric);
            let Some(steps) = steps else { return Some(relabelled) };
            let plan = streams.metric(ScopeKey::new(resource, scope), metric);
            plan.round = *round;
            let (source, series) = (metric.data.series(), relabelled.data.series());
            if let Some(groups) = plan.groups(source, &steps, series) {
                relabelled.data = merge(&relabelled.data, &groups, &mut dropped);
            }
            Some(relabelled)
        });
        if *round % FORGET_AFTER == 0 {
            streams.retain(|plan| plan.round + FORGET_AFTER > *round);
        }
        (relabelled, dropped)
    }
}

impl<E: MetricExporter> fmt::Debug for Relabel<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Relabel").field(&self.inner).field(&self.rules).finish()
    }
}

#[derive(Clone, PartialEq, Eq)]
struct RelabelledKey(Identity);

impl MemoKey for RelabelledKey {
    type Value = (MetricBatch, Drops);
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<E: MetricExporter> MetricExporter for Relabel<E> {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let key = RelabelledKey(self.identity);
        let relabelled = batch.memo().remember(&key, || self.apply(batch));
        let (relabelled, dropped) = &*relabelled;
        with_joined(self.inner.export(relabelled, deadline).await, dropped, |rest| {
            sources(batch, rest, |_, _, metric| Some(self.row_by_row(metric).0))
        })
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
