//! A decorator of one's own, as a method of every exporter like those that come with Meterport.
//!
//! `cargo run --example custom_decorator`

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::fmt;

use async_trait::async_trait;
use meterport::decorators::ExporterExt;
use meterport::host::HostProducer;
use meterport::stdout::{Format, StdoutExporter};
use meterport::{
    Aggregation, Component, Deadline, ExportError, InstrumentKind, MetricBatch, MetricExporter,
    MetricProducer, Outcome, Temporality,
};

/// Shows each batch and what became of it to a function.
struct Tap<E, F> {
    inner: E,
    see: F,
}

trait TapExt: MetricExporter + Sized {
    fn tap<F>(self, see: F) -> Tap<Self, F>
    where
        F: Fn(&MetricBatch, &Result<Outcome, ExportError>) + Send + Sync + 'static,
    {
        Tap { inner: self, see }
    }
}

impl<E: MetricExporter> TapExt for E {}

/// A decorator's `Debug` reads as the composition: the exporter inside first.
impl<E: MetricExporter, F> fmt::Debug for Tap<E, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tap").field(&self.inner).finish()
    }
}

/// All but `export` is forwarded as it is. No method has a body of its own to fall back to: whoever
/// forgets one gets an error from the compiler, not a flush that never reaches the exporter inside.
#[async_trait]
impl<E, F> MetricExporter for Tap<E, F>
where
    E: MetricExporter,
    F: Fn(&MetricBatch, &Result<Outcome, ExportError>) + Send + Sync + 'static,
{
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let result = self.inner.export(batch, deadline).await;
        (self.see)(batch, &result);
        // The books pass through untouched: each point stands in them once.
        result
    }

    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.inner.force_flush(deadline).await
    }

    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.inner.shutdown(deadline).await
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.inner.temporality(kind)
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.inner.aggregation(kind)
    }

    fn component(&self) -> &Component {
        self.inner.component()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Inside of the split it sees each piece, outside of everything the whole batch.
    let stack = StdoutExporter::builder()
        .format(Format::JsonLines)
        .writer(std::io::sink())
        .build()
        .tap(|piece, _| println!("- a piece of {} points", piece.points()))
        .split(20)
        .tap(|batch, result| match result {
            Ok(outcome) => println!("{} of {}: delivered", outcome.delivered, batch.points()),
            Err(error) => println!("{} points: {error}", batch.points()),
        });
    println!("{stack:?}\n");
    let batch = HostProducer::builder().build().produce(Deadline::NONE).await?;
    stack.export(&batch, Deadline::NONE).await?;
    stack.shutdown(Deadline::NONE).await?;
    Ok(())
}
