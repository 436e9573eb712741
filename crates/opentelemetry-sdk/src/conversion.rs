//! The SDK's metrics as a batch.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use meterport_core::{
    AttributeSet, Interner, Metric, MetricBatch, Resource, ResourceMetrics, Scope, ScopeMetrics,
};
use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource as SdkResource;
use opentelemetry_sdk::metrics::data::{
    ResourceMetrics as SdkResourceMetrics, ScopeMetrics as SdkScopeMetrics,
};

use crate::attributes::{pairs_to_set, to_set};
use crate::points::convert;

#[cfg(test)]
mod tests;

/// Makes batches, and keeps what they share.
#[derive(Default)]
pub(crate) struct Conversion {
    resource: Option<KnownResource>,
    /// As many as the program has meters.
    scopes: HashMap<InstrumentationScope, KnownScope>,
}

struct KnownResource {
    of: SdkResource,
    resource: Resource,
    schema_url: Arc<str>,
}

struct KnownScope {
    scope: Scope,
    schema_url: Arc<str>,
    metrics: Interner,
}

impl Conversion {
    pub(crate) fn batch(&mut self, metrics: &SdkResourceMetrics) -> MetricBatch {
        let scopes = metrics.scope_metrics().map(|scope| self.scope(scope)).collect();
        let known = self.resource(metrics.resource());
        MetricBatch::from(ResourceMetrics {
            resource: known.resource.clone(),
            schema_url: Arc::clone(&known.schema_url),
            scopes,
        })
    }

    fn resource(&mut self, resource: &SdkResource) -> &KnownResource {
        let known = self.resource.take().filter(|known| known.of == *resource);
        self.resource.insert(known.unwrap_or_else(|| KnownResource::new(resource)))
    }

    fn scope(&mut self, metrics: &SdkScopeMetrics) -> ScopeMetrics {
        let scope = metrics.scope();
        let known = self.scopes.entry(scope.clone()).or_insert_with(|| KnownScope::new(scope));
        known.metrics.next_snapshot();
        let converted = metrics.metrics().map(|metric| {
            let (name, description, unit) = (metric.name(), metric.description(), metric.unit());
            let kept = known.metrics.metric(name, description, unit, &AttributeSet::empty());
            let data = convert(metric.data(), kept.series());
            Metric { descriptor: Arc::clone(kept.descriptor()), data }
        });
        ScopeMetrics {
            metrics: converted.collect(),
            scope: known.scope.clone(),
            schema_url: Arc::clone(&known.schema_url),
        }
    }
}

impl KnownResource {
    fn new(resource: &SdkResource) -> Self {
        Self {
            of: resource.clone(),
            resource: Resource::new(to_set(
                resource.iter().map(|(key, value)| (key.as_str(), value)),
            )),
            schema_url: resource.schema_url().unwrap_or_default().into(),
        }
    }
}

impl KnownScope {
    fn new(of: &InstrumentationScope) -> Self {
        let mut scope = Scope::new(of.name());
        scope.version = of.version().unwrap_or_default().into();
        scope.attributes = pairs_to_set(of.attributes());
        Self {
            scope,
            schema_url: of.schema_url().unwrap_or_default().into(),
            metrics: Interner::default(),
        }
    }
}

impl fmt::Debug for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversion").field("scopes", &self.scopes.len()).finish_non_exhaustive()
    }
}
