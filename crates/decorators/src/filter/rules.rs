use meterport_core::{
    AttributeSet, DropReason, Drops, MemoKey, Metric, MetricBatch, ResourceMetrics, ScopeMetrics,
    SeriesChunk,
};

use super::selector::{Judge, Selector};
use crate::identity::Identity;

/// Which points stay: those that one of the `keep` selectors means, or all if there is none, but
/// those that a `drop` selector means.
///
/// ```
/// use meterport_decorators::{FilterRules, Selector};
///
/// let rules = FilterRules::new()
///     .keep(Selector::metric("http.*"))
///     .drop(Selector::attribute("http.route", "/health*"));
/// # let _ = rules;
/// ```
#[derive(Clone, Debug, Default)]
pub struct FilterRules {
    keep: Vec<Selector>,
    drop: Vec<Selector>,
}

impl FilterRules {
    /// All points stay.
    pub fn new() -> Self {
        Self::default()
    }

    /// These points stay, and no others but those of further calls.
    #[must_use]
    pub fn keep(mut self, selector: Selector) -> Self {
        self.keep.push(selector);
        self
    }

    /// These points go, whatever else means them.
    #[must_use]
    pub fn drop(mut self, selector: Selector) -> Self {
        self.drop.push(selector);
        self
    }

    /// The points that stay, and how many those are that go.
    pub(super) fn apply(&self, identity: Identity, batch: &MetricBatch) -> (MetricBatch, Drops) {
        let mut dropped = 0;
        let kept = batch.map_metrics(|resource, scope, metric| {
            let kept = self.points(identity, resource, scope, metric);
            let after = kept.as_ref().map_or(0, |kept| kept.data.len());
            dropped += (metric.data.len() - after) as u64;
            kept
        });
        let mut drops = Drops::default();
        drops.add(DropReason::Filtered, dropped);
        (kept, drops)
    }

    fn points(
        &self,
        identity: Identity,
        resource: &ResourceMetrics,
        scope: &ScopeMetrics,
        metric: &Metric,
    ) -> Option<Metric> {
        let selectors = || self.keep.iter().chain(&self.drop);
        let admitted: Vec<_> = selectors().map(|selector| selector.admits(scope, metric)).collect();
        let (keep, drop) = admitted.split_at(self.keep.len());
        if (!self.keep.is_empty() && !keep.contains(&true)) || metric.data.is_empty() {
            return None;
        }
        let looks_closer =
            |selector: &Selector| selector.has_conditions() || selector.judge().is_some();
        let relevant = || selectors().zip(&admitted).filter(|entry| *entry.1);
        let keeps_whole = self.keep.is_empty()
            || self
                .keep
                .iter()
                .zip(keep)
                .any(|(selector, admits)| *admits && !looks_closer(selector));
        if self.drop.iter().zip(drop).any(|(selector, admits)| *admits && !looks_closer(selector)) {
            return None;
        }
        if keeps_whole && !drop.contains(&true) {
            return Some(metric.clone());
        }
        let by_attributes = relevant().any(|(selector, _)| selector.has_conditions());
        let mut stays = Vec::with_capacity(metric.data.len());
        for run in metric.data.series().runs() {
            let held = by_attributes.then(|| self.held(identity, run.chunk()));
            for (row, attributes) in run.rows().zip(run.attributes()) {
                let means = |(at, selector): (usize, &Selector)| {
                    let conditions = || held.as_ref().is_none_or(|held| held[at][row]);
                    let judge = |judge: &Judge| judge(resource, scope, metric, attributes);
                    admitted[at]
                        && (!selector.has_conditions() || conditions())
                        && selector.judge().is_none_or(judge)
                };
                let mut all = selectors().enumerate();
                let is_kept =
                    all.by_ref().take(self.keep.len()).map(means).fold(false, |a, b| a | b);
                stays.push((keeps_whole || is_kept) && !all.any(means));
            }
        }
        let data = metric.data.filter_rows(|row| stays[row]);
        Some(Metric { descriptor: metric.descriptor.clone(), data })
    }

    /// For each selector, which rows of a chunk meet its conditions on attributes: looked at once
    /// in the chunk's life.
    fn held(&self, identity: Identity, chunk: &SeriesChunk) -> std::sync::Arc<Held> {
        chunk.memo().remember(&HeldKey(identity), || {
            let rows = |selector: &Selector| -> Box<[bool]> {
                let holds = |attributes: &AttributeSet| selector.holds(attributes);
                let conditions = selector.has_conditions();
                chunk.attributes().iter().filter(|_| conditions).map(holds).collect()
            };
            self.keep.iter().chain(&self.drop).map(rows).collect()
        })
    }
}

type Held = Box<[Box<[bool]>]>;

#[derive(Clone, PartialEq, Eq)]
struct HeldKey(Identity);

impl MemoKey for HeldKey {
    type Value = Held;
}
