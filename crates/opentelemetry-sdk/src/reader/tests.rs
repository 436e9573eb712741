use std::sync::mpsc;
use std::thread;

use meterport_core::{InstrumentKind, MetricData, Number};
use meterport_otlp_http::OtlpHttpExporter;
use meterport_reader::PeriodicReader;
use meterport_testkit::{FakeCollector, ScriptedExporter, hang_guard};
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_sdk::metrics::SdkMeterProvider;

use super::*;
use crate::fakes::{Gate, Shape, chunks, record_everything};
use crate::suppressed;

const LIMIT: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(20);

fn provider(reader: &SdkReader) -> (SdkMeterProvider, Meter) {
    let provider =
        SdkMeterProvider::builder().with_reader(reader.clone()).with_view(reader.view()).build();
    let meter = provider.meter("m");
    (provider, meter)
}

/// What a batch says of its metrics in short, ordered by name.
fn told(batch: &MetricBatch) -> Vec<String> {
    let mut told: Vec<_> = batch
        .metrics()
        .map(|metric| {
            let data = match &metric.data {
                MetricData::Sum(sum) => {
                    sum.points.iter().map(|point| point.value.as_f64()).sum::<f64>()
                }
                data => data.len() as f64,
            };
            format!("{} {data} {:?}", metric.descriptor.name, metric.data.temporality())
        })
        .collect();
    told.sort();
    told
}

fn message(result: Result<MetricBatch, ProduceError>) -> String {
    result.expect_err("an error").to_string()
}

#[test]
fn one_sdk_is_scraped_and_pushed_at_once_on_any_runtime() {
    for shape in Shape::ALL {
        for provider_first in [true, false] {
            hang_guard(LIMIT, move || {
                let collector = FakeCollector::start();
                let exporter =
                    OtlpHttpExporter::builder().endpoint(collector.url()).build().unwrap();
                let reader = SdkReader::builder().for_exporter(&exporter).build();
                let push = PeriodicReader::builder(exporter)
                    .producer(reader.clone())
                    .on_start(suppressed())
                    .start()
                    .unwrap();
                shape.run(move || {
                    let (provider, meter) = provider(&reader);
                    let counter = meter.u64_counter("c").build();
                    counter.add(1, &[]);
                    let deadline = Deadline::after(Instant::now(), LIMIT);
                    let scraped = reader.collect().unwrap();
                    assert_eq!(told(&scraped), ["c 1 Some(Cumulative)"]);
                    push.force_flush_blocking(deadline).unwrap();
                    counter.add(2, &[]);
                    if provider_first {
                        provider.shutdown().unwrap();
                    }
                    push.shutdown_blocking(deadline).unwrap();
                    if provider_first {
                        counter.add(4, &[]);
                    }
                    assert_eq!(told(&reader.collect().unwrap()), ["c 3 Some(Cumulative)"]);
                    let _ = provider.shutdown();
                });
                assert_eq!(collector.points(), 2, "{shape:?}");
            });
        }
    }
}

#[test]
fn each_kind_has_its_temporality() {
    let odd = TemporalitySelector::Custom(Arc::new(|kind| match kind {
        InstrumentKind::Histogram | InstrumentKind::ObservableCounter => Temporality::Delta,
        _ => Temporality::Cumulative,
    }));
    let exporter = ScriptedExporter::new("odd").with_temporality(odd);
    let reader = SdkReader::builder().for_exporter(&exporter).build();
    let (_provider, meter) = provider(&reader);
    meter.u64_counter("c").build().add(1, &[]);
    meter.f64_histogram("h").build().record(1.0, &[]);
    meter.u64_observable_counter("o").with_callback(|to| to.observe(5, &[])).build();
    let first = ["c 1 Some(Cumulative)", "h 1 Some(Delta)", "o 5 Some(Delta)"];
    assert_eq!(told(&reader.collect().unwrap()), first);
    // The histogram was told of; the observable one adds nothing.
    let second = ["c 1 Some(Cumulative)", "o 0 Some(Delta)"];
    assert_eq!(told(&reader.collect().unwrap()), second);
    // What no push exporter can ask for.
    let refused = crate::PushAdapter::new(exporter).unwrap_err().to_string();
    assert!(refused.contains("Histogram Delta") && refused.contains("SdkReader"), "{refused}");
}

