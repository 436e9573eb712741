//! Which series a point belongs to: resource, scope, metric and attributes, as OpenTelemetry's data
//! model has it (`metrics/data-model.md`, "OpenTelemetry Protocol data model"). Temporality is left
//! out: it is what some decorators change.

mod kept;
mod slots;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use meterport_core::{
    AttributeSet, Metric, MetricBatch, MetricData, ResourceMetrics, ScopeMetrics, Series,
};

pub(crate) use self::kept::{Kept, Limits, Sweeps};
pub(crate) use self::slots::NO_SLOT;

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

/// The metrics of a batch with their scopes.
pub(crate) fn metrics(batch: &MetricBatch) -> impl Iterator<Item = (ScopeKey, &Metric)> {
    batch.resources().iter().flat_map(|resource| {
        let scopes = resource.scopes.iter();
        scopes.flat_map(move |scope| {
            scope.metrics.iter().map(move |metric| (ScopeKey::new(resource, scope), metric))
        })
    })
}

/// Whether these are the same rows of the same chunks. If not, they may still be equal.
pub(crate) fn is_same_series(a: &Series, b: &Series) -> bool {
    let mut runs = a.runs().iter().zip(b.runs());
    a.runs().len() == b.runs().len()
        && runs.all(|(a, b)| Arc::ptr_eq(a.chunk(), b.chunk()) && a.rows() == b.rows())
}

/// The points of `batch` whose series are in `other`, whatever their values there.
pub(crate) fn common(batch: &MetricBatch, other: &MetricBatch) -> MetricBatch {
    sources(batch, other, |_, _, metric| Some(metric.clone()))
}

/// The points of `batch` that have become series of `other`: `becomes` gives a metric as it was sent,
/// row by row, before rows of one series were joined.
pub(crate) fn sources(
    batch: &MetricBatch,
    other: &MetricBatch,
    mut becomes: impl FnMut(&ResourceMetrics, &ScopeMetrics, &Metric) -> Option<Metric>,
) -> MetricBatch {
    let series = SeriesIn::new(other);
    batch.map_metrics(|resource, scope, metric| {
        let sent = becomes(resource, scope, metric)?;
        let sets = series.of(&ScopeKey::new(resource, scope), &MetricKey::new(&sent))?;
        let is_there: Vec<_> =
            sent.data.series().iter().map(|attributes| sets.contains(attributes)).collect();
        let data = metric.data.filter_rows(|row| is_there.get(row) == Some(&true));
        Some(Metric { descriptor: Arc::clone(&metric.descriptor), data })
    })
}

/// The series of a batch, to be looked up.
pub(crate) struct SeriesIn(HashMap<(ScopeKey, MetricKey), HashSet<AttributeSet>>);

impl SeriesIn {
    pub(crate) fn new(batch: &MetricBatch) -> Self {
        let mut series: HashMap<_, HashSet<AttributeSet>> = HashMap::new();
        for (scope, metric) in metrics(batch) {
            let sets = series.entry((scope, MetricKey::new(metric))).or_default();
            sets.extend(metric.data.series().iter().cloned());
        }
        Self(series)
    }

    pub(crate) fn of(
        &self,
        scope: &ScopeKey,
        metric: &MetricKey,
    ) -> Option<&HashSet<AttributeSet>> {
        self.0.get(&(scope.clone(), metric.clone()))
    }
}
