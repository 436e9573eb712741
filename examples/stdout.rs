//! This machine's metrics on the terminal, once: as text, or as a line of OTLP JSON.
//!
//! `cargo run --example stdout [-- json]`

use std::error::Error;
use std::time::{Duration, Instant};

use meterport::Deadline;
use meterport::host::HostProducer;
use meterport::reader::ManualReader;
use meterport::stdout::{Format, StdoutExporter};

fn main() -> Result<(), Box<dyn Error>> {
    let format = match std::env::args().nth(1).as_deref() {
        Some("json") => Format::JsonLines,
        _ => Format::Text,
    };
    let exporter = StdoutExporter::builder().format(format).build();
    let reader =
        ManualReader::builder(exporter).producer(HostProducer::builder().build()).build()?;
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(5));
    reader.collect_and_export_blocking(deadline)?;
    reader.shutdown_blocking(deadline)?;
    Ok(())
}
