use std::fmt;
use std::sync::Arc;

use meterport_core::{MetricBatch, SeriesChunk, Timestamp};
use meterport_prom::{Escaping, Exposition, Format, Translation};
use meterport_testkit::proto::any_value::Value as AnyValue;
use meterport_testkit::proto::metric::Data;
use meterport_testkit::proto::number_data_point::Value;
use meterport_testkit::proto::{Exemplar, KeyValue, Metric, exemplar};
use meterport_testkit::to_proto;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::exemplar::{CounterWithExemplar, HistogramWithExemplars};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, NativeHistogramConfig};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::{PrometheusClientProducer, PrometheusClientProducerBuilder};

type Labels = Vec<(String, String)>;

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// A program with every type the library has.
fn program() -> Registry {
    let mut registry =
        Registry::with_prefix_and_labels("shop", [("zone".into(), "z".into())].into_iter());
    let requests = Family::<Labels, Counter>::default();
    requests.get_or_create(&labels(&[("method", "GET"), ("code", "200")])).inc_by(3);
    registry.register("requests", "Requests", requests);
    let depth = Gauge::<i64>::default();
    depth.set(-2);
    registry.register("depth", "Depth", depth);
    let build = Info::new(labels(&[("version", "1.2")]));
    registry.register("build", "Build", build);
    let seconds = Histogram::new([0.1, 1.0]);
    for value in [0.05, 0.1, 0.5, 7.0] {
        seconds.observe(value);
    }
    registry.register_with_unit("latency", "Latency", Unit::Seconds, seconds);
    let ids = labels(&[("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"), ("user", "u")]);
    let seen = CounterWithExemplar::<Labels>::default();
    seen.inc_by(1, Some(ids), None);
    registry.register("seen", "Seen", seen);
    let sizes = HistogramWithExemplars::<Labels>::new([8.0].into_iter());
    sizes.observe(
        9.0,
        Some(labels(&[("span_id", "00f067aa0ba902b7"), ("trace_id", "no id")])),
        None,
    );
    registry.register_with_unit("size", "Size", Unit::Other("bytes_per_second".into()), sizes);
    let native = Histogram::new_classic_and_native([1.0], NativeHistogramConfig::with_schema(0));
    for value in [1.0, 4.0, -2.0, 0.0] {
        native.observe(value);
    }
    registry.register("native", "Native", native);
    registry
}

fn batch(registry: Registry) -> MetricBatch {
    PrometheusClientProducer::builder(Arc::new(registry)).build().collect().unwrap()
}

/// A line for each point: name, unit, kind, labels, figures.
fn told(batch: &MetricBatch) -> Vec<String> {
    let request = to_proto(batch);
    let scope = &request.resource_metrics[0].scope_metrics[0];
    scope.metrics.iter().flat_map(points).collect()
}

fn points(metric: &Metric) -> Vec<String> {
    let name = format!("{} {:?} {:?}", metric.name, metric.description, metric.unit);
    match metric.data.as_ref().unwrap() {
        Data::Sum(sum) => {
            assert!(sum.is_monotonic && sum.aggregation_temporality == 2);
            let points = sum.data_points.iter();
            points
                .map(|point| {
                    let value = number(point.value.as_ref());
                    let exemplars = exemplars(&point.exemplars);
                    format!("{name} sum {}{value}{exemplars}", pairs(&point.attributes))
                })
                .collect()
        }
        Data::Gauge(gauge) => {
            let points = gauge.data_points.iter();
            points
                .map(|point| {
                    let value = number(point.value.as_ref());
                    format!("{name} gauge {}{value}", pairs(&point.attributes))
                })
                .collect()
        }
        Data::Histogram(histogram) => {
            assert_eq!(histogram.aggregation_temporality, 2);
            let points = histogram.data_points.iter();
            points
                .map(|point| {
                    format!(
                        "{name} histogram {}{} {:?} {:?} {:?}{}",
                        pairs(&point.attributes),
                        point.count,
                        point.sum.unwrap(),
                        point.explicit_bounds,
                        point.bucket_counts,
                        exemplars(&point.exemplars)
                    )
                })
                .collect()
        }
        Data::ExponentialHistogram(histogram) => {
            assert_eq!(histogram.aggregation_temporality, 2);
            let points = histogram.data_points.iter();
            points
                .map(|point| {
                    let side = |side: Option<
                        &meterport_testkit::proto::exponential_histogram_data_point::Buckets,
                    >| {
                        side.map(|side| format!("{}{:?}", side.offset, side.bucket_counts))
                    };
                    format!(
                        "{name} exponential {}{} {:?} scale {} zero {} + {:?} - {:?}",
                        pairs(&point.attributes),
                        point.count,
                        point.sum.unwrap(),
                        point.scale,
                        point.zero_count,
                        side(point.positive.as_ref()).unwrap_or_default(),
                        side(point.negative.as_ref()).unwrap_or_default(),
                    )
                })
                .collect()
        }
        other => panic!("{other:?}"),
    }
}

