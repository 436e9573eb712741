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

/// The most that may be held at once while bytes are decoded, as a multiple of their length.
const MULTIPLE: u64 = 64;

/// The smallest messages there are, in every place where a vector grows.
#[test]
fn decoding_takes_a_small_multiple_of_the_bytes() {
    let within = |path: &[u8], inner: Vec<u8>| {
        path.iter().rev().fold(inner, |inner, tag| {
            let mut outer = vec![*tag];
            let mut len = inner.len();
            while len >= 0x80 {
                outer.push(len as u8 | 0x80);
                len >>= 7;
            }
            outer.push(len as u8);
            outer.extend(inner);
            outer
        })
    };
    // Field 1 of a request, 2 of a resource's, 2 of a scope's metrics; then the kind of data.
    let (resource, scope, metric) = (0x0a, 0x12, 0x12);
    let (gauge, histogram, exponential, summary) = (0x2a, 0x4a, 0x52, 0x5a);
    let cumulative = |points: Vec<u8>| [points, vec![0x10, 2]].concat();
    let value = [0x31, 0, 0, 0, 0, 0, 0, 0, 0];
    let number = [&[0x0a, 9], &value[..]].concat();
    let with_attribute = [&[0x0a, 11], &value[..], &[0x3a, 0]].concat();
    let exemplar = [&[0x0a, 22], &value[..], &[0x2a, 11], &value[..], &[0x3a, 0]].concat();
    let mut wide = [0x0a, 0].repeat(5);
    wide[1] = 8;
    let table = [
        ("resources", [resource, 0].repeat(200_000)),
        ("scopes", within(&[resource], [scope, 0].repeat(200_000))),
        ("metrics", within(&[resource, scope], [metric, 2, gauge, 0].repeat(100_000))),
        ("numbers", within(&[resource, scope, metric, gauge], number.repeat(30_000))),
        ("attributes", within(&[resource, scope, metric, gauge], with_attribute.repeat(30_000))),
        ("exemplars", within(&[resource, scope, metric, gauge], exemplar.repeat(20_000))),
        (
            "histograms",
            within(&[resource, scope, metric, histogram], cumulative([0x0a, 0].repeat(200_000))),
        ),
        (
            "exponential histograms",
            within(&[resource, scope, metric, exponential], cumulative([0x0a, 0].repeat(200_000))),
        ),
        ("summaries", within(&[resource, scope, metric, summary], [0x0a, 0].repeat(200_000))),
        ("nested", within(&[resource, scope, metric, summary], wide.repeat(50_000))),
        ("workload", protobuf::encode(&Workload::mixed(1_000).batch(1)).bytes),
    ];
    for (name, bytes) in table {
        let most = measure(|| drop(protobuf::decode(&bytes))).bytes_max;
        let limit = MULTIPLE * bytes.len() as u64 + 256 * 1024;
        assert!(most <= limit, "{name}: {most} bytes for {}", bytes.len());
    }
}

/// The counter itself counts: a test of the tests above.
#[test]
fn allocations_are_counted() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
}
