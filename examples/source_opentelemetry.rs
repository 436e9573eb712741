//! The shop of `source_registry`, measured through the OpenTelemetry API, without its SDK.
//!
//! `cargo run --example source_opentelemetry`, with a collector at port 4318 or where `OTEL_*` says.

use std::error::Error;
use std::time::{Duration, Instant};

use meterport::opentelemetry::{CurrentSpan, RegistryMeterProvider};
use meterport::otlp_http::OtlpHttpExporter;
use meterport::reader::PeriodicReader;
use meterport::registry::Registry;
use meterport::{Deadline, MetricExporter};
use opentelemetry::{KeyValue, global};

fn measure() {
    let meter = global::meter("shop");
    let orders = meter.u64_counter("shop.orders").with_unit("1").with_description("Orders.");
    let orders = orders.build();
    let stock = meter.f64_gauge("shop.stock").with_unit("By").with_description("In stock.");
    let duration = meter.f64_histogram("shop.duration").with_unit("s");
    let duration = duration.with_description("To serve.").with_boundaries(vec![0.01, 0.1, 1.0]);
    let duration = duration.build();

    for (payment, seconds) in [("card", 0.05), ("cash", 0.5), ("card", 2.0)] {
        let payment = KeyValue::new("payment", payment);
        orders.add(1, &[payment.clone(), KeyValue::new("region", "eu")]);
        duration.record(seconds, &[payment]);
    }
    stock.build().record(42.5, &[]);
}

pub(crate) fn run(exporter: impl MetricExporter) -> Result<(), Box<dyn Error>> {
    let registry = Registry::builder().spans(CurrentSpan).build()?;
    global::set_meter_provider(RegistryMeterProvider::new(registry.clone()));
    let producer = registry.producer_for(&exporter);
    let reader = PeriodicReader::builder(exporter).producer(producer).start()?;
    measure();
    reader.shutdown_blocking(Deadline::after(Instant::now(), Duration::from_secs(5)))?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(OtlpHttpExporter::builder().endpoint("http://localhost:4318").with_env()?.build()?)
}
