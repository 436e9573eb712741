//! Batches, and what a receiver gets of them.

use std::future::Future;

use meterport_core::{
    AttributeSet, Bounds, Buckets, Deadline, ExponentialBuckets, ExponentialHistogram,
    ExponentialPoint, ExponentialValue, ExportError, Gauge, Histogram, HistogramPoint,
    HistogramValue, Metric, MetricBatch, MetricData, MetricExporter, Number, NumberPoint, Outcome,
    Resource, ResourceMetrics, Scope, ScopeMetrics, Stats, Sum, Temporality, Timestamp,
};
use meterport_remote_write::{Protocol, RemoteWriteBuilder, RemoteWriteExporter};
use meterport_testkit::FakeReceiver;
use meterport_testkit::remote_write::Write;

/// A time with a part below the millisecond.
pub(crate) const AT: Timestamp = Timestamp::from_nanos(1_767_225_660_123_999_999);
pub(crate) const AT_MS: i64 = 1_767_225_660_123;
pub(crate) const START: Timestamp = Timestamp::from_nanos(1_767_225_600_000_999_999);
pub(crate) const START_MS: i64 = 1_767_225_600_000;

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

pub(crate) fn exporter(
    receiver: &FakeReceiver,
    set: impl FnOnce(RemoteWriteBuilder) -> RemoteWriteBuilder,
) -> RemoteWriteExporter {
    let builder = RemoteWriteExporter::builder().endpoint(receiver.url()).metadata_interval(None);
    set(builder).build().expect("good settings")
}

/// A header of each request that came, all of which have it.
pub(crate) fn headers(receiver: &FakeReceiver, name: &str) -> Vec<String> {
    let requests = receiver.server().requests();
    requests.iter().map(|one| one.header(name).unwrap().to_owned()).collect()
}

pub(crate) fn export(
    exporter: &RemoteWriteExporter,
    batch: &MetricBatch,
) -> Result<Outcome, ExportError> {
    block_on(exporter.export(batch, Deadline::NONE))
}

/// What a receiver gets of a batch with these settings.
pub(crate) fn sent_with(
    set: impl FnOnce(RemoteWriteBuilder) -> RemoteWriteBuilder,
    batch: &MetricBatch,
) -> Write {
    let receiver = FakeReceiver::start();
    export(&exporter(&receiver, set), batch).expect("it is taken");
    receiver.only()
}

pub(crate) fn sent(batch: &MetricBatch) -> Write {
    let write = sent_with(|builder| builder, batch);
    assert_eq!(write.version, 2);
    write
}

pub(crate) fn sent_v1(batch: &MetricBatch) -> Write {
    sent_with(|builder| builder.protocol(Protocol::V1), batch)
}

/// Of a service with a name, an instance and one attribute more.
pub(crate) fn batch(metrics: impl IntoIterator<Item = Metric>) -> MetricBatch {
    let resource = Resource::new([
        ("service.name", "demo"),
        ("service.instance.id", "one:80"),
        ("host.name", "h"),
    ]);
    let mut scope = ScopeMetrics::new(Scope::default());
    scope.metrics.extend(metrics);
    ResourceMetrics::new(resource).with_scope(scope).into()
}

pub(crate) fn point(attributes: impl Into<AttributeSet>, value: f64) -> NumberPoint {
    NumberPoint::new(attributes.into(), Number::F64(value)).with_time(AT).with_start(START)
}

pub(crate) fn gauge_of(name: &str, points: impl IntoIterator<Item = NumberPoint>) -> Metric {
    Metric::new(name, Gauge { points: points.into_iter().collect() })
}

pub(crate) fn gauge(name: &str, value: f64) -> Metric {
    gauge_of(name, [point([("a", "b")], value)])
}

pub(crate) fn counter(name: &str, value: f64) -> Metric {
    Metric::new(name, Sum::counter([point([("a", "b")], value)]))
}

pub(crate) fn histogram_point(bounds: &[f64], counts: &[u64]) -> HistogramPoint {
    let buckets = Buckets::new(Bounds::new(bounds).expect("bounds"), counts.to_vec());
    let stats = Stats { count: counts.iter().sum(), sum: Some(42.0), ..Stats::default() };
    let value = HistogramValue { stats, buckets: buckets.expect("buckets") };
    HistogramPoint::new(AttributeSet::from([("a", "b")]), value).with_time(AT).with_start(START)
}

pub(crate) fn histogram_of(name: &str, point: HistogramPoint) -> Metric {
    let points = [point].into_iter().collect();
    Metric::new(name, Histogram { points, temporality: Temporality::Cumulative })
}

/// Bounds 5 and 10 with 1, 2 and 3 measurements: 42 in all.
pub(crate) fn histogram(name: &str) -> Metric {
    histogram_of(name, histogram_point(&[5.0, 10.0], &[1, 2, 3]))
}

pub(crate) fn exponential_point(
    scale: i32,
    positive: (i32, &[u64]),
    negative: (i32, &[u64]),
    zero_count: u64,
) -> ExponentialPoint {
    let all = positive.1.iter().chain(negative.1);
    let count = all.fold(zero_count, |sum, count| sum.saturating_add(*count));
    let side =
        |(offset, counts): (i32, &[u64])| ExponentialBuckets { offset, counts: counts.to_vec() };
    let value = ExponentialValue {
        stats: Stats { count, sum: Some(42.0), ..Stats::default() },
        scale,
        zero_count,
        positive: side(positive),
        negative: side(negative),
        ..ExponentialValue::default()
    };
    ExponentialPoint::new(AttributeSet::from([("a", "b")]), value).with_time(AT).with_start(START)
}

pub(crate) fn exponential_of(name: &str, point: ExponentialPoint) -> Metric {
    let points = [point].into_iter().collect();
    Metric::new(name, ExponentialHistogram { points, temporality: Temporality::Cumulative })
}

/// Scale 0 with buckets on both sides.
pub(crate) fn exponential(name: &str) -> Metric {
    exponential_of(name, exponential_point(0, (0, &[4, 3, 2, 1]), (-2, &[5, 0, 6]), 7))
}

/// A batch with a metric of each kind.
pub(crate) fn every_kind() -> MetricBatch {
    use meterport_core::{Quantile, Summary, SummaryPoint, SummaryValue};
    let quantiles = vec![Quantile { quantile: 0.5, value: 2.0 }];
    let value = SummaryValue { count: 4, sum: 9.5, quantiles };
    let summary = SummaryPoint::new(AttributeSet::from([("a", "b")]), value).with_time(AT);
    let summary: MetricData = Summary { points: [summary].into_iter().collect() }.into();
    batch([
        gauge("gauge", 1.5).with_description("A gauge").with_unit("s"),
        counter("counter", 7.0).with_description("A counter").with_unit("By"),
        histogram("histogram").with_description("A histogram"),
        exponential("exponential").with_description("An exponential histogram"),
        Metric::new("summary", summary).with_description("A summary"),
    ])
}
