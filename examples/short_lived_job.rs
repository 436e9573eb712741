//! A job that runs for a moment: it counts, sends once at its end, and knows whether it arrived.
//!
//! `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 cargo run --example short_lived_job`
//!
//! No runtime, no background thread to wait for: one collection, one export with its retries, all
//! within the time that the job has left.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use meterport::config::OtlpExporter;
use meterport::reader::ManualReader;
use meterport::{
    AttributeSet, Deadline, Metric, MetricBatch, MetricProducer, Number, NumberPoint, ProduceError,
    Resource, ResourceMetrics, Scope, ScopeMetrics, Sum, Timestamp,
};

/// What the job has done.
#[derive(Debug)]
struct Progress {
    rows: AtomicU64,
    start: Timestamp,
}

#[async_trait]
impl MetricProducer for Progress {
    async fn produce(&self, _: Deadline) -> Result<MetricBatch, ProduceError> {
        let rows = Number::from(self.rows.load(Ordering::Relaxed));
        let point = NumberPoint::new(AttributeSet::empty(), rows)
            .with_start(self.start)
            .with_time(SystemTime::now().into());
        let metric = Metric::new("job.rows", Sum::counter([point])).with_unit("{row}");
        let scope = ScopeMetrics::new(Scope::new("short_lived_job")).with_metric(metric);
        // One series for the job, not one for each of its runs.
        let resource = Resource::new([("service.name", "short-lived-job")]);
        Ok(ResourceMetrics::new(resource).with_scope(scope).into())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let progress = Arc::new(Progress { rows: AtomicU64::new(0), start: SystemTime::now().into() });
    // Whether the configuration is good shows before the work, not behind it.
    let exporter = OtlpExporter::from_env()?;
    let reader = ManualReader::builder(exporter).producer(Arc::clone(&progress)).build()?;

    for _ in 0..1_000 {
        progress.rows.fetch_add(1, Ordering::Relaxed);
    }

    // Retries shrink to what fits into five seconds; the job ends in time whatever the receiver does.
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(5));
    let sent = reader.collect_and_export_blocking(deadline);
    reader.shutdown_blocking(deadline)?;
    match sent {
        Ok(books) => {
            println!("delivered {} points in {} requests", books.delivered, books.attempts)
        }
        Err(error) => println!("not delivered: {error}"),
    }
    let books = reader.stats().books;
    println!("of {} points {} arrived, lost: {:?}", books.points(), books.delivered, books.dropped);
    Ok(())
}
