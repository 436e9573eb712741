//! Programs that record metrics, the runtimes they do it on, and waits that a test ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use meterport_core::{MetricBatch, Series, SeriesChunk};
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry::{InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use tokio::runtime::{Builder, Runtime};

/// What a program runs on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// No runtime at all.
    Thread,
    CurrentThread,
    OneWorker,
    TwoWorkers,
}

impl Shape {
    pub(crate) const ALL: [Self; 4] =
        [Self::Thread, Self::CurrentThread, Self::OneWorker, Self::TwoWorkers];

    /// Runs `program` inside asynchronous code of the runtime, whose thread it blocks.
    pub(crate) fn run<T: Send + 'static>(self, program: impl FnOnce() -> T + Send + 'static) -> T {
        let Some(runtime) = self.runtime() else { return program() };
        runtime.block_on(async { tokio::spawn(async { program() }).await.unwrap() })
    }

    fn runtime(self) -> Option<Runtime> {
        let mut builder = match self {
            Self::Thread => return None,
            Self::CurrentThread => Builder::new_current_thread(),
            Self::OneWorker | Self::TwoWorkers => Builder::new_multi_thread(),
        };
        let workers = if matches!(self, Self::TwoWorkers) { 2 } else { 1 };
        Some(builder.worker_threads(workers).enable_all().build().unwrap())
    }
}

/// Whoever passes it waits while a test holds it.
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<()>);

impl Gate {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(()))
    }

    pub(crate) fn close(&self) -> MutexGuard<'_, ()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn pass(&self) {
        drop(self.close());
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
