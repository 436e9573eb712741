//! What encoding allocates: nothing per point.

use allocation_counter::measure;
use meterport_core::MetricBatch;
use meterport_otlp::protobuf;
use meterport_testkit::workload::Workload;

/// Allocations of this thread.
fn allocations(run: impl FnOnce()) -> u64 {
    measure(run).count_total
}

/// The workload, all of whose series have been encoded before.
fn remembered(workload: &Workload) -> MetricBatch {
    protobuf::encode(&workload.batch(0));
    workload.batch(1)
}

#[test]
fn with_attributes_remembered_their_number_does_not_depend_on_the_points() {
    type Mix = fn(usize) -> Workload;
    type Run = fn(&MetricBatch);
    let mixes: [(&str, Mix); 5] = [
        ("mixed", Workload::mixed),
        ("counters", Workload::counters),
        ("gauges", Workload::gauges),
        ("histograms", Workload::histograms),
        ("exponential", Workload::exponential),
    ];
    let runs: [(&str, Run); 3] = [
        ("encode", |batch| drop(protobuf::encode(batch))),
        ("encode_pieces", |batch| {
            protobuf::encode_pieces(batch, &mut |_| {});
        }),
        ("encoded_len", |batch| {
            protobuf::encoded_len(batch);
        }),
    ];
    for (mix, workload) in mixes {
        for (name, run) in runs {
            let count = |points| {
                let batch = remembered(&workload(points));
                assert_eq!(batch.points(), points as u64);
                allocations(|| run(&batch))
            };
            let (few, many) = (count(1_000), count(10_000));
            assert_eq!(few, many, "{name} of {mix}");
            let metrics = workload(1_000).batch(0).metrics().count() as u64;
            assert!(few <= 2 * metrics, "{name} of {mix}: {few} for {metrics} metrics");
        }
    }
}

#[test]
fn a_first_encoding_allocates_per_chunk() {
    let batch = Workload::counters(10_000).fresh(0);
    let chunks: usize = batch
        .metrics()
        .map(|metric| match &metric.data {
            meterport_core::MetricData::Sum(sum) => sum.points.series().runs().len(),
            _ => unreachable!("counters are sums"),
        })
        .sum();
    let count = allocations(|| drop(protobuf::encode(&batch)));
    assert!((count as usize) < 10 * chunks + 20, "{count} for {chunks} chunks");
}

/// The counter itself counts: a test of the tests above.
#[test]
fn allocations_are_counted() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
}
