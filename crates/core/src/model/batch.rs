use std::fmt;
use std::sync::Arc;

use super::attributes::AttributeSet;
use super::metric::Metric;
use crate::memo::Memo;

/// Metrics of one moment: what a producer gives and an exporter takes.
///
/// A clone costs a reference count. It is read through [`resources`](Self::resources) and changed
/// only through [`edit`](Self::edit), so that the encodings it remembers are always its own.
///
/// ```
/// use meterport_core::{
///     AttributeSet, Gauge, Metric, MetricBatch, Number, NumberPoint, Resource, ResourceMetrics,
///     Scope, ScopeMetrics,
/// };
///
/// let point = NumberPoint::new(AttributeSet::empty(), Number::F64(0.5));
/// let load = Metric::new("system.load", Gauge { points: [point].into_iter().collect() });
/// let mut batch = MetricBatch::from(
///     ResourceMetrics::new(Resource::new([("service.name", "demo")]))
///         .with_scope(ScopeMetrics::new(Scope::new("example")).with_metric(load)),
/// );
/// assert_eq!(batch.points(), 1);
/// batch.edit().clear();
/// assert!(batch.is_empty());
/// ```
#[derive(Clone, Default)]
pub struct MetricBatch(Arc<Shared>);

#[derive(Clone, Default)]
struct Shared {
    resources: Vec<ResourceMetrics>,
    memo: Memo,
}

impl MetricBatch {
    /// A batch of these.
    pub fn new(resources: Vec<ResourceMetrics>) -> Self {
        Self(Arc::new(Shared { resources, memo: Memo::default() }))
    }

    /// Everything in it.
    pub fn resources(&self) -> &[ResourceMetrics] {
        &self.0.resources
    }

    /// Everything in it, to be changed. What other clones share is copied first (envelopes alone:
    /// points are shared again), and all whole encodings are forgotten.
    pub fn edit(&mut self) -> &mut Vec<ResourceMetrics> {
        let shared = Arc::make_mut(&mut self.0);
        shared.memo = Memo::default();
        &mut shared.resources
    }

    /// The metrics of all resources and scopes.
    pub fn metrics(&self) -> impl Iterator<Item = &Metric> {
        self.resources().iter().flat_map(|resource| &resource.scopes).flat_map(|s| &s.metrics)
    }

    /// How many points. Walks the metrics, not the points.
    pub fn points(&self) -> u64 {
        self.metrics().map(|metric| metric.data.len() as u64).sum()
    }

    /// Whether there is no point; envelopes may be there all the same.
    pub fn is_empty(&self) -> bool {
        self.metrics().all(|metric| metric.data.is_empty())
    }

    /// The same points without the whole encodings: what a queue or a last scrape should keep.
    #[must_use]
    pub fn bare(&self) -> Self {
        Self::new(self.0.resources.clone())
    }

    /// All points of several batches, in order; envelopes are not merged.
    pub fn join(batches: impl IntoIterator<Item = Self>) -> Self {
        let mut batches = batches.into_iter();
        let Some(mut all) = batches.next() else { return Self::default() };
        for batch in batches.filter(|batch| !batch.resources().is_empty()) {
            all.edit().extend_from_slice(batch.resources());
        }
        all
    }

    /// What encoders remember of the whole batch.
    pub fn memo(&self) -> &Memo {
        &self.0.memo
    }
}

impl From<ResourceMetrics> for MetricBatch {
    fn from(resource: ResourceMetrics) -> Self {
        Self::new(vec![resource])
    }
}

impl FromIterator<ResourceMetrics> for MetricBatch {
    fn from_iter<I: IntoIterator<Item = ResourceMetrics>>(resources: I) -> Self {
        Self::new(resources.into_iter().collect())
    }
}

impl PartialEq for MetricBatch {
    fn eq(&self, other: &Self) -> bool {
        self.resources() == other.resources()
    }
}

impl fmt::Debug for MetricBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.resources()).finish()
    }
}

/// The metrics of one resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceMetrics {
    /// Who was measured.
    pub resource: Resource,
    /// The schema of the resource's attributes.
    pub schema_url: Arc<str>,
    /// The metrics, by scope.
    pub scopes: Vec<ScopeMetrics>,
}

impl ResourceMetrics {
    /// No metrics yet.
    pub fn new(resource: Resource) -> Self {
        Self { resource, ..Self::default() }
    }

    /// The same with one scope more.
    #[must_use]
    pub fn with_scope(mut self, scope: ScopeMetrics) -> Self {
        self.scopes.push(scope);
        self
    }

    /// The same with the schema of the resource's attributes.
    #[must_use]
    pub fn with_schema_url(mut self, url: impl Into<Arc<str>>) -> Self {
        self.schema_url = url.into();
        self
    }

    pub(super) fn with_scopes(&self, scopes: Vec<ScopeMetrics>) -> Self {
        Self { resource: self.resource.clone(), schema_url: Arc::clone(&self.schema_url), scopes }
    }
}

/// Who was measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// What is known of it.
    pub attributes: AttributeSet,
    /// How many attributes were left out.
    pub dropped_attributes_count: u32,
}

impl Resource {
    /// A resource with these attributes.
    pub fn new(attributes: impl Into<AttributeSet>) -> Self {
        Self { attributes: attributes.into(), dropped_attributes_count: 0 }
    }
}

/// The metrics of one instrumentation scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScopeMetrics {
    /// Who measured.
    pub scope: Scope,
    /// The schema of the metrics' names and attributes.
    pub schema_url: Arc<str>,
    /// The metrics.
    pub metrics: Vec<Metric>,
}

impl ScopeMetrics {
    /// No metrics yet.
    pub fn new(scope: Scope) -> Self {
        Self { scope, ..Self::default() }
    }

    /// The same with one metric more.
    #[must_use]
    pub fn with_metric(mut self, metric: Metric) -> Self {
        self.metrics.push(metric);
        self
    }

    pub(super) fn with_metrics(&self, metrics: Vec<Metric>) -> Self {
        Self { scope: self.scope.clone(), schema_url: Arc::clone(&self.schema_url), metrics }
    }
}

/// Who measured: an instrumentation scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The name, such as that of a library.
    pub name: Arc<str>,
    /// Its version.
    pub version: Arc<str>,
    /// What else tells scopes apart.
    pub attributes: AttributeSet,
    /// How many attributes were left out.
    pub dropped_attributes_count: u32,
}

impl Scope {
    /// A scope without version and attributes.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The same with a version.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<Arc<str>>) -> Self {
        self.version = version.into();
        self
    }
}
