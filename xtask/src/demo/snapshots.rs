use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use meterport_core::{Deadline, MetricBatch, MetricProducer, ProduceError};
use meterport_host::HostProducer;

/// The machine's metrics, taken once for all transports: what one has encoded, the next finds.
#[derive(Debug)]
pub(super) struct Snapshots {
    host: HostProducer,
    fresh_for: Duration,
    last: Mutex<(Instant, MetricBatch)>,
}

impl Snapshots {
    /// A snapshot is given again while it is younger than `fresh_for`.
    pub(super) fn new(fresh_for: Duration) -> Self {
        let host = HostProducer::builder().service_name("meterport-demo").build();
        // Utilisation is a difference: the first snapshot cannot have it.
        let last = Mutex::new((Instant::now(), host.collect()));
        Self { host, fresh_for, last }
    }

    pub(super) fn take(&self) -> MetricBatch {
        let mut last = lock(&self.last);
        if last.0.elapsed() >= self.fresh_for {
            *last = (Instant::now(), self.host.collect());
        }
        last.1.clone()
    }
}

/// What one transport was given, until it is found at the other end.
#[derive(Debug, Default)]
pub(super) struct Produced {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    points: u64,
    batches: VecDeque<MetricBatch>,
}

impl Produced {
    /// All points so far.
    pub(super) fn points(&self) -> u64 {
        lock(&self.state).points
    }

    /// Works on the batches that have not been found yet, oldest first.
    pub(super) fn with_batches<T>(&self, work: impl FnOnce(&mut VecDeque<MetricBatch>) -> T) -> T {
        work(&mut lock(&self.state).batches)
    }

    fn add(&self, batch: &MetricBatch, keep: bool) {
        let mut state = lock(&self.state);
        state.points += batch.points();
        if keep && !batch.is_empty() {
            state.batches.push_back(batch.clone());
        }
    }
}

/// The snapshots for one transport, on record.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) snapshots: Arc<Snapshots>,
    pub(super) produced: Arc<Produced>,
    /// Whether the batches are kept too, and not only counted.
    pub(super) keep: bool,
}

#[async_trait]
impl MetricProducer for Recording {
    async fn produce(&self, _: Deadline) -> Result<MetricBatch, ProduceError> {
        let batch = self.snapshots.take();
        self.produced.add(&batch, self.keep);
        Ok(batch)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
