//! A destination of one's own: six methods, and every decorator works around it.
//!
//! `cargo run --example custom_exporter`

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use meterport::decorators::{ExporterExt, FilterRules, QueueSettings, RelabelRules, Selector};
use meterport::host::HostProducer;
use meterport::reader::ManualReader;
use meterport::{
    Aggregation, Component, Deadline, ExportError, InstrumentKind, MetricBatch, MetricExporter,
    Outcome, Temporality,
};

/// Writes one line for each metric.
#[derive(Debug)]
struct Lines(Component);

#[async_trait]
impl MetricExporter for Lines {
    async fn export(&self, batch: &MetricBatch, _: Deadline) -> Result<Outcome, ExportError> {
        for metric in batch.metrics() {
            println!("{}: {} points", metric.descriptor.name, metric.data.len());
        }
        // What another exporter could not do says how: `ExportError` has a kind, and an advice.
        Ok(Outcome::delivered(batch.points()))
    }

    async fn force_flush(&self, _: Deadline) -> Result<Outcome, ExportError> {
        Ok(Outcome::default())
    }

    async fn shutdown(&self, _: Deadline) -> Result<Outcome, ExportError> {
        Ok(Outcome::default())
    }

    fn temporality(&self, _: InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }

    fn aggregation(&self, _: InstrumentKind) -> Aggregation {
        Aggregation::Default
    }

    fn component(&self) -> &Component {
        &self.0
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let stack = Lines(Component::new("line_exporter"))
        .reliable()
        .relabel(RelabelRules::new().add("cluster", "eu-1"))
        .filter(FilterRules::new().drop(Selector::metric("process.*")))
        .cardinality_limit(2_000)
        .queue(QueueSettings::default());
    println!("{stack:?}\n");

    let reader = ManualReader::builder(stack).producer(HostProducer::builder().build()).build()?;
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(5));
    let taken = reader.collect_and_export_blocking(deadline)?;
    // What the queue has taken is exported by the end.
    let books = reader.shutdown_blocking(deadline)?;
    println!("\n{} points queued, then {} delivered", taken.queued, books.delivered);
    println!("{:?} by the filter", books.dropped);
    Ok(())
}
