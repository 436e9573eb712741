use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use meterport_core::{AttributeSet, Metric, MetricBatch, Series, Temporality};

use crate::streams::{MetricKey, ScopeKey, is_same_series, metrics};

/// The points of `older` of which `newer` has no newer value. Deltas have none: each says something
/// of its own.
pub(super) fn supersede(older: &MetricBatch, newer: &MetricBatch) -> MetricBatch {
    let mut by_metric: HashMap<(ScopeKey, MetricKey), Vec<&Series>> = HashMap::new();
    for (scope, metric) in metrics(newer).filter(|(_, metric)| is_superseding(metric)) {
        let series = by_metric.entry((scope, MetricKey::new(metric))).or_default();
        series.push(metric.data.series());
    }
    older.map_metrics(|resource, scope, metric| {
        let key = (ScopeKey::new(resource, scope), MetricKey::new(metric));
        let newer = by_metric.get(&key).filter(|_| is_superseding(metric));
        let Some(newer) = newer else { return Some(metric.clone()) };
        if newer.iter().any(|newer| is_same_series(metric.data.series(), newer)) {
            return None;
        }
        let newer: HashSet<&AttributeSet> = newer.iter().flat_map(|series| series.iter()).collect();
        let data = metric.data.filter(|attributes| !newer.contains(attributes));
        Some(Metric { descriptor: Arc::clone(&metric.descriptor), data })
    })
}

fn is_superseding(metric: &Metric) -> bool {
    metric.data.temporality() != Some(Temporality::Delta)
}
