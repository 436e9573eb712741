//! This machine's metrics to Prometheus, or whatever takes its Remote Write, every second for ten seconds.
//!
//! `cargo run --example remote_write -- http://localhost:9090/api/v1/write`
//!
//! Prometheus must be started with `--web.enable-remote-write-receiver`. Unless it is told to take more
//! (`--web.remote-write-receiver.accepted-protobuf-messages`) it knows 1.0 alone; that is found out with
//! the first request.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::num::NonZeroU16;
use std::thread;
use std::time::{Duration, Instant};

use meterport::Deadline;
use meterport::decorators::{ExporterExt, Reliability};
use meterport::host::HostProducer;
use meterport::reader::PeriodicReader;
use meterport::remote_write::RemoteWriteExporter;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "http://localhost:9090/api/v1/write".into());
    let seconds = arguments.next().map_or(Ok(10), |argument| argument.parse())?;

    let exporter = RemoteWriteExporter::builder()
        .endpoint(url)
        .user_agent_prefix("meterport-example/1.0")
        .external_label("cluster", "example")
        .build()?;
    let stack = exporter
        .clone()
        // Timeouts, retries, requests of 2,000 points, and a log.
        .reliable_with(Reliability::default().with_max_points(2_000))
        // Two requests at once, with the samples of each series in order.
        .shard(NonZeroU16::MIN.saturating_add(1))
        // Graphs end where series end.
        .stale();
    let host = HostProducer::builder().service_name("remote-write-example").build();
    let reader =
        PeriodicReader::builder(stack).producer(host).interval(Duration::from_secs(1)).start()?;

    // The application's work, with or without a runtime of its own.
    thread::sleep(Duration::from_secs(seconds));

    // One last collection and export, all of it by the deadline.
    let last = reader.shutdown_blocking(Deadline::after(Instant::now(), Duration::from_secs(5)));
    let stats = reader.stats();
    println!("{} exports, {} points delivered", stats.exports, stats.books.delivered);
    println!("spoken: Remote Write {}", exporter.version().header());
    last?;
    Ok(())
}
