//! Metrics of one's own: a registry, its instruments, and a reader that exports what they hold.
//!
//! `cargo run --example registry`

use std::error::Error;
use std::time::{Duration, Instant};

use meterport::reader::PeriodicReader;
use meterport::registry::{AttributeValue, Registry, View};
use meterport::stdout::StdoutExporter;
use meterport::{Aggregation, Deadline, Resource};

fn main() -> Result<(), Box<dyn Error>> {
    let registry = Registry::builder()
        .resource(Resource::new([("service.name", "registry-example")]))
        .view(View::named("*.duration").with_aggregation(Aggregation::BASE2))
        .view(View::named("shop.orders").without_attributes(["customer"]))
        .build()?;
    let meter = registry.meter("shop");
    let requests = meter.counter::<u64>("shop.requests").unit("{request}").build()?;
    let orders = meter.counter::<u64>("shop.orders").unit("{order}").build()?;
    let duration = meter.histogram::<f64>("shop.duration").unit("s").build()?;
    let uptime = meter.observable_gauge::<f64>("shop.uptime").unit("s").build()?;
    let began = Instant::now();
    uptime.observe(move |observer| observer.observe(began.elapsed().as_secs_f64(), ()));

    let exporter = StdoutExporter::default();
    let producer = registry.producer_for(&exporter);
    let reader = PeriodicReader::builder(exporter).producer(producer).start()?;

    // A handle: no look-up, no lock, no allocation.
    let gets = requests.bind([("http.request.method", "GET")]);
    for customer in 0..100 {
        gets.add(1);
        duration.record(0.001 * f64::from(customer), ());
        // Without a handle: the attributes of this measurement, as they are at hand.
        let express = customer % 10 == 0;
        orders.add(1, [("customer", customer.into()), ("express", AttributeValue::Bool(express))]);
    }
    reader.shutdown_blocking(Deadline::after(Instant::now(), Duration::from_secs(5)))?;
    Ok(())
}
