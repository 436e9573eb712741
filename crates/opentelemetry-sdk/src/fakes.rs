//! An exporter that does as scripted and keeps what it gets, and a program that records metrics.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex, mpsc};

use async_trait::async_trait;
use meterport_core::{
    Aggregation, AggregationSelector, Component, Deadline, ErrorKind, ExportError, InstrumentKind,
    MetricBatch, MetricExporter, Outcome, Series, SeriesChunk, Temporality, TemporalitySelector,
};
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry::{Context, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;

/// What an export does.
#[derive(Debug)]
pub(crate) enum Act {
    /// Blocks its thread until the other end is dropped.
    Block(mpsc::Receiver<()>),
    Fail(ErrorKind),
    Hang,
    Panic,
    Reject(u64),
}

/// Clones share everything. Without a script left, it delivers.
#[derive(Clone, Debug)]
pub(crate) struct Recorder(Arc<State>);

#[derive(Debug)]
struct State {
    aggregation: AggregationSelector,
    component: Component,
    exported: Mutex<Vec<Exported>>,
    script: Mutex<VecDeque<Act>>,
    temporality: TemporalitySelector,
}

#[derive(Clone, Debug)]
pub(crate) struct Exported {
    pub(crate) batch: MetricBatch,
    pub(crate) is_suppressed: bool,
    pub(crate) thread: String,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self::asking(TemporalitySelector::default(), AggregationSelector::default())
    }

    pub(crate) fn asking(
        temporality: TemporalitySelector,
        aggregation: AggregationSelector,
    ) -> Self {
        Self(Arc::new(State {
            aggregation,
            component: Component::new("recorder"),
            exported: Mutex::default(),
            script: Mutex::default(),
            temporality,
        }))
    }

    pub(crate) fn script(self, acts: impl IntoIterator<Item = Act>) -> Self {
        self.0.script.lock().unwrap().extend(acts);
        self
    }

    pub(crate) fn exported(&self) -> Vec<Exported> {
        self.0.exported.lock().unwrap().clone()
    }

    pub(crate) fn batches(&self) -> Vec<MetricBatch> {
        self.exported().into_iter().map(|exported| exported.batch).collect()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl MetricExporter for Recorder {
    async fn export(&self, batch: &MetricBatch, _: Deadline) -> Result<Outcome, ExportError> {
        let thread = std::thread::current();
        self.0.exported.lock().unwrap().push(Exported {
            batch: batch.clone(),
            is_suppressed: Context::is_current_telemetry_suppressed(),
            thread: thread.name().unwrap_or_default().to_owned(),
        });
        let act = self.0.script.lock().unwrap().pop_front();
        match act {
            None => Ok(Outcome::delivered(batch.points())),
            Some(Act::Block(until)) => {
                let _ = until.recv();
                Ok(Outcome::delivered(batch.points()))
            }
            Some(Act::Fail(kind)) => Err(ExportError::new(kind, "as scripted")),
            Some(Act::Hang) => pending().await,
            Some(Act::Panic) => panic!("as scripted"),
            Some(Act::Reject(rejected)) => {
                let mut outcome = Outcome::delivered(batch.points() - rejected);
                outcome.rejected = rejected;
                Ok(outcome)
            }
        }
    }

    async fn force_flush(&self, _: Deadline) -> Result<Outcome, ExportError> {
        Ok(Outcome::default())
    }

    async fn shutdown(&self, _: Deadline) -> Result<Outcome, ExportError> {
        Ok(Outcome::default())
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality.of(kind)
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.0.aggregation.of(kind)
    }

    fn component(&self) -> &Component {
        &self.0.component
    }
}

/// What a program may say of itself, with a schema.
pub(crate) fn resource() -> Resource {
    let attributes = [
        KeyValue::new("service.name", "shop"),
        KeyValue::new("process.command_args", list(["shop", "--fast"])),
        KeyValue::new("process.pid", 7),
    ];
    Resource::builder_empty().with_schema_url(attributes, "https://example.com/resource").build()
}

fn list(items: [&'static str; 2]) -> Value {
    Value::Array(items.map(StringValue::from).to_vec().into())
}

/// Every kind of instrument in every kind of number, with attributes of every kind.
pub(crate) fn record_everything(provider: &SdkMeterProvider) {
    let scope = InstrumentationScope::builder("everything")
        .with_version("1.2.3")
        .with_schema_url("https://example.com/scope")
        .with_attributes([KeyValue::new("tier", "gold")])
        .build();
    let meter = provider.meter_with_scope(scope);
    let sets = attribute_sets();
    synchronous(&meter, &sets);
    observable(&meter, &sets);
    provider.meter("second").u64_counter("requests").build().add(1, &[]);
}

fn attribute_sets() -> Vec<Vec<KeyValue>> {
    let array = |value: opentelemetry::Array| KeyValue::new("list", Value::Array(value));
    vec![
        vec![],
        vec![KeyValue::new("z", "unsorted"), KeyValue::new("a", 1), KeyValue::new("m", true)],
        vec![KeyValue::new("float", 0.5), KeyValue::new("text", "é\n\"")],
        vec![array(vec![1_i64, -2].into()), KeyValue::new("a", 1)],
        vec![array(vec![true, false].into())],
        vec![array(vec![0.5, f64::INFINITY].into())],
        vec![KeyValue::new("list", list(["a", "b"]))],
    ]
}

fn synchronous(meter: &Meter, sets: &[Vec<KeyValue>]) {
    let counter = meter.u64_counter("c.u64").with_unit("{request}").with_description("C.").build();
    let float_counter = meter.f64_counter("c.f64").build();
    let up_down = meter.i64_up_down_counter("ud.i64").build();
    let float_up_down = meter.f64_up_down_counter("ud.f64").build();
    let gauges = (
        meter.u64_gauge("g.u64").build(),
        meter.i64_gauge("g.i64").build(),
        meter.f64_gauge("g.f64").build(),
    );
    let histogram = meter.f64_histogram("h.f64").with_boundaries(vec![0.5, 1.5, 10.0]).build();
    let integers = meter.u64_histogram("h.u64").build();
    let bucketless = meter.f64_histogram("h.none").with_boundaries(vec![]).build();
    for (i, set) in sets.iter().enumerate() {
        let number = i as u64 + 1;
        counter.add(number, set);
        float_counter.add(number as f64 / 4.0, set);
        up_down.add(-(number as i64), set);
        float_up_down.add(-0.5, set);
        gauges.0.record(number, set);
        gauges.1.record(-(number as i64), set);
        gauges.2.record(-0.0, set);
        for value in [0.25, 1.0, 100.0] {
            histogram.record(value * number as f64, set);
            bucketless.record(value, set);
            integers.record(number, set);
        }
    }
}

fn observable(meter: &Meter, sets: &[Vec<KeyValue>]) {
    let own = sets.to_vec();
    meter
        .u64_observable_counter("oc.u64")
        .with_callback(move |to| own.iter().for_each(|set| to.observe(9, set)))
        .build();
    let own = sets.to_vec();
    meter
        .i64_observable_up_down_counter("oud.i64")
        .with_callback(move |to| own.iter().for_each(|set| to.observe(-9, set)))
        .build();
    let own = sets.to_vec();
    meter
        .f64_observable_gauge("og.f64")
        .with_callback(move |to| own.iter().for_each(|set| to.observe(1e300, set)))
        .build();
}

/// The chunks of a metric.
pub(crate) fn chunks(batch: &MetricBatch, name: &str) -> Vec<*const SeriesChunk> {
    let metric = batch.metrics().find(|metric| &*metric.descriptor.name == name);
    let series: &Series = metric.expect("the metric").data.series();
    series.runs().iter().map(|run| Arc::as_ptr(run.chunk())).collect()
}
