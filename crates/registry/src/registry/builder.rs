use std::sync::Arc;
use std::time::Duration;

use meterport_core::{Clock, ConfigError, Resource, Variables};

use super::{Registry, Shared};
use crate::clock::RealClock;
use crate::exemplar::{ExemplarFilter, Offers, SpanSource};
use crate::sync::{AtomicU64, Mutex};
use crate::tally::Tally;
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
    filter: Option<ExemplarFilter>,
    filter_of_environment: Option<ExemplarFilter>,
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

    /// Which measurements may become exemplars: by default those in sampled spans.
    pub fn exemplar_filter(mut self, filter: ExemplarFilter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Takes what is not set in code from `OTEL_METRICS_EXEMPLAR_FILTER`: `always_on`,
    /// `always_off` or `trace_based`.
    ///
    /// # Errors
    /// The value is none of these.
    pub fn with_variables(mut self, variables: &Variables<'_>) -> Result<Self, ConfigError> {
        self.filter_of_environment = ExemplarFilter::of(variables)?;
        Ok(self)
    }

    /// Reads this process's environment, as [`with_variables`](Self::with_variables).
    ///
    /// # Errors
    /// A variable cannot be understood.
    pub fn with_env(self) -> Result<Self, ConfigError> {
        self.with_variables(&Variables::new(&|name| std::env::var_os(name)))
    }

    /// Where it is learnt in which span a measurement is made. Without one, exemplars have no
    /// span, and [`ExemplarFilter::TraceBased`] keeps none.
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
        let filter = self.filter.or(self.filter_of_environment).unwrap_or_default();
        Shared {
            clock: self.clock.unwrap_or_else(|| Arc::new(RealClock)),
            resource: self.resource,
            schema_url: self.schema_url,
            limit: self.limit,
            idle: self.idle,
            tally: Tally::default(),
            offers: Offers::new(filter, self.spans),
            views: self.views,
            readers: AtomicU64::new(0),
            state: Mutex::default(),
        }
    }
}
