//! A batch built by hand: every part of the model can be made, read, split and filtered.
//!
//! `cargo run --example by_hand`

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::time::{Duration, Instant};

use meterport::stdout::StdoutExporter;
use meterport::{
    AttributeSet, Bounds, Buckets, Deadline, Exemplar, Histogram, HistogramPoint, HistogramValue,
    Metric, MetricBatch, MetricExporter, Number, NumberPoint, Resource, ResourceMetrics, Scope,
    ScopeMetrics, SpanId, Stats, Sum, Temporality, Timestamp, TraceId,
};

fn batch() -> Result<MetricBatch, Box<dyn Error>> {
    let (start, now) = (Timestamp::from_secs(1_700_000_000), Timestamp::from_secs(1_700_000_060));
    let requests = |method: &str, count: i64| {
        NumberPoint::new(AttributeSet::from([("http.request.method", method)]), Number::I64(count))
            .with_start(start)
            .with_time(now)
    };
    let counter = Metric::new(
        "http.server.requests",
        Sum::counter([requests("GET", 1_027), requests("POST", 3)]),
    )
    .with_unit("{request}");

    let buckets = Buckets::new(Bounds::new([0.01, 0.1, 1.0])?, vec![900, 100, 29, 1])?;
    let value = HistogramValue {
        stats: Stats { count: buckets.total(), sum: Some(21.5), min: Some(0.001), max: Some(2.5) },
        buckets,
    };
    let slow = Exemplar::new(Number::F64(2.5), now);
    let slow = match (TraceId::from_bytes([7; 16]), SpanId::from_bytes([9; 8])) {
        (Some(trace), Some(span)) => slow.with_span(trace, span),
        _ => slow,
    };
    let point = HistogramPoint::new(AttributeSet::empty(), value)
        .with_start(start)
        .with_time(now)
        .with_exemplar(slow);
    let latency = Metric::new(
        "http.server.request.duration",
        Histogram { points: [point].into_iter().collect(), temporality: Temporality::Cumulative },
    )
    .with_unit("s");

    let scope = ScopeMetrics::new(Scope::new("by_hand").with_version("1.0"))
        .with_metric(counter)
        .with_metric(latency);
    let resource = ResourceMetrics::new(Resource::new([("service.name", "example")]));
    Ok(resource.with_scope(scope).into())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let whole = batch()?;
    let exporter = StdoutExporter::default();
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(5));
    exporter.export(&whole, deadline).await?;

    println!("\nThe same in pieces of at most two points:");
    for piece in whole.split(2) {
        println!("- {} points", piece.points());
    }
    let posts = whole.filter(|_, _, _, attributes| {
        attributes.get("http.request.method").and_then(|method| method.as_str()) == Some("POST")
    });
    println!("\nThe POST requests alone:");
    exporter.export(&posts, deadline).await?;
    Ok(())
}
