//! A batch job without a runtime that pushes what it did when it ends.
//!
//! `cargo run --example pushgateway_batch_job -- http://localhost:9091`

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::time::{Duration, Instant, SystemTime};

use meterport::prom_push::PushgatewayExporter;
use meterport::{
    AttributeSet, Deadline, Gauge, Metric, MetricBatch, Number, NumberPoint, Resource,
    ResourceMetrics, Scope, ScopeMetrics, Timestamp,
};

fn gauge(name: &'static str, unit: &'static str, value: f64) -> Metric {
    let point = NumberPoint::new(AttributeSet::empty(), Number::F64(value));
    Metric::new(name, Gauge { points: [point].into_iter().collect() }).with_unit(unit)
}

fn main() -> Result<(), Box<dyn Error>> {
    let begin = Instant::now();
    // The work of the job.
    let rows: u32 = (0..1_000).map(|row| row % 7).sum();

    let now = Timestamp::from(SystemTime::now()).as_nanos() as f64 / 1e9;
    let scope = ScopeMetrics::new(Scope::new("backup"))
        .with_metric(gauge("backup.rows", "{row}", f64::from(rows)))
        .with_metric(gauge("backup.duration", "s", begin.elapsed().as_secs_f64()))
        .with_metric(gauge("backup.last_success", "s", now));
    let batch = MetricBatch::from(ResourceMetrics::new(Resource::default()).with_scope(scope));

    let endpoint = std::env::args().nth(1).unwrap_or_else(|| "http://localhost:9091".to_owned());
    let gateway = PushgatewayExporter::builder("nightly-backup")
        .endpoint(endpoint)
        .grouping("instance", "db-1")
        .build()?;
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(10));
    let outcome = gateway.push_blocking(&batch, deadline)?;
    println!("{} points pushed", outcome.delivered);
    Ok(())
}
