use std::sync::Arc;
use std::time::Duration;

use meterport_core::{Clock, Resource};

use super::{Registry, Shared};
use crate::clock::RealClock;
use crate::exemplar::SpanSource;
use crate::sync::{AtomicU64, Mutex};
use crate::view::{View, ViewError};

/// Settings of a [`Registry`].
#[derive(Debug, Default)]
#[must_use]
pub struct RegistryBuilder {
    clock: Option<Arc<dyn Clock>>,
    resource: Resource,
    schema_url: Arc<str>,
    limit: Option<usize>,
    idle: Option<Duration>,
    spans: Option<Arc<dyn SpanSource>>,
    views: Vec<View>,
}

impl RegistryBuilder {
    /// Who is measured.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resource = resource;
        self
    }

    /// The schema of the resource's attributes.
    pub fn schema_url(mut self, schema_url: impl Into<Arc<str>>) -> Self {
        self.schema_url = schema_url.into();
        self
    }

    /// Adds a view.
    pub fn view(mut self, view: View) -> Self {
        self.views.push(view);
        self
    }

    /// The most series of each metric, where no view and no reader says otherwise: 2,000 by
    /// default. Measurements of more series go to one with the attribute
    /// `otel.metric.overflow = true` (`metrics/sdk.md`, "Cardinality limits").
    pub fn cardinality_limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Series of cumulative metrics and of gauges for which nothing was measured for so long go,
    /// when the next snapshot is taken; if they come back they begin anew. Those that a bound
    /// handle holds stay. By default they all stay. (Delta metrics keep none that was not
    /// measured, callbacks report what there is.)
    pub fn idle_after(mut self, idle: Duration) -> Self {
        self.idle = Some(idle);
        self
    }

    /// Keeps exemplars of measurements in sampled spans.
    pub fn spans(mut self, spans: impl SpanSource) -> Self {
        self.spans = Some(Arc::new(spans));
        self
    }

    /// Reads the time from this clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The registry.
    ///
    /// # Errors
    /// [`ViewError`].
    pub fn build(self) -> Result<Registry, ViewError> {
        self.views.iter().try_for_each(View::check)?;
        Ok(Registry(Arc::new(self.shared())))
    }

    pub(super) fn shared(self) -> Shared {
        Shared {
            clock: self.clock.unwrap_or_else(|| Arc::new(RealClock)),
            resource: self.resource,
            schema_url: self.schema_url,
            limit: self.limit,
            idle: self.idle,
            tally: Arc::default(),
            spans: self.spans,
            views: self.views,
            readers: AtomicU64::new(0),
            state: Mutex::default(),
        }
    }
}
