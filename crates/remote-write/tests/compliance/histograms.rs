use meterport_core::{AttributeSet, Exemplar, ExponentialPoint, HistogramPoint, MetricBatch};
use meterport_testkit::remote_write::Series;
use meterport_testkit::remote_write::messages::{Count, Histogram, ZeroCount};

use super::fixture::*;

fn native(point: ExponentialPoint) -> (Series, Histogram) {
    let write = sent(&batch([exponential_of("e", point)]));
    let series = write.named("e").next().unwrap().clone();
    assert_eq!(series.histograms.len(), 1);
    (series.clone(), series.histograms[0].clone())
}

fn usual() -> (Series, Histogram) {
    native(exponential_point(0, (0, &[4, 3, 2, 1]), (-2, &[5, 0, 6]), 7))
}

fn spans(spans: &[meterport_testkit::remote_write::messages::BucketSpan]) -> Vec<(i32, u32)> {
    spans.iter().map(|span| (span.offset, span.length)).collect()
}

#[test]
fn native_histogram_structure() {
    let histogram = usual().1;
    assert_eq!(histogram.positive_deltas, [4, -1, -1, -1]);
    assert_eq!(spans(&histogram.positive_spans), [(1, 4)]);
    assert!(histogram.positive_counts.is_empty() && histogram.negative_counts.is_empty());
    assert_eq!((histogram.reset_hint, histogram.custom_values.len()), (0, 0));
}

#[test]
fn histogram_count_present() {
    assert_eq!(usual().1.count, Some(Count::CountInt(28)));
    // Also where it is zero.
    let empty = native(exponential_point(0, (0, &[]), (0, &[]), 0)).1;
    assert_eq!(empty.count, Some(Count::CountInt(0)));
    assert_eq!(empty.zero_count, Some(ZeroCount::ZeroCountInt(0)));
}

#[test]
fn histogram_sum_present() {
    assert_eq!(usual().1.sum, 42.0);
}

/// Classic buckets ascend to the infinite one.
#[test]
fn histogram_buckets_ordered() {
    for write in [sent(&batch([histogram("h")])), sent_v1(&batch([histogram("h")]))] {
        let buckets: Vec<_> = write
            .named("h_bucket")
            .map(|series| (series.label("le").unwrap(), series.samples[0].value))
            .collect();
        assert_eq!(buckets, [("5.0", 1.0), ("10.0", 3.0), ("+Inf", 6.0)]);
        assert_eq!(write.named("h_sum").next().unwrap().samples[0].value, 42.0);
        assert_eq!(write.named("h_count").next().unwrap().samples[0].value, 6.0);
    }
}

#[test]
fn histogram_positive_buckets() {
    let counts = [4, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let histogram = native(exponential_point(0, (4, &counts), (0, &[]), 0)).1;
    assert_eq!(spans(&histogram.positive_spans), [(5, 4), (12, 1)]);
    assert_eq!(histogram.positive_deltas, [4, -2, -2, 2, -1]);
}

#[test]
fn histogram_negative_buckets() {
    let histogram = usual().1;
    assert_eq!(spans(&histogram.negative_spans), [(-1, 3)]);
    assert_eq!(histogram.negative_deltas, [5, -5, 6]);
}

#[test]
fn histogram_zero_bucket() {
    let histogram = usual().1;
    assert_eq!(histogram.zero_count, Some(ZeroCount::ZeroCountInt(7)));
    assert_eq!(histogram.zero_threshold, 1e-128);
}

#[test]
fn histogram_schema() {
    for (scale, schema) in [(-4, -4), (0, 0), (8, 8), (9, 8), (20, 8)] {
        assert_eq!(native(exponential_point(scale, (1, &[1, 2]), (0, &[]), 0)).1.schema, schema);
    }
    // Too coarse: left out, and in the books.
    let coarse = batch([
        exponential_of("e", exponential_point(-5, (0, &[1]), (0, &[]), 0)),
        gauge("g", 1.0),
    ]);
    let receiver = meterport_testkit::FakeReceiver::start();
    let outcome = export(&exporter(&receiver, |builder| builder), &coarse).unwrap();
    let reason = meterport_core::DropReason::Unencodable;
    assert_eq!((outcome.delivered, outcome.dropped.of(reason)), (1, 1));
}

#[test]
fn histogram_timestamp() {
    assert_eq!(usual().1.timestamp, AT_MS);
}

#[test]
fn histogram_no_mixed_with_samples() {
    assert!(usual().0.samples.is_empty());
}

#[test]
fn histogram_empty_buckets() {
    let histogram = native(exponential_point(0, (0, &[0, 0, 0]), (0, &[]), 3)).1;
    assert!(histogram.positive_spans.is_empty() && histogram.positive_deltas.is_empty());
    assert_eq!(histogram.count, Some(Count::CountInt(3)));
}

#[test]
fn histogram_large_counts() {
    let large = 1 << 62;
    let histogram = native(exponential_point(0, (0, &[large, 1]), (0, &[]), 0)).1;
    assert_eq!(histogram.positive_deltas, [1 << 62, 1 - (1 << 62)]);
    assert_eq!(histogram.count, Some(Count::CountInt(large + 1)));
}

fn custom(point: HistogramPoint) -> Histogram {
    let batch = batch([histogram_of("h", point)]);
    let write = sent_with(|builder| builder.custom_buckets(true), &batch);
    assert!(write.named("h_bucket").next().is_none());
    write.named("h").next().unwrap().histograms[0].clone()
}

/// "classic histograms ... as native histograms with custom buckets".
#[test]
fn histogram_custom_buckets() {
    let bounds = [-2.0, -1.0, 0.0, 1.0, 2.0];
    let point = histogram_point(&bounds, &[10, 0, 0, 20, 5, 2]);
    let histogram = custom(point.with_exemplar(Exemplar::new(meterport_core::Number::I64(1), AT)));
    assert_eq!((histogram.schema, &*histogram.custom_values), (-53, &bounds[..]));
    assert_eq!(spans(&histogram.positive_spans), [(0, 1), (2, 3)]);
    assert_eq!(histogram.positive_deltas, [10, 10, -15, -3]);
    assert_eq!((histogram.zero_threshold, histogram.start_timestamp), (0.0, START_MS));
}

/// Of a gauge, no decrease is a reset; and it has counted since no time.
#[test]
fn gauge_histogram() {
    let hint = AttributeSet::from([("prometheus.type", "gaugehistogram")]);
    let metrics = [exponential("e"), histogram("h")].map(|one| one.with_metadata(hint.clone()));
    let write = sent(&batch(metrics));
    let series = write.named("e").next().unwrap();
    assert_eq!((series.histograms[0].reset_hint, series.histograms[0].start_timestamp), (3, 0));
    assert_eq!(series.metadata.as_ref().unwrap().0, 4);
    let count = write.named("h_gcount").next().unwrap();
    assert_eq!((count.samples[0].value, count.samples[0].start_timestamp), (6.0, 0));
}

/// A histogram without a sum has none: its buckets and count stay.
#[test]
fn histogram_without_sum() {
    let mut point = histogram_point(&[1.0], &[1, 2]);
    point.value.stats.sum = None;
    point.attributes = AttributeSet::empty();
    let batch: MetricBatch = batch([histogram_of("h", point)]);
    for write in [sent(&batch), sent_v1(&batch)] {
        assert!(write.named("h_sum").next().is_none());
        assert_eq!(write.named("h_count").next().unwrap().samples[0].value, 3.0);
    }
}
