//! The one algorithm that takes a batch apart, point by point, keeping every envelope.

use std::ops::Range;

use super::attributes::AttributeSet;
use super::batch::{MetricBatch, ResourceMetrics, ScopeMetrics};
use super::metric::Metric;

impl MetricBatch {
    /// The points of this range, counted through all metrics in order. Envelopes without a point
    /// in it are left out; points are shared, not copied, but for the values of a metric that is
    /// cut.
    #[must_use]
    pub fn slice(&self, points: Range<u64>) -> Self {
        let mut before = 0;
        self.map_metrics(|_, _, metric| {
            let first = before;
            before += metric.data.len() as u64;
            let within = |at: u64| (at.clamp(first, before) - first) as usize;
            let rows = within(points.start)..within(points.end);
            (!rows.is_empty()).then(|| metric.map(|data| data.slice(rows)))
        })
    }

    /// Pieces of at most `max_points` points each (at least one), in order. None is empty.
    ///
    /// ```
    /// use meterport_core::{
    ///     AttributeSet, Metric, MetricBatch, Number, NumberPoint, ResourceMetrics, ScopeMetrics,
    ///     Sum,
    /// };
    ///
    /// let point = |id| NumberPoint::new(AttributeSet::from([("id", id)]), Number::I64(1));
    /// let metric = Metric::new("jobs", Sum::counter((0..10_i64).map(point)));
    /// let scope = ScopeMetrics::default().with_metric(metric);
    /// let batch = MetricBatch::from(ResourceMetrics::default().with_scope(scope));
    /// let sizes: Vec<_> = batch.split(4).map(|piece| piece.points()).collect();
    /// assert_eq!(sizes, [4, 4, 2]);
    /// ```
    pub fn split(&self, max_points: u64) -> impl Iterator<Item = Self> + '_ {
        let (total, step) = (self.points(), max_points.max(1));
        let starts = (0..total.div_ceil(step)).map(move |piece| piece * step);
        starts.map(move |start| self.slice(start..start.saturating_add(step)))
    }

    /// The points that `keep` likes. Envelopes without one are left out.
    #[must_use]
    pub fn filter(
        &self,
        mut keep: impl FnMut(&ResourceMetrics, &ScopeMetrics, &Metric, &AttributeSet) -> bool,
    ) -> Self {
        self.map_metrics(|resource, scope, metric| {
            let keep = |attributes: &AttributeSet| keep(resource, scope, metric, attributes);
            Some(metric.map(|data| data.filter(keep)))
        })
    }

    /// Each metric as `part` makes it anew, or left out. Envelopes without a point are left out.
    #[must_use]
    pub fn map_metrics(
        &self,
        mut part: impl FnMut(&ResourceMetrics, &ScopeMetrics, &Metric) -> Option<Metric>,
    ) -> Self {
        let mut resources = Vec::new();
        for resource in self.resources() {
            let mut scopes = Vec::new();
            for scope in &resource.scopes {
                let parts = scope.metrics.iter().filter_map(|metric| part(resource, scope, metric));
                let metrics: Vec<_> = parts.filter(|metric| !metric.data.is_empty()).collect();
                if !metrics.is_empty() {
                    scopes.push(scope.with_metrics(metrics));
                }
            }
            if !scopes.is_empty() {
                resources.push(resource.with_scopes(scopes));
            }
        }
        Self::new(resources)
    }
}
