use prometheus::{
    GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, TextEncoder,
};

use crate::plain::{BOUNDS, Instrument, Kind};
use crate::{Render, labels, legal};

pub fn render(instruments: &[Instrument]) -> Result<Render, Box<dyn std::error::Error>> {
    let registry = Registry::new();
    for instrument in instruments {
        let name = legal(&instrument.name());
        let options = Opts::new(&name, instrument.description());
        let names: Vec<_> = labels(instrument, 0).into_iter().map(|label| label.0).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let values = |row| labels(instrument, row).into_iter().map(|label| label.1).collect();
        let rows = (0..instrument.series).map(|row| -> (usize, Vec<String>) { (row, values(row)) });
        match instrument.kind {
            Kind::Counter => {
                let counters = IntCounterVec::new(options, &names)?;
                rows.for_each(|(row, values)| {
                    counters.with_label_values(&values).inc_by(instrument.count(row, 0));
                });
                registry.register(Box::new(counters))?;
            }
            Kind::Gauge => {
                let gauges = GaugeVec::new(options, &names)?;
                rows.for_each(|(row, values)| {
                    gauges.with_label_values(&values).set(instrument.level(row, 0));
                });
                registry.register(Box::new(gauges))?;
            }
            Kind::Exponential | Kind::Histogram => {
                let options = HistogramOpts::from(options).buckets(BOUNDS.to_vec());
                let histograms = HistogramVec::new(options, &names)?;
                rows.for_each(|(row, values)| {
                    let histogram = histograms.with_label_values(&values);
                    let measurements = instrument.measurements(row);
                    measurements.into_iter().for_each(|value| histogram.observe(value));
                });
                registry.register(Box::new(histograms))?;
            }
        }
    }
    Ok(Box::new(move || {
        let families = registry.gather();
        TextEncoder::new().encode_to_string(&families).expect("a page")
    }))
}
