//! What stands in a batch, beside what the library's own encoder writes.

use std::collections::HashMap;
use std::sync::Arc;

use meterport_core::{MetricBatch, MetricData, SeriesChunk, Timestamp};
use meterport_prom::{Escaping, Exposition, Format, Translation};
use meterport_testkit::proto::metric::Data;
use meterport_testkit::proto::number_data_point::Value;
use meterport_testkit::proto::{KeyValue, Metric as ProtoMetric, any_value};
use meterport_testkit::to_proto;
use prometheus::core::{Collector, Desc};
use prometheus::proto::{self, MetricType};
use prometheus::{
    CounterVec, GaugeVec, HistogramOpts, HistogramVec, IntCounter, Opts, Registry, TextEncoder,
};

use crate::PrometheusProducer;

/// A program with every type the library has.
fn program() -> Registry {
    let registry = Registry::new_custom(
        Some("shop".to_owned()),
        Some(HashMap::from([("zone".to_owned(), "a \"b\"".to_owned())])),
    )
    .unwrap();
    let counter =
        CounterVec::new(Opts::new("requests_total", "Requests.\nAll."), &["method", "code"]);
    let counter = counter.unwrap();
    counter.with_label_values(&["GET", "200"]).inc_by(2.5);
    counter.with_label_values(&["PUT", "500"]).inc();
    registry.register(Box::new(counter)).unwrap();
    let gauge = GaugeVec::new(Opts::new("depth", "Depth."), &["queue"]).unwrap();
    gauge.with_label_values(&["q"]).set(-1.5);
    gauge.with_label_values(&["full"]).set(f64::INFINITY);
    registry.register(Box::new(gauge)).unwrap();
    let opts = HistogramOpts::new("seconds", "Times.").buckets(vec![0.1, 1.0]);
    let histogram = HistogramVec::new(opts, &["method"]).unwrap();
    for value in [0.05, 0.1, 0.5, 7.0] {
        histogram.with_label_values(&["GET"]).observe(value);
    }
    registry.register(Box::new(histogram)).unwrap();
    registry.register(Box::new(Custom(MetricType::SUMMARY))).unwrap();
    registry
}

/// A collector of a kind of metric that the library itself does not make.
#[derive(Clone)]
struct Custom(MetricType);

impl Collector for Custom {
    fn desc(&self) -> Vec<&Desc> {
        Vec::new()
    }

    fn collect(&self) -> Vec<proto::MetricFamily> {
        let mut metric = proto::Metric::default();
        metric.set_timestamp_ms(1_700_000_000_123);
        if self.0 == MetricType::SUMMARY {
            let mut quantile = proto::Quantile::default();
            quantile.set_quantile(0.5);
            quantile.set_value(3.0);
            let mut summary = proto::Summary::default();
            summary.set_sample_count(4);
            summary.set_sample_sum(12.5);
            summary.set_quantile(vec![quantile]);
            metric.set_summary(summary);
        } else {
            let mut bucket = proto::Bucket::default();
            bucket.set_upper_bound(1.0);
            bucket.set_cumulative_count(9);
            let mut histogram = proto::Histogram::default();
            histogram.set_sample_count(4);
            histogram.set_sample_sum(2.0);
            histogram.set_bucket(vec![bucket]);
            metric.set_histogram(histogram);
        }
        let mut family = proto::MetricFamily::default();
        family.set_name("custom".to_owned());
        family.set_help("Custom.".to_owned());
        family.set_field_type(self.0);
        family.set_metric(vec![metric]);
        vec![family]
    }
}

/// The lines of a scrape that a batch stands for, sorted; labels in their order.
fn lines(batch: &MetricBatch) -> Vec<String> {
    let request = to_proto(batch);
    let mut lines = Vec::new();
    for metric in request.resource_metrics.iter().flat_map(|r| &r.scope_metrics[0].metrics) {
        lines.push(format!("# HELP {} {}", metric.name, metric.description.replace('\n', "\\n")));
        samples(metric, &mut |suffix, attributes, more, value, millis| {
            let pair = |pair: &KeyValue| match pair.value.as_ref().and_then(|v| v.value.as_ref()) {
                Some(any_value::Value::StringValue(text)) => {
                    format!("{}=\"{}\"", pair.key, text.replace('"', "\\\""))
                }
                other => unreachable!("{other:?}"),
            };
            let more = more.map(|(key, value)| format!("{key}=\"{value}\""));
            let labels: Vec<_> = attributes.iter().map(pair).chain(more).collect();
            let labels = match labels.is_empty() {
                true => String::new(),
                false => format!("{{{}}}", labels.join(",")),
            };
            let time = if millis == 0 { String::new() } else { format!(" {millis}") };
            lines.push(format!("{}{suffix}{labels} {value}{time}", metric.name));
        });
    }
    lines.sort();
    lines
}

type Write<'a> = dyn FnMut(&str, &[KeyValue], Option<(&str, String)>, f64, u64) + 'a;

