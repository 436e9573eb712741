//! What lies between the exporter and its receivers: addresses, connections, runtimes, hooks,
//! services of one's own.

mod addresses;
mod hooks;
mod keepalive;
mod runtimes;
mod services;

use std::time::Duration;

use meterport_core::{
    AttributeSet, Deadline, ExportError, Gauge, Metric, MetricBatch, MetricExporter, Number,
    NumberPoint, Outcome, ResourceMetrics, ScopeMetrics,
};
use meterport_otlp_grpc::OtlpGrpcExporter;
use meterport_testkit::within;
use tokio::time::Instant;

const GUARD: Duration = Duration::from_secs(30);

/// One point.
fn batch() -> MetricBatch {
    let point = NumberPoint::new(AttributeSet::empty(), Number::I64(1));
    let gauge = Gauge { points: [point].into_iter().collect() };
    let scope = ScopeMetrics::default().with_metric(Metric::new("m", gauge));
    ResourceMetrics::default().with_scope(scope).into()
}

async fn export(exporter: &OtlpGrpcExporter) -> Result<Outcome, ExportError> {
    let deadline = Deadline::after(Instant::now().into_std(), GUARD);
    within(GUARD, exporter.export(&batch(), deadline)).await
}

/// Moves the runtime's clock, and nothing else.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