fn number(value: Option<&Value>) -> f64 {
    match value {
        Some(Value::AsDouble(value)) => *value,
        other => panic!("{other:?}"),
    }
}

fn pairs(attributes: &[KeyValue]) -> String {
    let pair = |pair: &KeyValue| match pair.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(AnyValue::StringValue(text)) => format!("{}={text} ", pair.key),
        other => panic!("{other:?}"),
    };
    attributes.iter().map(pair).collect()
}

fn exemplars(exemplars: &[Exemplar]) -> String {
    let exemplar = |exemplar: &Exemplar| {
        let Some(exemplar::Value::AsDouble(value)) = exemplar.value else { unreachable!() };
        let id = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let (trace, span) = (id(&exemplar.trace_id), id(&exemplar.span_id));
        format!(" # {}{value} trace {trace:?} span {span:?}", pairs(&exemplar.filtered_attributes))
    };
    exemplars.iter().map(exemplar).collect()
}

#[test]
fn every_type_becomes_what_it_is() {
    assert_eq!(
        told(&batch(program())),
        [
            "shop_requests_total \"Requests.\" \"\" sum code=200 method=GET zone=z 3",
            "shop_depth \"Depth.\" \"\" gauge zone=z -2",
            "shop_build_info \"Build.\" \"\" gauge version=1.2 zone=z 1",
            "shop_latency_seconds \"Latency.\" \"s\" histogram zone=z 4 7.65 [0.1, 1.0] [2, 1, 1]",
            "shop_seen_total \"Seen.\" \"\" sum zone=z 1 # user=u 1 \
             trace \"4bf92f3577b34da6a3ce929d0e0e4736\" span \"\"",
            "shop_size_bytes_per_second \"Size.\" \"By/s\" histogram zone=z 1 9.0 [8.0] [0, 1] \
             # trace_id=no id 9 trace \"\" span \"00f067aa0ba902b7\"",
            "shop_native \"Native.\" \"\" exponential zone=z 4 3.0 scale 0 zero 1 \
             + \"-1[1, 0, 1]\" - \"0[1]\"",
        ]
    );
}

/// A line with its labels ordered: in a page they have no order.
fn in_order(line: &str) -> String {
    match line.split_once('{').and_then(|(name, rest)| Some((name, rest.split_once('}')?))) {
        Some((name, (labels, rest))) => {
            let mut labels: Vec<_> = labels.split(',').collect();
            labels.sort_unstable();
            format!("{name}{{{}}}{rest}", labels.join(","))
        }
        None => line.to_owned(),
    }
}

/// What an exporter gives back that leaves Prometheus' data as it was.
#[test]
fn a_prometheus_exporter_gives_the_same_page() {
    let registry = Arc::new(program());
    let mut page = String::new();
    prometheus_client::encoding::text::encode(&mut page, &registry).unwrap();
    let lines = |page: &str| {
        // The library's model does not tell an info from a gauge, and text has no native histograms.
        let apart = |line: &&str| !line.contains("shop_build") && !line.contains("shop_native");
        // Nor an integer from a float.
        let lines = page.lines().filter(apart).map(|line| in_order(&line.replace(".0", "")));
        let mut lines: Vec<_> = lines.collect();
        lines.sort();
        lines
    };
    let producer = PrometheusClientProducer::builder(registry).keep_units().build();
    let verbatim =
        Exposition::new(Translation::verbatim(), Format::OpenMetrics1, Escaping::AllowUtf8);
    let ours = verbatim.write(&producer.collect().unwrap());
    assert_eq!(lines(std::str::from_utf8(&ours.bytes).unwrap()), lines(&page));
}

#[test]
fn units_can_stay_what_they_were() {
    let producer = PrometheusClientProducer::builder(Arc::new(program())).keep_units().build();
    let batch = producer.collect().unwrap();
    let units = batch.metrics().map(|metric| metric.descriptor.unit.to_string());
    let units: Vec<_> = units.filter(|unit| !unit.is_empty()).collect();
    assert_eq!(units, ["seconds", "bytes_per_second"]);
}

