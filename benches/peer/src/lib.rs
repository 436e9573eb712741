//! opentelemetry_sdk and opentelemetry-otlp on Meterport's workload, from a measurement to bytes.

#[path = "../../src/memory.rs"]
pub mod memory;
#[path = "../../../crates/testkit/src/workload/plain.rs"]
#[allow(dead_code)]
pub mod plain;
#[path = "../../src/recording.rs"]
pub mod recording;
#[path = "../../src/timing.rs"]
pub mod timing;

use std::sync::{Arc, Weak};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument as ViewedInstrument, InstrumentKind, ManualReader, Pipeline,
    SdkMeterProvider, Stream, Temporality,
};
use prost::Message;

use plain::{Instrument, Kind, Mix, Value};

/// The workload's first round, recorded through the SDK.
#[derive(Debug)]
pub struct Recorded {
    reader: Shared,
    _provider: SdkMeterProvider,
}

impl Recorded {
    /// Records it.
    pub fn new(mix: Mix, series: usize) -> Self {
        let reader = Shared(Arc::new(ManualReader::builder().build()));
        let resource = plain::RESOURCE.map(|(key, value)| KeyValue::new(key, value));
        let provider = SdkMeterProvider::builder()
            .with_reader(reader.clone())
            .with_resource(Resource::builder_empty().with_attributes(resource).build())
            .with_view(|instrument: &ViewedInstrument| {
                let exponential = Aggregation::Base2ExponentialHistogram {
                    max_size: 160,
                    max_scale: 20,
                    record_min_max: true,
                };
                let wanted = instrument.name().contains(".latency.");
                wanted
                    .then(|| Stream::builder().with_aggregation(exponential).build().ok())
                    .flatten()
            })
            .build();
        let (name, version) = plain::SCOPE;
        let scope = opentelemetry::InstrumentationScope::builder(name).with_version(version);
        let meter = provider.meter_with_scope(scope.build());
        for instrument in mix.instruments(series) {
            record(&meter, &instrument);
        }
        Self { reader, _provider: provider }
    }

    /// Collects into a snapshot whose memory is used again, as the SDK's own readers do.
    ///
    /// # Panics
    /// The SDK refuses.
    pub fn collect(&self, into: &mut ResourceMetrics) {
        self.reader.collect(into).expect("the SDK collects");
    }
}

/// What an export starts from: the workload's first round, recorded through the SDK and collected.
///
/// # Panics
/// The SDK refuses something.
pub fn snapshot(mix: Mix, series: usize) -> ResourceMetrics {
    let mut snapshot = ResourceMetrics::default();
    Recorded::new(mix, series).collect(&mut snapshot);
    snapshot
}

fn record(meter: &Meter, instrument: &Instrument) {
    let rows = 0..instrument.series;
    let (name, unit) = (instrument.name(), instrument.unit());
    let description = instrument.description();
    match instrument.kind {
        Kind::Counter => {
            let counter = meter.u64_counter(name).with_unit(unit).with_description(description);
            let counter = counter.build();
            rows.for_each(|row| {
                counter.add(instrument.count(row, 0), &attributes(instrument, row))
            });
        }
        Kind::Gauge => {
            let gauge = meter.f64_gauge(name).with_unit(unit).with_description(description);
            let gauge = gauge.build();
            rows.for_each(|row| {
                gauge.record(instrument.level(row, 0), &attributes(instrument, row));
            });
        }
        Kind::Exponential | Kind::Histogram => {
            let histogram = meter.f64_histogram(name).with_unit(unit);
            let histogram = histogram
                .with_description(description)
                .with_boundaries(plain::BOUNDS.to_vec())
                .build();
            for row in rows {
                let attributes = attributes(instrument, row);
                for value in instrument.measurements(row) {
                    histogram.record(value, &attributes);
                }
            }
        }
    }
}

fn attributes(instrument: &Instrument, row: usize) -> Vec<KeyValue> {
    key_values(instrument.attributes(row))
}

/// The same attributes as the API wants them.
pub fn key_values(attributes: Vec<(&'static str, Value)>) -> Vec<KeyValue> {
    let attribute = |(key, value)| match value {
        Value::Int(number) => KeyValue::new(key, number),
        Value::Text(text) => KeyValue::new(key, text),
    };
    attributes.into_iter().map(attribute).collect()
}

/// What opentelemetry-otlp does per export, over HTTP (`build_metrics_export_body`) as over gRPC:
/// converts the snapshot to messages and has prost encode those.
pub fn convert_and_encode(snapshot: &ResourceMetrics) -> Vec<u8> {
    ExportMetricsServiceRequest::from(snapshot).encode_to_vec()
}

/// How many points a body has.
///
/// # Panics
/// The body cannot be decoded.
pub fn points(body: &[u8]) -> usize {
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    let request = ExportMetricsServiceRequest::decode(body).expect("prost reads what it wrote");
    let scopes = request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    let points = scopes.flat_map(|scope| &scope.metrics).map(|metric| match &metric.data {
        Some(Data::Gauge(data)) => data.data_points.len(),
        Some(Data::Sum(data)) => data.data_points.len(),
        Some(Data::Histogram(data)) => data.data_points.len(),
        Some(Data::ExponentialHistogram(data)) => data.data_points.len(),
        Some(Data::Summary(data)) => data.data_points.len(),
        None => 0,
    });
    points.sum()
}

/// A reader that stays reachable after the provider has taken it.
#[derive(Clone, Debug)]
struct Shared(Arc<ManualReader>);

impl MetricReader for Shared {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, into: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(into)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

/// The mix and the number of series that the first two arguments name, and the other arguments.
///
/// # Errors
/// What is wrong with them.
pub fn arguments() -> Result<(Mix, usize, Vec<String>), String> {
    let mut arguments = std::env::args().skip(1);
    let mix = arguments.next().unwrap_or_default();
    let mix = Mix::from_name(&mix).ok_or_else(|| format!("there is no mix {mix:?}"))?;
    let series = arguments.next().unwrap_or_default();
    let series = series.parse().map_err(|_| format!("{series:?} is not a number of series"))?;
    Ok((mix, series, arguments.collect()))
}
