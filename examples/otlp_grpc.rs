//! This machine's metrics to an OpenTelemetry Collector over gRPC, every second for ten seconds.
//!
//! `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 cargo run --example otlp_grpc`
//!
//! All `OTEL_EXPORTER_OTLP_*` variables count where nothing is set in code, and
//! `OTEL_METRIC_EXPORT_INTERVAL` / `_TIMEOUT` in the reader.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use meterport::Deadline;
use meterport::decorators::ExporterExt;
use meterport::host::HostProducer;
use meterport::otlp_grpc::{Compression, OtlpGrpcExporter};
use meterport::reader::PeriodicReader;

fn main() -> Result<(), Box<dyn Error>> {
    let exporter = OtlpGrpcExporter::builder()
        .compression(Compression::GZIP)
        .user_agent_prefix("meterport-example/1.0")
        // An address that is gone from the receiver's name is left within this time.
        .resolve_interval(Some(Duration::from_secs(30)))
        .with_env()?
        .build()?
        // Retries, pieces, timeouts and a log around the transport.
        .reliable();
    let host = HostProducer::builder().service_name("otlp-grpc-example").build();
    let reader = PeriodicReader::builder(exporter.reliable())
        .producer(host)
        .interval(Duration::from_secs(1))
        .with_env()?
        .start()?;

    // The application's work, with or without a runtime of its own.
    let seconds = std::env::args().nth(1).map_or(Ok(10), |argument| argument.parse())?;
    thread::sleep(Duration::from_secs(seconds));

    // One last collection and export, all of it by the deadline.
    let last = reader.shutdown_blocking(Deadline::after(Instant::now(), Duration::from_secs(5)));
    let stats = reader.stats();
    println!("{} exports, {} points delivered", stats.exports, stats.books.delivered);
    last?;
    Ok(())
}
