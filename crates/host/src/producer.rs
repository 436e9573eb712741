use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use async_trait::async_trait;
use meterport_core::{
    AttributeSet, Clock, Deadline, Descriptor, Gauge, Metric, MetricBatch, MetricData,
    MetricProducer, ProduceError, ResourceMetrics, Scope, ScopeMetrics, Sum, Temporality,
    Timestamp, Value,
};

use crate::metrics::{INSTRUMENTS, Instrument, Kind};
use crate::series::{KeptSeries, Times, Values};
use crate::snapshot::Snapshot;
use crate::source::Source;
use crate::{Family, HostBuilder, SCHEMA_URL, resource};

#[cfg(test)]
mod tests;

/// The operating system's metrics as a [`MetricProducer`]. See the [crate's page](crate) for what
/// it gives.
///
/// Snapshots may be taken concurrently; they are taken one after another.
pub struct HostProducer {
    clock: Arc<dyn Clock>,
    state: Mutex<(Source, Assembly)>,
}

impl HostProducer {
    /// Settings, to begin with.
    pub fn builder() -> HostBuilder {
        HostBuilder::new()
    }

    pub(crate) fn new(
        attributes: Vec<(String, Value)>,
        without: Vec<Family>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let assembly = Assembly::new(resource::with_own(attributes), &without);
        Self { clock, state: Mutex::new((Source::new(), assembly)) }
    }

    /// Takes a snapshot, on the calling thread.
    pub fn collect(&self) -> MetricBatch {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (source, assembly) = &mut *state;
        let snapshot = source.snapshot(&|family| assembly.wants(family));
        assembly.batch(&snapshot, self.clock.wall(), std::process::id())
    }
}

/// Never fails, and ignores the deadline: a snapshot is quick and cannot be divided.
#[async_trait]
impl MetricProducer for HostProducer {
    async fn produce(&self, _deadline: Deadline) -> Result<MetricBatch, ProduceError> {
        Ok(self.collect())
    }
}

impl fmt::Debug for HostProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostProducer").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// Makes batches of snapshots, and keeps what they share.
#[derive(Debug)]
struct Assembly {
    host: AttributeSet,
    scope: Scope,
    schema_url: Arc<str>,
    metrics: Vec<KeptMetric>,
    before: Timestamp,
}

struct KeptMetric {
    instrument: &'static Instrument,
    descriptor: Arc<Descriptor>,
    series: KeptSeries,
}

impl Assembly {
    fn new(host: AttributeSet, without: &[Family]) -> Self {
        let wanted = INSTRUMENTS.iter().filter(|row| !without.contains(&row.family));
        Self {
            host,
            scope: Scope::new(env!("CARGO_PKG_NAME")).with_version(env!("CARGO_PKG_VERSION")),
            schema_url: SCHEMA_URL.into(),
            metrics: wanted.map(KeptMetric::new).collect(),
            before: Timestamp::UNSET,
        }
    }

    fn wants(&self, family: Family) -> bool {
        self.metrics.iter().any(|metric| metric.instrument.family == family)
    }

    fn batch(&mut self, snapshot: &Snapshot, now: Timestamp, pid: u32) -> MetricBatch {
        let before = std::mem::replace(&mut self.before, now);
        let metrics = self.metrics.iter_mut().filter_map(|m| m.collect(snapshot, before, now));
        let scope = ScopeMetrics {
            scope: self.scope.clone(),
            schema_url: Arc::clone(&self.schema_url),
            metrics: metrics.collect(),
        };
        MetricBatch::from(ResourceMetrics {
            resource: resource::of_process(&self.host, pid),
            schema_url: Arc::clone(&self.schema_url),
            scopes: vec![scope],
        })
    }
}

impl KeptMetric {
    fn new(instrument: &'static Instrument) -> Self {
        let descriptor = Descriptor {
            name: instrument.name.into(),
            description: instrument.description.into(),
            unit: instrument.unit.into(),
            metadata: AttributeSet::empty(),
        };
        Self { instrument, descriptor: Arc::new(descriptor), series: KeptSeries::default() }
    }

    /// `None` if there is no figure.
    fn collect(
        &mut self,
        snapshot: &Snapshot,
        before: Timestamp,
        now: Timestamp,
    ) -> Option<Metric> {
        let start = match self.instrument.family {
            Family::OwnProcess => snapshot.own.as_ref().map_or(Timestamp::UNSET, |own| own.start),
            _ => snapshot.boot,
        };
        let times = Times { start: start.unless_after(now), before: before.unless_after(now), now };
        let mut values = Values::default();
        (self.instrument.read)(snapshot, &mut values);
        let sum = |points, monotonic| {
            MetricData::Sum(Sum { points, temporality: Temporality::Cumulative, monotonic })
        };
        let data = match self.instrument.kind {
            Kind::Counter => sum(self.series.counter(values, times), true),
            Kind::Gauge => Gauge { points: self.series.gauge(values, times) }.into(),
            Kind::UpDown => sum(self.series.up_down(values, times), false),
        };
        let descriptor = Arc::clone(&self.descriptor);
        (!data.is_empty()).then_some(Metric { descriptor, data })
    }
}

impl fmt::Debug for KeptMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.instrument.name)
    }
}

/// The machine's clock.
#[derive(Debug)]
pub(crate) struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> Timestamp {
        SystemTime::now().into()
    }
}
