//! The same metrics pulled by Prometheus and pushed to an OpenTelemetry Collector.
//!
//! `cargo run --example scrape_and_otlp_at_once`: the scrape endpoint is at localhost:9464, the
//! Collector is expected at localhost:4318. Neither waits for the other: one that is down costs the
//! other nothing.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use meterport::Deadline;
use meterport::decorators::ExporterExt;
use meterport::host::HostProducer;
use meterport::otlp_http::OtlpHttpExporter;
use meterport::prom_pull::ScrapeService;
use meterport::prom_server::PrometheusServer;
use meterport::reader::PeriodicReader;

fn main() -> Result<(), Box<dyn Error>> {
    let host = Arc::new(HostProducer::builder().service_name("both-ways-example").build());

    // Pull: collected when Prometheus asks.
    let metrics = ScrapeService::builder().producer(Arc::clone(&host)).build()?;
    let server = PrometheusServer::builder(metrics).with_env()?.start()?;
    println!("http://{}/metrics", server.address());

    // Push: collected every ten seconds.
    let exporter = OtlpHttpExporter::builder().with_env()?.build()?.reliable();
    let reader = PeriodicReader::builder(exporter)
        .producer(host)
        .interval(Duration::from_secs(10))
        .start()?;

    let seconds = std::env::args().nth(1).map_or(Ok(60), |argument| argument.parse())?;
    thread::sleep(Duration::from_secs(seconds));

    let deadline = Deadline::after(Instant::now(), Duration::from_secs(5));
    let last = reader.shutdown_blocking(deadline);
    server.shutdown_blocking(deadline)?;
    last?;
    Ok(())
}
