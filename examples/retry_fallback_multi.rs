//! A stack of several receivers: retries, a fallback for what does not get through, and a copy.
//!
//! `cargo run --example retry_fallback_multi [-- http://collector:4318]`
//!
//! Without an argument the primary is a port where nobody listens, and the fallback does the work.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::time::{Duration, Instant};

use meterport::decorators::{ExporterExt, Reliability, RetryPolicy};
use meterport::host::HostProducer;
use meterport::otlp_http::OtlpHttpExporter;
use meterport::reader::ManualReader;
use meterport::stdout::{Format, StdoutExporter};
use meterport::{Deadline, MetricExporter};

fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = std::env::args().nth(1).unwrap_or_else(|| "http://localhost:9".to_owned());
    let lines = |path: &str| -> std::io::Result<StdoutExporter> {
        let file = std::fs::File::create(std::env::temp_dir().join(path))?;
        Ok(StdoutExporter::builder().format(Format::JsonLines).writer(file).build())
    };

    // Quick retries, two seconds in all: then it is the fallback's turn.
    let retry = RetryPolicy::default().with_initial_interval(Duration::from_millis(200));
    let quick = Reliability::default().with_timeout(Duration::from_secs(2)).with_retry(retry);
    let primary = OtlpHttpExporter::builder().endpoint(endpoint).build()?;
    let stack = primary
        .reliable_with(quick)
        // It gets exactly what the primary still owes, nothing that was delivered.
        .fallback(lines("meterport-fallback.jsonl")?)?
        // Side by side with all of that; neither waits for the other.
        .multi(lines("meterport-copy.jsonl")?.split(1_000))?
        .logging();
    println!("{} with {stack:?}\n", stack.component());

    let reader = ManualReader::builder(stack).producer(HostProducer::builder().build()).build()?;
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(10));
    let books = reader.collect_and_export_blocking(deadline)?;
    for member in &books.members {
        println!("{}: {} points delivered", member.component, member.outcome.delivered);
        // Who was asked inside of a member is told there.
        for asked in &member.outcome.members {
            match &asked.error {
                Some(error) => println!("- {error}"),
                None => println!("- {}: took what was left", asked.component),
            }
        }
    }
    reader.shutdown_blocking(deadline)?;
    Ok(())
}
