//! Points that are not wanted are left out.

mod rules;
mod selector;
use std::fmt;

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Component, Deadline, Drops, ExportError, InstrumentKind, MemoKey, MetricBatch,
    MetricExporter, Outcome, Temporality,
};

use crate::books::with_dropped;
use crate::identity::Identity;

pub use self::rules::FilterRules;
pub use self::selector::Selector;

/// Leaves out points: by the name of metric or scope, by attributes, or as a function says.
///
/// What is left out is in the books as [`Filtered`](meterport_core::DropReason::Filtered). A batch
/// of which everything stays is handed on as it is, with all that is remembered of it; of another
/// one the result is remembered in it, for a second attempt. Attributes are looked at once in the
/// life of a series.
///
/// To leave out attributes, see [`Relabel`](crate::Relabel).
pub struct Filter<E> {
    inner: E,
    rules: FilterRules,
    identity: Identity,
}

impl<E: MetricExporter> Filter<E> {
    /// Gives `exporter` the points that stay by these rules.
    pub fn new(exporter: E, rules: FilterRules) -> Self {
        Self { inner: exporter, rules, identity: Identity::new() }
    }
}

impl<E: MetricExporter> fmt::Debug for Filter<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&self.inner).field(&self.rules).finish()
    }
}

#[derive(Clone, PartialEq, Eq)]
struct KeptKey(Identity);

impl MemoKey for KeptKey {
    type Value = (MetricBatch, Drops);
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<E: MetricExporter> MetricExporter for Filter<E> {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let key = KeptKey(self.identity);
        let kept = batch.memo().remember(&key, || {
            let (kept, dropped) = self.rules.apply(self.identity, batch);
            // A batch must not hold itself.
            if dropped.total() == 0 { Default::default() } else { (kept, dropped) }
        });
        let (kept, dropped) = &*kept;
        if dropped.total() == 0 {
            return self.inner.export(batch, deadline).await;
        }
        with_dropped(self.inner.export(kept, deadline).await, dropped, kept)
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
