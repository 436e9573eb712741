//! Producers and exporters that do as scripted and write down what happens.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use async_trait::async_trait;
use meterport_core::{
    Aggregation, AttributeSet, Component, Deadline, ErrorKind, ExportError, Gauge, InstrumentKind,
    Metric, MetricBatch, MetricExporter, MetricProducer, Number, NumberPoint, Outcome,
    ProduceError, Resource, ResourceMetrics, Scope, ScopeMetrics, Temporality,
};
use meterport_worker::SystemClock;
use tokio::time::{Instant, sleep};

/// What happened, each line with the seconds since the start.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    start: Instant,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), lines: Arc::default() }
    }

    pub(crate) fn add(&self, line: &str) {
        let line = format!("{:.1} {line}", self.start.elapsed().as_secs_f64());
        self.lines.lock().unwrap().push(line);
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The lines without their times.
    pub(crate) fn events(&self) -> Vec<String> {
        let event = |line: String| line.split_once(' ').unwrap().1.to_owned();
        self.take().into_iter().map(event).collect()
    }
}

/// What a call does before it answers.
#[derive(Debug)]
pub(crate) enum Act {
    /// Blocks its thread: see [`Act::block`].
    Block {
        begun: mpsc::Sender<()>,
        until: mpsc::Receiver<()>,
    },
    Fail,
    Hang,
    Panic,
    /// Exporters: so many rejected. Producers: so many points.
    Points(u64),
    Slow(Duration),
}

impl Act {
    /// Blocks its thread until the sender is dropped; the receiver hears when it begins.
    pub(crate) fn block() -> (Self, mpsc::Receiver<()>, mpsc::Sender<()>) {
        let (begun, has_begun) = mpsc::channel();
        let (release, until) = mpsc::channel();
        (Self::Block { begun, until }, has_begun, release)
    }
}

#[derive(Debug, Default)]
struct Script(Mutex<VecDeque<Act>>);

impl Script {
    fn next(&self) -> Act {
        self.0.lock().unwrap().pop_front().unwrap_or(Act::Points(u64::MAX))
    }
}

/// The acts that both sides have; `Err` is a failure, `Ok(Some)` a number of points.
async fn act(act: Act) -> Result<Option<u64>, ()> {
    match act {
        Act::Block { begun, until } => {
            let _ = begun.send(());
            let _ = until.recv();
        }
        Act::Fail => return Err(()),
        Act::Hang => pending().await,
        Act::Panic => panic!("as scripted"),
        Act::Points(u64::MAX) => {}
        Act::Points(points) => return Ok(Some(points)),
        Act::Slow(time) => sleep(time).await,
    }
    Ok(None)
}

/// Gives one gauge with its name, of one point unless scripted, whose value counts the snapshots.
#[derive(Clone, Debug)]
pub(crate) struct FakeProducer(Arc<Producer>);

#[derive(Debug)]
struct Producer {
    name: &'static str,
    script: Script,
    begun: AtomicU64,
}

impl FakeProducer {
    pub(crate) fn new(name: &'static str) -> Self {
        let (script, begun) = (Script::default(), AtomicU64::new(0));
        Self(Arc::new(Producer { name, script, begun }))
    }

    pub(crate) fn then(self, act: Act) -> Self {
        self.0.script.0.lock().unwrap().push_back(act);
        self
    }

    pub(crate) fn begun(&self) -> u64 {
        self.0.begun.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl MetricProducer for FakeProducer {
    async fn produce(&self, _: Deadline) -> Result<MetricBatch, ProduceError> {
        let number = self.0.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let points = act(self.0.script.next()).await.map_err(|()| ProduceError::new("no"))?;
        let points = (0..points.unwrap_or(1)).map(|i| {
            let attributes = AttributeSet::from([("i", i as i64)]);
            NumberPoint::new(attributes, Number::I64(number as i64))
        });
        let metric = Metric::new(self.0.name, Gauge { points: points.collect() });
        let scope = ScopeMetrics::new(Scope::new("fake")).with_metric(metric);
        let resource = Resource::new(AttributeSet::empty());
        Ok(MetricBatch::new(vec![ResourceMetrics::new(resource).with_scope(scope)]))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct FakeExporter(Arc<Exporter>);

#[derive(Debug)]
struct Exporter {
    log: Log,
    exports: Script,
    flushes: Script,
    shutdowns: Script,
    busy: AtomicBool,
    component: Component,
}

impl FakeExporter {
    pub(crate) fn new(log: &Log) -> Self {
        Self(Arc::new(Exporter {
            log: log.clone(),
            exports: Script::default(),
            flushes: Script::default(),
            shutdowns: Script::default(),
            busy: AtomicBool::new(false),
            component: Component::new("fake"),
        }))
    }

    pub(crate) fn export(self, act: Act) -> Self {
        self.0.exports.0.lock().unwrap().push_back(act);
        self
    }

    pub(crate) fn flush(self, act: Act) -> Self {
        self.0.flushes.0.lock().unwrap().push_back(act);
        self
    }

    pub(crate) fn shut(self, act: Act) -> Self {
        self.0.shutdowns.0.lock().unwrap().push_back(act);
        self
    }

    async fn call(&self, script: &Script, name: &str, points: u64) -> Result<Outcome, ExportError> {
        struct Busy<'a>(&'a AtomicBool);
        impl Drop for Busy<'_> {
            fn drop(&mut self) {
                self.0.store(false, Ordering::SeqCst);
            }
        }
        self.0.log.add(name);
        assert!(!self.0.busy.swap(true, Ordering::SeqCst), "two calls at once");
        let _busy = Busy(&self.0.busy);
        match act(script.next()).await {
            Ok(rejected) => {
                let rejected = rejected.unwrap_or(0);
                let mut outcome = Outcome::delivered(points - rejected);
                outcome.rejected = rejected;
                Ok(outcome)
            }
            Err(()) => Err(ExportError::new(ErrorKind::Connect, "no")),
        }
    }
}

/// Each metric with the value and number of its points, and the time until the deadline.
fn describe(batch: &MetricBatch, deadline: Deadline) -> String {
    use meterport_core::{Clock, MetricData};
    let mut text = String::from("export");
    for metric in batch.metrics() {
        let MetricData::Gauge(gauge) = &metric.data else { unreachable!() };
        let value = gauge.points.iter().next().map(|point| point.value.as_f64());
        text += &format!(" {}{}x{}", metric.descriptor.name, value.unwrap(), gauge.points.len());
    }
    match deadline.remaining(SystemClock.now()) {
        Some(left) => text + &format!(" within {:.1}", left.as_secs_f64()),
        None => text,
    }
}

#[async_trait]
impl MetricExporter for FakeExporter {
    async fn export(&self, batch: &MetricBatch, by: Deadline) -> Result<Outcome, ExportError> {
        self.call(&self.0.exports, &describe(batch, by), batch.points()).await
    }

    async fn force_flush(&self, _: Deadline) -> Result<Outcome, ExportError> {
        self.call(&self.0.flushes, "flush", 0).await
    }

    async fn shutdown(&self, _: Deadline) -> Result<Outcome, ExportError> {
        self.call(&self.0.shutdowns, "shutdown", 0).await
    }

    fn temporality(&self, _: InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }

    fn aggregation(&self, _: InstrumentKind) -> Aggregation {
        Aggregation::Default
    }

    fn component(&self) -> &Component {
        &self.0.component
    }
}
