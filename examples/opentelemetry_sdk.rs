//! A program on `opentelemetry_sdk`: one SDK, scraped and pushed at once.
//!
//! `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 cargo run --example opentelemetry_sdk`
//!
//! If all that is wanted is a push, `PushAdapter::new(exporter)?` goes into the provider's
//! `with_periodic_exporter` instead, and the reader of the SDK does the rest.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::time::{Duration, Instant};

use meterport::Deadline;
use meterport::opentelemetry_sdk::{SdkReader, suppressed};
use meterport::otlp_http::OtlpHttpExporter;
use meterport::reader::PeriodicReader;
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;

fn main() -> Result<(), Box<dyn Error>> {
    let exporter = OtlpHttpExporter::builder().with_env()?.build()?;

    // To the SDK a reader, to Meterport a producer.
    let sdk = SdkReader::builder().for_exporter(&exporter).build();
    let provider = SdkMeterProvider::builder()
        .with_resource(Resource::builder().with_service_name("opentelemetry-sdk-example").build())
        .with_reader(sdk.clone())
        .with_view(sdk.view())
        .build();
    let push = PeriodicReader::builder(exporter)
        .producer(sdk.clone())
        .on_start(suppressed())
        .with_env()?
        .start()?;

    // The program, as it is.
    let orders = provider.meter("shop").u64_counter("shop.orders").with_unit("{order}").build();
    orders.add(3, &[KeyValue::new("country", "NL")]);

    // What a scrape does. It takes nothing from the push: both see the same sums.
    let scraped = sdk.collect()?;
    println!("{} point", scraped.points());

    provider.shutdown()?;
    push.shutdown_blocking(Deadline::after(Instant::now(), Duration::from_secs(5)))?;
    println!("{} points delivered", push.stats().books.delivered);
    Ok(())
}
