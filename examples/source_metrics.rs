//! The shop of `source_registry`, measured through the `metrics` facade.
//!
//! `cargo run --example source_metrics`, with a collector at port 4318 or where `OTEL_*` says.

use std::error::Error;
use std::time::{Duration, Instant};

use meterport::metrics::{Matcher, RegistryRecorder};
use meterport::otlp_http::OtlpHttpExporter;
use meterport::reader::PeriodicReader;
use meterport::registry::Registry;
use meterport::{Deadline, MetricExporter};
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram};
use metrics::{gauge, histogram};

fn measure() {
    describe_counter!("shop.orders", Unit::Count, "Orders.");
    describe_gauge!("shop.stock", Unit::Bytes, "In stock.");
    describe_histogram!("shop.duration", Unit::Seconds, "To serve.");

    for (payment, seconds) in [("card", 0.05), ("cash", 0.5), ("card", 2.0)] {
        counter!(target: "shop", "shop.orders", "payment" => payment, "region" => "eu")
            .increment(1);
        histogram!(target: "shop", "shop.duration", "payment" => payment).record(seconds);
    }
    gauge!(target: "shop", "shop.stock").set(42.5);
}

pub(crate) fn run(exporter: impl MetricExporter) -> Result<(), Box<dyn Error>> {
    let registry = Registry::new();
    let recorder = RegistryRecorder::builder(registry.clone())
        .buckets(Matcher::Suffix("duration".into()), [0.01, 0.1, 1.0])
        .build()?;
    metrics::set_global_recorder(recorder)?;
    let producer = registry.producer_for(&exporter);
    let reader = PeriodicReader::builder(exporter).producer(producer).start()?;
    measure();
    reader.shutdown_blocking(Deadline::after(Instant::now(), Duration::from_secs(5)))?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(OtlpHttpExporter::builder().endpoint("http://localhost:4318").with_env()?.build()?)
}
