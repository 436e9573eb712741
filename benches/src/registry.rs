//! The workload, recorded in a registry.

use meterport_core::{Aggregation, AttributeSet, Resource, Scope};
use meterport_registry::{
    BoundCounter, BoundGauge, BoundHistogram, InstrumentError, Registry, View,
};
use meterport_testkit::workload::plain::{self, Instrument, Kind, Mix, Value};

/// A registry with all series of the workload, and a handle for each.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recorded {
    /// The registry.
    pub registry: Registry,
    handles: Vec<Handle>,
}

#[derive(Debug)]
enum Handle {
    Counter(BoundCounter<u64>),
    Gauge(BoundGauge<f64>),
    Histogram(BoundHistogram<f64>),
}

/// A registry for the workload.
///
/// # Panics
/// The registry refuses its views.
pub fn registry() -> Registry {
    Registry::builder()
        .resource(Resource::new(plain::RESOURCE))
        .view(View::named("*.latency.*").with_aggregation(Aggregation::BASE2))
        .cardinality_limit(usize::MAX)
        .build()
        .expect("the views are right")
}

/// Records the workload's first round without handles.
///
/// # Errors
/// The registry refuses an instrument.
pub fn record(registry: &Registry, mix: Mix, series: usize) -> Result<(), InstrumentError> {
    each(registry, mix, series, |instrument, made, row| {
        let attributes = attributes(instrument, row);
        match made {
            Made::Counter(counter) => counter.add(instrument.count(row, 0), &attributes),
            Made::Gauge(gauge) => gauge.set(instrument.level(row, 0), &attributes),
            Made::Histogram(histogram) => {
                for value in instrument.measurements(row) {
                    histogram.record(value, &attributes);
                }
            }
        }
    })
}

impl Recorded {
    /// The workload's series bound, nothing recorded yet.
    ///
    /// # Errors
    /// The registry refuses an instrument.
    pub fn new(registry: Registry, mix: Mix, series: usize) -> Result<Self, InstrumentError> {
        let mut handles = Vec::with_capacity(series);
        each(&registry, mix, series, |instrument, made, row| {
            let attributes = attributes(instrument, row);
            handles.push(match made {
                Made::Counter(counter) => Handle::Counter(counter.bind(&attributes)),
                Made::Gauge(gauge) => Handle::Gauge(gauge.bind(&attributes)),
                Made::Histogram(histogram) => Handle::Histogram(histogram.bind(&attributes)),
            });
        })?;
        Ok(Self { registry, handles })
    }

    /// One measurement for each series.
    pub fn touch(&self) {
        for handle in &self.handles {
            match handle {
                Handle::Counter(counter) => counter.add(7),
                Handle::Gauge(gauge) => gauge.set(0.25),
                Handle::Histogram(histogram) => histogram.record(12.5),
            }
        }
    }
}

enum Made {
    Counter(meterport_registry::Counter<u64>),
    Gauge(meterport_registry::Gauge<f64>),
    Histogram(meterport_registry::Histogram<f64>),
}

fn each(
    registry: &Registry,
    mix: Mix,
    series: usize,
    mut then: impl FnMut(&Instrument, &Made, usize),
) -> Result<(), InstrumentError> {
    let (name, version) = plain::SCOPE;
    let meter = registry.meter_of(Scope::new(name).with_version(version), "");
    for instrument in mix.instruments(series) {
        let (name, unit) = (instrument.name(), instrument.unit());
        let description = instrument.description();
        let made = match instrument.kind {
            Kind::Counter => {
                let counter = meter.counter(name).unit(unit).description(description);
                Made::Counter(counter.build()?)
            }
            Kind::Gauge => {
                let gauge = meter.gauge(name).unit(unit).description(description);
                Made::Gauge(gauge.build()?)
            }
            Kind::Exponential | Kind::Histogram => {
                let histogram = meter.histogram(name).unit(unit).description(description);
                Made::Histogram(histogram.bounds(plain::BOUNDS).build()?)
            }
        };
        (0..instrument.series).for_each(|row| then(&instrument, &made, row));
    }
    Ok(())
}

fn attributes(instrument: &Instrument, row: usize) -> AttributeSet {
    let pairs = instrument.attributes(row).into_iter().map(|(key, value)| {
        let value = match value {
            Value::Int(number) => meterport_core::Value::Int(number),
            Value::Text(text) => meterport_core::Value::String(text),
        };
        (key, value)
    });
    pairs.collect()
}
