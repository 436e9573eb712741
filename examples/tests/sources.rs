//! One program over three interfaces exports the same.

use std::error::Error;

use meterport::otlp_http::OtlpHttpExporter;
use meterport_testkit::FakeCollector;
use meterport_testkit::proto::metric::Data;
use meterport_testkit::proto::{ExportMetricsServiceRequest, NumberDataPoint, ScopeMetrics};

#[allow(dead_code, reason = "an example has a main")]
#[path = "../source_metrics.rs"]
mod source_metrics;
#[allow(dead_code, reason = "an example has a main")]
#[path = "../source_opentelemetry.rs"]
mod source_opentelemetry;
#[allow(dead_code, reason = "an example has a main")]
#[path = "../source_registry.rs"]
mod source_registry;

type Run = fn(OtlpHttpExporter) -> Result<(), Box<dyn Error>>;

/// What a program sent, but for the times.
fn sent(run: Run) -> Vec<ScopeMetrics> {
    let collector = FakeCollector::start();
    run(OtlpHttpExporter::builder().endpoint(collector.url()).build().unwrap()).unwrap();
    assert_eq!(collector.violations(), Vec::<String>::new());
    let batches = collector.received_batches();
    let [ExportMetricsServiceRequest { resource_metrics }] = &batches[..] else {
        panic!("{batches:?}")
    };
    let mut scopes: Vec<_> =
        resource_metrics.iter().flat_map(|resource| resource.scope_metrics.clone()).collect();
    let metrics = scopes.iter_mut().flat_map(|scope| &mut scope.metrics);
    metrics.for_each(|metric| without_times(metric.data.as_mut().unwrap()));
    // The order in which a program first measures is its own.
    scopes.iter_mut().for_each(|scope| scope.metrics.sort_by(|a, b| a.name.cmp(&b.name)));
    scopes
}

fn without_times(data: &mut Data) {
    fn numbers(points: &mut [NumberDataPoint]) {
        for point in points {
            assert_ne!(point.time_unix_nano, 0);
            (point.start_time_unix_nano, point.time_unix_nano) = (0, 0);
        }
    }
    match data {
        Data::Gauge(gauge) => numbers(&mut gauge.data_points),
        Data::Sum(sum) => numbers(&mut sum.data_points),
        Data::Histogram(histogram) => {
            for point in &mut histogram.data_points {
                assert_ne!(point.time_unix_nano, 0);
                (point.start_time_unix_nano, point.time_unix_nano) = (0, 0);
            }
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_same_program_exports_the_same() {
    let expected = sent(source_registry::run);
    let points: usize = expected[0]
        .metrics
        .iter()
        .map(|metric| match metric.data.as_ref().unwrap() {
            Data::Gauge(gauge) => gauge.data_points.len(),
            Data::Histogram(histogram) => histogram.data_points.len(),
            Data::Sum(sum) => sum.data_points.len(),
            other => panic!("{other:?}"),
        })
        .sum();
    assert_eq!((expected.len(), expected[0].metrics.len(), points), (1, 3, 5));
    assert_eq!(sent(source_metrics::run), expected);
    assert_eq!(sent(source_opentelemetry::run), expected);
}
