//! A shop that measures with the registry itself. `source_metrics` and `source_opentelemetry` are the
//! same program over other interfaces, and export the same.
//!
//! `cargo run --example source_registry`, with a collector at port 4318 or where `OTEL_*` says.

use std::error::Error;
use std::time::{Duration, Instant};

use meterport::otlp_http::OtlpHttpExporter;
use meterport::reader::PeriodicReader;
use meterport::registry::{InstrumentError, Registry};
use meterport::{Deadline, MetricExporter};

fn measure(registry: &Registry) -> Result<(), InstrumentError> {
    let meter = registry.meter("shop");
    let orders = meter.counter::<u64>("shop.orders").unit("1").description("Orders.").build()?;
    let stock = meter.gauge::<f64>("shop.stock").unit("By").description("In stock.").build()?;
    let duration = meter.histogram::<f64>("shop.duration").unit("s").description("To serve.");
    let duration = duration.bounds([0.01, 0.1, 1.0]).build()?;

    for (payment, seconds) in [("card", 0.05), ("cash", 0.5), ("card", 2.0)] {
        orders.add(1, [("payment", payment), ("region", "eu")]);
        duration.record(seconds, [("payment", payment)]);
    }
    stock.set(42.5, ());
    Ok(())
}

pub(crate) fn run(exporter: impl MetricExporter) -> Result<(), Box<dyn Error>> {
    let registry = Registry::new();
    let producer = registry.producer_for(&exporter);
    let reader = PeriodicReader::builder(exporter).producer(producer).start()?;
    measure(&registry)?;
    reader.shutdown_blocking(Deadline::after(Instant::now(), Duration::from_secs(5)))?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(OtlpHttpExporter::builder().endpoint("http://localhost:4318").with_env()?.build()?)
}
