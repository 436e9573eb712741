use std::num::NonZeroU16;

use meterport_core::{Deadline, MetricExporter};
use meterport_decorators::{ExporterExt, Reliability};
use meterport_testkit::FakeReceiver;

use super::fixture::*;

fn many(points: usize) -> meterport_core::MetricBatch {
    let points = (0..points).map(|at| point([("at", at.to_string())], 1.0));
    batch([gauge_of("g", points)])
}

#[test]
fn multiple_series_per_request() {
    assert_eq!(sent(&many(100)).named("g").count(), 100);
}

/// The documented stack: 2,000 samples in a request.
#[test]
fn batch_size_reasonable() {
    let receiver = FakeReceiver::start();
    let settings = Reliability::default().with_max_points(2_000);
    let stack = exporter(&receiver, |builder| builder).reliable_with(settings);
    let outcome = block_on(stack.export(&many(10_000), Deadline::NONE)).unwrap();
    assert_eq!((outcome.delivered, outcome.attempts), (10_000, 5));
    let writes = receiver.writes();
    assert!(writes.iter().all(|write| write.series.len() <= 2_001));
    assert_eq!(writes.iter().map(|write| write.named("target_info").count()).sum::<usize>(), 1);
}

/// A limit of bytes is kept by cutting further.
#[test]
fn batch_size_in_bytes() {
    let receiver = FakeReceiver::start();
    let stack = exporter(&receiver, |builder| builder.request_limit(20_000)).reliable();
    assert_eq!(block_on(stack.export(&many(3_000), Deadline::NONE)).unwrap().delivered, 3_000);
    assert!(receiver.writes().iter().all(|write| write.raw_bytes <= 20_000));
}

/// Points are not samples: a classic histogram has many.
#[test]
fn batch_size_in_samples() {
    let receiver = FakeReceiver::start();
    let stack = exporter(&receiver, |builder| builder.sample_limit(Some(200))).reliable();
    let points = (0..100).map(|at| {
        let mut point = histogram_point(&[5.0, 10.0], &[1, 2, 3]);
        point.attributes = meterport_core::AttributeSet::from([("at", at.to_string())]);
        point
    });
    let histogram = meterport_core::Histogram {
        points: points.collect(),
        temporality: meterport_core::Temporality::Cumulative,
    };
    let batch = batch([meterport_core::Metric::new("h", histogram)]);
    assert_eq!(block_on(stack.export(&batch, Deadline::NONE)).unwrap().delivered, 100);
    let writes = receiver.writes();
    assert!(writes.iter().all(|write| write.elements()[0] <= 200));
    assert_eq!(writes.iter().map(|write| write.named("h_count").count()).sum::<usize>(), 100);
}

#[test]
fn handles_varying_cardinality() {
    let receiver = FakeReceiver::start();
    let exporter = exporter(&receiver, |builder| builder);
    for points in [1, 1_000, 3, 500] {
        export(&exporter, &many(points)).unwrap();
        assert_eq!(receiver.writes().last().unwrap().named("g").count(), points);
    }
}

#[test]
fn efficient_symbol_reuse() {
    let points = (0..500).map(|at| point([("same", "value"), ("at", ["a", "b"][at % 2])], 1.0));
    // Labels that are there twice are one series.
    let write = sent(&batch([gauge_of("g", points)]));
    assert_eq!(write.named("g").count(), 2);
    assert!(write.symbols.len() < 20);
}

#[test]
fn metadata_batching() {
    let metrics = (0..100).map(|at| gauge(&format!("g{at}"), 1.0).with_description("Same help"));
    let write = sent(&batch(metrics));
    assert_eq!(write.symbols.iter().filter(|text| *text == "Same help").count(), 1);
}

/// Several requests at once, each series in one of them.
#[test]
fn concurrent_requests() {
    let receiver = FakeReceiver::start();
    let blocks = NonZeroU16::new(4).unwrap();
    let stack = exporter(&receiver, |builder| builder).reliable().shard(blocks);
    for _ in 0..3 {
        let outcome = block_on(stack.export(&many(1_000), Deadline::NONE)).unwrap();
        assert_eq!(outcome.delivered, 1_000);
    }
    let writes = receiver.writes();
    assert_eq!(writes.len(), 12);
    let infos = writes.iter().map(|write| write.named("target_info").count()).sum::<usize>();
    assert_eq!(infos, 1, "one request has it, so that its samples stay in order");
}
