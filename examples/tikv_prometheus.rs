//! A program on the `prometheus` crate, to an OpenTelemetry Collector: nothing changes in it but the
//! exporter.
//!
//! `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 OTEL_SERVICE_NAME=shop cargo run --example tikv_prometheus`

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::time::{Duration, Instant};

use meterport::Deadline;
use meterport::config::DetectedResource;
use meterport::otlp_http::OtlpHttpExporter;
use meterport::prometheus::PrometheusProducer;
use meterport::reader::PeriodicReader;
use prometheus::{HistogramVec, IntCounterVec, register_histogram_vec, register_int_counter_vec};

fn main() -> Result<(), Box<dyn Error>> {
    // The library's default registry; `.registry(..)` takes another one.
    let who = DetectedResource::from_env()?;
    let metrics =
        PrometheusProducer::builder().resource(who.resource).schema_url(who.schema_url).build();
    let exporter = OtlpHttpExporter::builder().with_env()?.build()?;
    let reader = PeriodicReader::builder(exporter).producer(metrics).with_env()?.start()?;

    // The program, as it is.
    let requests: IntCounterVec =
        register_int_counter_vec!("http_requests_total", "Requests so far.", &["method"])?;
    let seconds: HistogramVec =
        register_histogram_vec!("http_request_duration_seconds", "How long.", &["method"])?;
    for millis in [3, 20, 700] {
        requests.with_label_values(&["GET"]).inc();
        seconds.with_label_values(&["GET"]).observe(f64::from(millis) / 1000.0);
    }

    let last = reader.shutdown_blocking(Deadline::after(Instant::now(), Duration::from_secs(5)));
    println!("{} points delivered", reader.stats().books.delivered);
    last?;
    Ok(())
}
