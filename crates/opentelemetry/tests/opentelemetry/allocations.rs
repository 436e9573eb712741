use allocation_counter::measure;
use meterport_opentelemetry::{CurrentSpan, RegistryMeterProvider};
use meterport_registry::Registry;
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;

#[test]
fn a_measurement_of_a_known_series_allocates_nothing() {
    let registry = Registry::builder().spans(CurrentSpan).build().unwrap();
    let _producer = registry.producer().build();
    let meter = RegistryMeterProvider::new(registry).meter("m");
    let counter = meter.u64_counter("c").build();
    let histogram = meter.f64_histogram("h").build();
    let attributes = [
        KeyValue::new("http.request.method", "GET"),
        KeyValue::new("http.route", "/orders/{id}".to_owned()),
        KeyValue::new("http.response.status_code", 200),
        KeyValue::new("cached", true),
        KeyValue::new("ratio", 0.5),
        KeyValue::new("server.address", "example.com"),
    ];
    let record = || {
        counter.add(1, &attributes);
        histogram.record(1.5, &attributes);
    };
    record();
    let allocations = measure(|| (0..100).for_each(|_| record()));
    assert_eq!(allocations.count_total, 0);
}
