//! Which series a point belongs to: resource, scope, metric and attributes, as OpenTelemetry's data
//! model has it (`metrics/data-model.md`, "OpenTelemetry Protocol data model"). Temporality is left
//! out: it is what some decorators change.

mod kept;
mod slots;

use std::collections::HashMap;
use std::sync::Arc;

use meterport_core::{AttributeSet, Metric, MetricData, ResourceMetrics, ScopeMetrics};

pub(crate) use self::kept::{Kept, Limits, Sweeps};

/// Something kept for each metric of each scope of each resource.
#[derive(Debug)]
pub(crate) struct Streams<T>(HashMap<ScopeKey, HashMap<MetricKey, T>>);

/// A scope of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ScopeKey {
    resource: AttributeSet,
    name: Arc<str>,
    version: Arc<str>,
    attributes: AttributeSet,
}

/// A metric of a scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MetricKey {
    name: Arc<str>,
    unit: Arc<str>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    ExponentialHistogram,
    Gauge,
    Histogram,
    Sum { monotonic: bool },
    Summary,
}

impl ScopeKey {
    pub(crate) fn new(resource: &ResourceMetrics, scope: &ScopeMetrics) -> Self {
        Self {
            resource: resource.resource.attributes.clone(),
            name: Arc::clone(&scope.scope.name),
            version: Arc::clone(&scope.scope.version),
            attributes: scope.scope.attributes.clone(),
        }
    }
}

impl MetricKey {
    pub(crate) fn new(metric: &Metric) -> Self {
        let kind = match &metric.data {
            MetricData::ExponentialHistogram(_) => Kind::ExponentialHistogram,
            MetricData::Gauge(_) => Kind::Gauge,
            MetricData::Histogram(_) => Kind::Histogram,
            MetricData::Sum(sum) => Kind::Sum { monotonic: sum.monotonic },
            MetricData::Summary(_) => Kind::Summary,
        };
        let descriptor = &metric.descriptor;
        Self { name: Arc::clone(&descriptor.name), unit: Arc::clone(&descriptor.unit), kind }
    }
}

impl<T> Streams<T> {
    /// All metrics of a scope.
    pub(crate) fn scope(&mut self, key: ScopeKey) -> &mut HashMap<MetricKey, T> {
        self.0.entry(key).or_default()
    }

    /// What is kept for a metric, made now if nothing is.
    pub(crate) fn metric(&mut self, scope: ScopeKey, metric: &Metric) -> &mut T
    where
        T: Default,
    {
        self.scope(scope).entry(MetricKey::new(metric)).or_default()
    }

    pub(crate) fn get_mut(&mut self, scope: &ScopeKey, metric: &MetricKey) -> Option<&mut T> {
        self.0.get_mut(scope)?.get_mut(metric)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.values_mut().flat_map(HashMap::values_mut)
    }

    /// Forgets what `keep` does not like.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        self.0.retain(|_, metrics| {
            metrics.retain(|_, kept| keep(kept));
            !metrics.is_empty()
        });
    }
}

impl<T> Default for Streams<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}
