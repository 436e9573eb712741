use std::time::{Duration, Instant};

use meterport_core::{Deadline, MetricBatch, MetricExporter};
use meterport_remote_write::{Protocol, RemoteWriteBuilder, RemoteWriteExporter};

use crate::failure::{Failure, Result};
use crate::interop::prometheus::Prometheus;

/// How long an export may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Settings of an exporter to a receiver.
pub(super) fn builder(receiver: &Prometheus, protocol: Protocol) -> RemoteWriteBuilder {
    RemoteWriteExporter::builder()
        .endpoint(format!("http://{}/api/v1/write", receiver.address()))
        .protocol(protocol)
}

/// Exports; all points have to be taken.
pub(super) fn send(exporter: &impl MetricExporter, batch: &MetricBatch) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| Failure::while_doing("remote-writing", error);
    let deadline = Deadline::after(Instant::now(), LIMIT);
    let outcome = block_on(exporter.export(batch, deadline))?;
    match outcome.map_err(|error| failed(&error))? {
        outcome if outcome.delivered == batch.points() => Ok(()),
        outcome => Err(failed(&format!("of {} points, {outcome:?}", batch.points()))),
    }
}

/// In a runtime of its own.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::while_doing("starting a runtime", error))?;
    Ok(runtime.block_on(future))
}
