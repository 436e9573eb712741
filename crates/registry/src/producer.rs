use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use meterport_core::{
    Aggregation, AggregationSelector, Deadline, InstrumentKind, Metric, MetricBatch,
    MetricExporter, MetricProducer, ProduceError, ResourceMetrics, ScopeMetrics, Temporality,
    TemporalitySelector,
};

use crate::Registry;
use crate::reader::{InstrumentPlan, Reader, ScopePlan};
use crate::storage::Cycle;
use crate::turn::{NoTurn, Turns};

/// Settings of a [`RegistryProducer`].
#[must_use]
pub struct ProducerBuilder {
    registry: Registry,
    temporality: [Temporality; 7],
    aggregation: [Aggregation; 7],
    limit: Option<usize>,
}

impl ProducerBuilder {
    pub(crate) fn new(registry: Registry) -> Self {
        Self {
            registry,
            temporality: [Temporality::Cumulative; 7],
            aggregation: [const { Aggregation::Default }; 7],
            limit: None,
        }
    }

    /// The temporality for each kind of instrument; cumulative by default.
    pub fn temporality(mut self, selector: &TemporalitySelector) -> Self {
        self.temporality = InstrumentKind::ALL.map(|kind| selector.of(kind));
        self
    }

    /// The aggregation for each kind of instrument, where no view says otherwise.
    pub fn aggregation(mut self, selector: &AggregationSelector) -> Self {
        self.aggregation = InstrumentKind::ALL.map(|kind| selector.of(kind));
        self
    }

    /// Temporality and aggregation as an exporter wants them.
    pub fn for_exporter(mut self, exporter: &(impl MetricExporter + ?Sized)) -> Self {
        self.temporality = InstrumentKind::ALL.map(|kind| exporter.temporality(kind));
        self.aggregation = InstrumentKind::ALL.map(|kind| exporter.aggregation(kind));
        self
    }

    /// The most series of each metric, where no view says otherwise.
    pub fn cardinality_limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The producer.
    pub fn build(self) -> RegistryProducer {
        let Self { registry, temporality, aggregation, limit } = self;
        let reader = registry.add_reader(|id| Reader::new(id, temporality, aggregation, limit));
        RegistryProducer { registry, reader, turns: Turns::default() }
    }
}

impl fmt::Debug for ProducerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProducerBuilder")
            .field("temporality", &self.temporality)
            .field("aggregation", &self.aggregation)
            .finish_non_exhaustive()
    }
}

/// Takes snapshots of a [`Registry`] for one reader.
///
/// Snapshots share the attribute sets of their series, and take the same few allocations for each
/// metric whatever the number of series. Those who record are not stopped meanwhile.
///
/// Delta metrics begin anew with each snapshot: two readers that want deltas need a producer each.
/// When the producer is dropped, what it kept for itself goes.
pub struct RegistryProducer {
    registry: Registry,
    reader: Arc<Reader>,
    turns: Turns,
}

impl RegistryProducer {
    /// Takes a snapshot, on the calling thread. Concurrent ones are taken one after another. A
    /// callback that calls this of the producer that called it gets an empty batch.
    pub fn collect(&self) -> MetricBatch {
        self.collect_until(Deadline::NONE).unwrap_or_default()
    }

    /// What is not collected by the deadline is in the next snapshot.
    fn collect_until(&self, deadline: Deadline) -> Result<MetricBatch, NoTurn> {
        let _turn = self.turns.take(deadline, &*self.registry.shared().clock)?;
        let shared = self.registry.shared();
        let mut scopes = Vec::new();
        for plan in &*self.reader.metrics() {
            let metrics = self.metrics(plan, deadline);
            if !metrics.is_empty() {
                let scope = (*plan.scope).clone();
                let schema_url = Arc::clone(&plan.schema_url);
                scopes.push(ScopeMetrics { scope, schema_url, metrics });
            }
        }
        if scopes.is_empty() {
            return Ok(MetricBatch::default());
        }
        Ok(MetricBatch::from(ResourceMetrics {
            resource: shared.resource.clone(),
            schema_url: Arc::clone(&shared.schema_url),
            scopes,
        }))
    }

    fn metrics(&self, plan: &ScopePlan, deadline: Deadline) -> Vec<Metric> {
        let clock = &self.registry.shared().clock;
        let mut metrics = Vec::with_capacity(plan.instruments.len());
        for InstrumentPlan { instrument, streams, storages } in &plan.instruments {
            let instant = clock.now();
            if deadline.has_passed(instant) {
                break;
            }
            instrument.callbacks.run(instrument, storages);
            let cycle = Cycle { now: clock.wall(), instant };
            for (stream, storage) in streams.iter().zip(&**storages) {
                if let Some(data) = storage.collect(&cycle) {
                    let descriptor = instrument.streams[*stream].descriptor();
                    metrics.push(Metric { descriptor, data });
                }
            }
        }
        metrics
    }
}

/// After the deadline it gives what it has. It fails only if another collection of the same
/// producer, which a callback holds up, has not ended by then.
#[async_trait]
impl MetricProducer for RegistryProducer {
    async fn produce(&self, deadline: Deadline) -> Result<MetricBatch, ProduceError> {
        self.collect_until(deadline).map_err(|error| match error {
            NoTurn::Late => ProduceError::new("an earlier snapshot is still being taken"),
            NoTurn::Nested => ProduceError::new("a callback asked for the snapshot it is part of"),
        })
    }
}

impl Drop for RegistryProducer {
    fn drop(&mut self) {
        self.registry.remove_reader(&self.reader);
    }
}

impl fmt::Debug for RegistryProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryProducer").field("registry", &self.registry).finish_non_exhaustive()
    }
}