/// A collector that has something of its own, or fails.
#[derive(Debug)]
struct Custom(Option<ConstCounter<u64>>);

impl Collector for Custom {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(counter) = &self.0 else { return Err(fmt::Error) };
        let of_type = prometheus_client::metrics::MetricType::Unknown;
        let metric = encoder.encode_descriptor("custom", "Custom", None, of_type)?;
        counter.encode(metric)
    }
}

#[test]
fn a_collector_that_fails_is_an_error() {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Custom(None)));
    let producer = PrometheusClientProducer::builder(Arc::new(registry)).build();
    assert_eq!(producer.collect().unwrap_err().to_string(), "a collector failed");
    let none = PrometheusClientProducer::reading(|_| {}).build();
    assert_eq!(none.collect().unwrap_err().to_string(), "no registry was shown");
}

#[test]
fn what_is_unknown_says_so() {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Custom(Some(ConstCounter::new(7)))));
    let batch = batch(registry);
    let metric = batch.metrics().next().unwrap();
    let hint = metric.descriptor.metadata.get("prometheus.type");
    assert_eq!(hint.and_then(|hint| hint.as_str()), Some("unknown"));
    assert_eq!(told(&batch), ["custom \"Custom\" \"\" gauge 7"]);
}

#[test]
fn some_of_a_family_may_be_native() {
    let mut registry = Registry::default();
    let native = std::sync::atomic::AtomicBool::new(false);
    let family = Family::<Labels, Histogram, _>::new_with_constructor(move || {
        match native.fetch_xor(true, std::sync::atomic::Ordering::Relaxed) {
            true => Histogram::new_native(NativeHistogramConfig::with_schema(0)),
            false => Histogram::new([1.0]),
        }
    });
    for path in ["a", "b"] {
        family.get_or_create(&labels(&[("path", path)])).observe(0.5);
    }
    registry.register("h", "H", family);
    assert_eq!(
        told(&batch(registry)),
        [
            "h \"H.\" \"\" histogram path=a 1 0.5 [1.0] [1, 0]",
            "h \"H.\" \"\" exponential path=b 1 0.5 scale 0 zero 0 + \"-2[1]\" - \"\"",
        ]
    );
}

#[test]
fn sums_start_when_the_producer_was_made_or_when_told() {
    let starts = |set: fn(PrometheusClientProducerBuilder) -> PrometheusClientProducerBuilder| {
        let mut registry = Registry::default();
        registry.register("c", "C", Counter::<u64>::default());
        let native = Histogram::new_native(NativeHistogramConfig::with_schema(0));
        native.observe(1.0);
        registry.register("n", "N", native);
        let builder = PrometheusClientProducer::builder(Arc::new(registry));
        let request = to_proto(&set(builder).build().collect().unwrap());
        let metrics = &request.resource_metrics[0].scope_metrics[0].metrics;
        match [&metrics[0].data, &metrics[1].data] {
            [Some(Data::Sum(sum)), Some(Data::ExponentialHistogram(native))] => {
                let (sum, native) = (&sum.data_points[0], &native.data_points[0]);
                assert!(native.start_time_unix_nano > 7_000_000_000);
                assert!(native.start_time_unix_nano <= native.time_unix_nano);
                (sum.start_time_unix_nano, sum.time_unix_nano)
            }
            other => panic!("{other:?}"),
        }
    };
    let (start, time) = starts(|builder| builder);
    assert!(start > 0 && start <= time);
    assert_eq!(starts(|builder| builder.start_time(Timestamp::from_secs(7))).0, 7_000_000_000);
    // In the future, where no sum can start.
    assert_eq!(starts(|builder| builder.start_time(Timestamp::from_nanos(u64::MAX))).0, 0);
}

#[test]
fn series_are_shared_between_snapshots() {
    let chunks = |batch: &MetricBatch| -> Vec<*const SeriesChunk> {
        let runs = batch.metrics().flat_map(|metric| metric.data.series().runs());
        runs.map(|run| Arc::as_ptr(run.chunk())).collect()
    };
    let producer = PrometheusClientProducer::builder(Arc::new(program())).build();
    let (first, second) = (producer.collect().unwrap(), producer.collect().unwrap());
    assert_eq!(chunks(&first).len(), 7);
    assert_eq!(chunks(&first), chunks(&second));
}
