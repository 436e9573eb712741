use metrics::{Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::plain::{BOUNDS, Instrument, Kind};
use crate::{Render, labels, legal};

pub fn render(instruments: &[Instrument]) -> Result<Render, Box<dyn std::error::Error>> {
    let recorder = PrometheusBuilder::new().set_buckets(&BOUNDS)?.build_recorder();
    let metadata = Metadata::new("bench", Level::INFO, None);
    for instrument in instruments {
        let name = legal(&instrument.name());
        let help = instrument.description().into();
        match instrument.kind {
            Kind::Counter => recorder.describe_counter(name.clone().into(), None, help),
            Kind::Gauge => recorder.describe_gauge(name.clone().into(), None, help),
            Kind::Exponential | Kind::Histogram => {
                recorder.describe_histogram(name.clone().into(), None, help);
            }
        }
        for row in 0..instrument.series {
            let label = |(name, value)| Label::new::<String, String>(name, value);
            let labels: Vec<_> = labels(instrument, row).into_iter().map(label).collect();
            let key = Key::from_parts(name.clone(), labels);
            match instrument.kind {
                Kind::Counter => {
                    let counter = recorder.register_counter(&key, &metadata);
                    counter.increment(instrument.count(row, 0));
                }
                Kind::Gauge => {
                    recorder.register_gauge(&key, &metadata).set(instrument.level(row, 0));
                }
                Kind::Exponential | Kind::Histogram => {
                    let histogram = recorder.register_histogram(&key, &metadata);
                    let measurements = instrument.measurements(row);
                    measurements.into_iter().for_each(|value| histogram.record(value));
                }
            }
        }
    }
    let handle = recorder.handle();
    Ok(Box::new(move || {
        // The recorder lives as long as its handle is used.
        let _ = &recorder;
        handle.render()
    }))
}
