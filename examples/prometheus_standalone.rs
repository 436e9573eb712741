//! This machine's metrics for Prometheus to scrape, from a server of our own.
//!
//! `cargo run --example prometheus_standalone`, then open <http://localhost:9464>.
//!
//! `OTEL_EXPORTER_PROMETHEUS_HOST` and `_PORT` say where it listens.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use meterport::Deadline;
use meterport::host::HostProducer;
use meterport::prom_pull::ScrapeService;
use meterport::prom_server::PrometheusServer;

fn main() -> Result<(), Box<dyn Error>> {
    let host = HostProducer::builder().service_name("prometheus-example").build();
    let metrics = ScrapeService::builder().producer(host).build()?;
    let server = PrometheusServer::builder(metrics.clone()).with_env()?.start()?;
    println!("http://{}/metrics", server.address());

    // The application's work, with or without a runtime of its own.
    let seconds = std::env::args().nth(1).map_or(Ok(60), |argument| argument.parse())?;
    thread::sleep(Duration::from_secs(seconds));

    server.shutdown_blocking(Deadline::after(Instant::now(), Duration::from_secs(5)))?;
    println!("{} scrapes answered", metrics.stats().ok);
    Ok(())
}
