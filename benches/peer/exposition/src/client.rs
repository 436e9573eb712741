use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::plain::{BOUNDS, Instrument, Kind};
use crate::{Render, labels, legal};

type Labels = Vec<(String, String)>;

pub fn render(instruments: &[Instrument]) -> Result<Render, Box<dyn std::error::Error>> {
    let mut registry = Registry::default();
    for instrument in instruments {
        let (name, help) = (legal(&instrument.name()), instrument.description());
        let rows = 0..instrument.series;
        match instrument.kind {
            Kind::Counter => {
                let family = Family::<Labels, Counter>::default();
                rows.for_each(|row| {
                    let counter = family.get_or_create_owned(&labels(instrument, row));
                    counter.inc_by(instrument.count(row, 0));
                });
                registry.register(name, help, family);
            }
            Kind::Gauge => {
                let family = Family::<Labels, Gauge<f64, AtomicU64>>::default();
                rows.for_each(|row| {
                    let gauge = family.get_or_create_owned(&labels(instrument, row));
                    gauge.set(instrument.level(row, 0));
                });
                registry.register(name, help, family);
            }
            Kind::Exponential | Kind::Histogram => {
                let new: fn() -> Histogram = || Histogram::new(BOUNDS);
                let family = Family::<Labels, Histogram, _>::new_with_constructor(new);
                rows.for_each(|row| {
                    let histogram = family.get_or_create_owned(&labels(instrument, row));
                    let measurements = instrument.measurements(row);
                    measurements.into_iter().for_each(|value| histogram.observe(value));
                });
                registry.register(name, help, family);
            }
        }
    }
    Ok(Box::new(move || {
        let mut page = String::new();
        encode(&mut page, &registry).expect("a string takes everything");
        page
    }))
}