#[test]
fn each_kind_has_its_aggregation() {
    use meterport_core::Aggregation;
    let selector = AggregationSelector::Custom(Arc::new(|kind| match kind {
        InstrumentKind::Histogram => Aggregation::BASE2,
        InstrumentKind::Counter => Aggregation::Drop,
        InstrumentKind::Gauge => Aggregation::ExplicitBucketHistogram {
            boundaries: [1.0, 2.0].into(),
            record_min_max: false,
        },
        _ => Aggregation::Default,
    }));
    let reader = SdkReader::builder().aggregation(selector).build();
    let (_provider, meter) = provider(&reader);
    meter.u64_counter("dropped").build().add(1, &[]);
    meter.f64_histogram("h").build().record(1.0, &[]);
    meter.f64_gauge("g").build().record(1.5, &[]);
    meter.i64_up_down_counter("ud").build().add(-1, &[]);
    let batch = reader.collect().unwrap();
    let mut kinds: Vec<_> = batch
        .metrics()
        .map(|metric| match &metric.data {
            MetricData::ExponentialHistogram(_) => ("h", metric.descriptor.name.to_string()),
            MetricData::Histogram(data) => {
                let point = data.points.iter().next().unwrap();
                assert_eq!(point.value.buckets.unwrap().0.as_slice(), [1.0, 2.0]);
                ("g", metric.descriptor.name.to_string())
            }
            MetricData::Sum(sum) => {
                assert_eq!(sum.points.iter().next().unwrap().value, Number::I64(-1));
                ("ud", metric.descriptor.name.to_string())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["g", "h", "ud"].map(|name| (name, name.to_owned())));
}

#[test]
fn the_last_deltas_of_a_provider_are_told_once() {
    let reader = SdkReader::builder().temporality(TemporalitySelector::Delta).build();
    let (provider, meter) = provider(&reader);
    let counter = meter.u64_counter("c").build();
    counter.add(1, &[]);
    assert_eq!(told(&reader.collect().unwrap()), ["c 1 Some(Delta)"]);
    counter.add(2, &[]);
    provider.shutdown().unwrap();
    counter.add(4, &[]);
    assert_eq!(told(&reader.collect().unwrap()), ["c 2 Some(Delta)"]);
    for _ in 0..2 {
        assert_eq!(message(reader.collect()), "the meter provider has been shut down");
    }
}

#[test]
fn a_reader_without_a_provider_says_so() {
    let reader = SdkReader::builder().build();
    let error = message(reader.collect());
    assert!(error.contains("not registered"), "{error}");
}

#[test]
fn a_callback_that_panics_is_an_error() {
    let reader = SdkReader::builder().build();
    let (provider, meter) = provider(&reader);
    meter.u64_observable_counter("o").with_callback(|_| panic!("as scripted")).build();
    assert_eq!(message(reader.collect()), "a callback panicked: as scripted");
    // The SDK has lost its lock; it says so, and the program goes on.
    assert!(!message(reader.collect()).is_empty());
    let _ = provider.shutdown();
}

#[test]
fn a_callback_that_blocks_holds_up_nobody_beyond_his_deadline() {
    static BLOCKED: Gate = Gate::new();
    hang_guard(LIMIT, || {
        let closed = BLOCKED.close();
        let reader = SdkReader::builder().build();
        let (entered, has_entered) = mpsc::channel();
        let (provider, meter) = provider(&reader);
        meter
            .u64_observable_counter("o")
            .with_callback(move |to| {
                let _ = entered.send(());
                BLOCKED.pass();
                to.observe(1, &[]);
            })
            .build();
        let first = thread::spawn({
            let reader = reader.clone();
            move || reader.collect()
        });
        has_entered.recv().unwrap();
        let busy = reader.0.collect(Deadline::after(Instant::now(), SHORT));
        assert_eq!(message(busy), "another collection still runs");
        assert!(reader.0.end(Deadline::after(Instant::now(), SHORT)).is_err());
        drop(closed);
        assert_eq!(first.join().unwrap().unwrap().points(), 1);
        assert_eq!(reader.collect().unwrap().points(), 1);
        provider.shutdown().unwrap();
    });
}

#[test]
fn callbacks_run_without_telemetry_of_their_own() {
    let reader = SdkReader::builder().build();
    let (_provider, meter) = provider(&reader);
    meter
        .u64_observable_gauge("suppressed")
        .with_callback(|to| to.observe(Context::is_current_telemetry_suppressed().into(), &[]))
        .build();
    let batch = reader.collect().unwrap();
    let MetricData::Gauge(gauge) = &batch.metrics().next().unwrap().data else { unreachable!() };
    assert_eq!(gauge.points.iter().next().unwrap().value, Number::I64(1));
}

#[test]
fn series_are_shared_between_collections() {
    let reader = SdkReader::builder().build();
    let (provider, _) = provider(&reader);
    record_everything(&provider);
    let (first, second) = (reader.collect().unwrap(), reader.collect().unwrap());
    for name in ["c.u64", "g.f64", "h.f64", "og.f64"] {
        assert_eq!(chunks(&first, name), chunks(&second, name), "{name}");
    }
}
