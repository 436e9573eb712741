use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Registry, TextEncoder};

use crate::Render;
use crate::plain::{self, BOUNDS, Instrument, Kind, Value};

pub fn render(instruments: &[Instrument]) -> Result<Render, Box<dyn std::error::Error>> {
    let registry = Registry::new();
    let exporter = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build()?;
    let provider = SdkMeterProvider::builder().with_reader(exporter).build();
    let meter = provider.meter(plain::SCOPE.0);
    for instrument in instruments {
        let (name, help) = (instrument.name(), instrument.description());
        let rows = 0..instrument.series;
        match instrument.kind {
            Kind::Counter => {
                let counter = meter.u64_counter(name).with_description(help).build();
                rows.for_each(|row| {
                    counter.add(instrument.count(row, 0), &attributes(instrument, row));
                });
            }
            Kind::Gauge => {
                let gauge = meter.f64_gauge(name).with_description(help).build();
                rows.for_each(|row| {
                    gauge.record(instrument.level(row, 0), &attributes(instrument, row));
                });
            }
            Kind::Exponential | Kind::Histogram => {
                let histogram = meter.f64_histogram(name).with_description(help);
                let histogram = histogram.with_boundaries(BOUNDS.to_vec()).build();
                for row in rows {
                    let attributes = attributes(instrument, row);
                    let measurements = instrument.measurements(row);
                    measurements.into_iter().for_each(|value| histogram.record(value, &attributes));
                }
            }
        }
    }
    Ok(Box::new(move || {
        // The exporter asks the provider's instruments.
        let _ = &provider;
        TextEncoder::new().encode_to_string(&registry.gather()).expect("a page")
    }))
}

fn attributes(instrument: &Instrument, row: usize) -> Vec<KeyValue> {
    let attribute = |(key, value)| match value {
        Value::Int(number) => KeyValue::new(key, number),
        Value::Text(text) => KeyValue::new(key, text),
    };
    instrument.attributes(row).into_iter().map(attribute).collect()
}