fn samples(metric: &ProtoMetric, write: &mut Write<'_>) {
    let millis =
        |nanos: u64| if nanos == 1_700_000_000_123_000_000 { nanos / 1_000_000 } else { 0 };
    match metric.data.as_ref().unwrap() {
        Data::Gauge(proto_gauge) => numbers(&proto_gauge.data_points, write),
        Data::Sum(sum) => {
            assert!(sum.is_monotonic);
            numbers(&sum.data_points, write);
        }
        Data::Histogram(histogram) => {
            for point in &histogram.data_points {
                let mut running = 0;
                let bounds = point.explicit_bounds.iter().copied().chain([f64::INFINITY]);
                for (bound, count) in bounds.zip(&point.bucket_counts) {
                    running += count;
                    let bound = if bound.is_infinite() { "+Inf".into() } else { bound.to_string() };
                    write("_bucket", &point.attributes, Some(("le", bound)), running as f64, 0);
                }
                let time = millis(point.time_unix_nano);
                write("_sum", &point.attributes, None, point.sum.unwrap(), time);
                write("_count", &point.attributes, None, point.count as f64, time);
            }
        }
        Data::Summary(summary) => {
            for point in &summary.data_points {
                let time = millis(point.time_unix_nano);
                for quantile in &point.quantile_values {
                    let more = Some(("quantile", quantile.quantile.to_string()));
                    write("", &point.attributes, more, quantile.value, time);
                }
                write("_sum", &point.attributes, None, point.sum, time);
                write("_count", &point.attributes, None, point.count as f64, time);
            }
        }
        other => panic!("{other:?}"),
    }
}

fn numbers(points: &[meterport_testkit::proto::NumberDataPoint], write: &mut Write<'_>) {
    for point in points {
        match point.value {
            Some(Value::AsDouble(value)) => write("", &point.attributes, None, value, 0),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_batch_says_what_the_librarys_own_page_says() {
    let registry = program();
    let page = TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
    let mut expected: Vec<_> = page.lines().filter(|line| !line.starts_with("# TYPE")).collect();
    expected.sort();
    let batch = PrometheusProducer::builder().registry(registry).build().collect();
    let ours = lines(&batch);
    assert_eq!(ours, expected);
    assert_eq!(ours.len(), 4 + 2 + 2 + 5 + 3);
}

/// What an exporter gives back that leaves Prometheus' data as it was.
#[test]
fn a_prometheus_exporter_gives_the_same_page() {
    let registry = program();
    let page = TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
    let lines = |page: &str| {
        // A time that a collector gave is not repeated: a scrape has its own.
        let mut lines: Vec<_> = page
            .lines()
            .map(|line| line.replace(" 1700000000123", "").replace(" inf", " +Inf"))
            .collect();
        lines.sort();
        lines
    };
    let batch = PrometheusProducer::builder().registry(registry).build().collect();
    let verbatim = Exposition::new(Translation::verbatim(), Format::Text, Escaping::AllowUtf8);
    let ours = verbatim.write(&batch);
    assert_eq!(lines(std::str::from_utf8(&ours.bytes).unwrap()), lines(&page));
}

#[test]
fn contradicting_counts_cost_the_buckets_alone() {
    let registry = Registry::new();
    registry.register(Box::new(Custom(MetricType::HISTOGRAM))).unwrap();
    let batch = PrometheusProducer::builder().registry(registry).build().collect();
    assert_eq!(
        lines(&batch),
        ["# HELP custom Custom.", "custom_count 4 1700000000123", "custom_sum 2 1700000000123"]
    );
}

#[test]
fn untyped_families_are_left_out() {
    let registry = Registry::new();
    registry.register(Box::new(Custom(MetricType::UNTYPED))).unwrap();
    let batch = PrometheusProducer::builder().registry(registry).build().collect();
    assert_eq!(batch.metrics().count(), 0);
}

#[test]
fn sums_start_when_the_producer_was_made_or_when_told() {
    let starts = |start: Option<Timestamp>| {
        let registry = Registry::new();
        let counter = IntCounter::new("c", "C.").unwrap();
        registry.register(Box::new(counter)).unwrap();
        let mut builder = PrometheusProducer::builder().registry(registry);
        if let Some(start) = start {
            builder = builder.start_time(start);
        }
        let batch = builder.build().collect();
        let MetricData::Sum(sum) = &batch.metrics().next().unwrap().data else { unreachable!() };
        (sum.points.starts().at(0), sum.points.times().at(0))
    };
    let (start, time) = starts(None);
    assert!(start.is_set() && start <= time);
    assert_eq!(starts(Some(Timestamp::from_secs(7))).0, Timestamp::from_secs(7));
    // In the future, where no sum can start.
    assert_eq!(starts(Some(Timestamp::from_nanos(u64::MAX))).0, Timestamp::UNSET);
}

#[test]
fn series_are_shared_between_snapshots() {
    let chunks = |batch: &MetricBatch| -> Vec<*const SeriesChunk> {
        let runs = batch.metrics().flat_map(|metric| metric.data.series().runs());
        runs.map(|run| Arc::as_ptr(run.chunk())).collect()
    };
    let producer = PrometheusProducer::builder().registry(program()).build();
    let (first, second) = (producer.collect(), producer.collect());
    assert_eq!(chunks(&first).len(), 4);
    assert_eq!(chunks(&first), chunks(&second));
}
