//! A source of one's own: whatever has numbers can be a producer.
//!
//! `cargo run --example producer`

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use meterport::reader::PeriodicReader;
use meterport::stdout::StdoutExporter;
use meterport::{
    AttributeSet, Deadline, Metric, MetricBatch, MetricProducer, Number, NumberPoint, ProduceError,
    Resource, ResourceMetrics, Scope, ScopeMetrics, Sum, Timestamp,
};

/// Counts jobs since the program began.
#[derive(Debug)]
struct Jobs {
    done: AtomicU64,
    start: Timestamp,
}

#[async_trait]
impl MetricProducer for Jobs {
    async fn produce(&self, _: Deadline) -> Result<MetricBatch, ProduceError> {
        let done = Number::from(self.done.load(Ordering::Relaxed));
        let point = NumberPoint::new(AttributeSet::from([("queue", "default")]), done)
            .with_start(self.start)
            .with_time(SystemTime::now().into());
        let metric = Metric::new("jobs.done", Sum::counter([point])).with_unit("{job}");
        let scope = ScopeMetrics::new(Scope::new("jobs")).with_metric(metric);
        let resource = Resource::new([("service.name", "producer-example")]);
        Ok(ResourceMetrics::new(resource).with_scope(scope).into())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let jobs = Arc::new(Jobs { done: AtomicU64::new(0), start: SystemTime::now().into() });
    let reader = PeriodicReader::builder(StdoutExporter::default())
        .producer(Arc::clone(&jobs))
        .interval(Duration::from_secs(1))
        .start()?;
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(5));
    for _ in 0..3 {
        jobs.done.fetch_add(1, Ordering::Relaxed);
        // Rarely needed: the reader exports every second by itself.
        reader.force_flush_blocking(deadline)?;
    }
    reader.shutdown_blocking(deadline)?;
    Ok(())
}
