//! What encoding allocates: nothing per series.

use allocation_counter::measure;
use meterport_core::{MetricBatch, Timestamp};
use meterport_remote_write::{Encoder, Version};
use meterport_testkit::workload::Workload;

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

fn encode(encoder: &Encoder, batch: &MetricBatch) -> u64 {
    let mut size = 0;
    let count = measure(|| {
        let message = encoder.encode(batch, NOW, u64::MAX).expect("no limit");
        size = message.bytes.len();
    });
    assert!(size > 0);
    count.count_total
}

/// The number of allocations goes with metrics and runs of 256 series, and the output's growth.
#[test]
fn of_what_is_remembered_nothing_is_allocated_for_a_series() {
    type Mix = fn(usize) -> Workload;
    let mixes: [(&str, Mix); 5] = [
        ("mixed", Workload::mixed),
        ("counters", Workload::counters),
        ("gauges", Workload::gauges),
        ("histograms", Workload::histograms),
        ("exponential", Workload::exponential),
    ];
    for version in Version::ALL {
        let encoder = Encoder::new(version);
        for (mix, workload) in mixes {
            let count = |points: usize| {
                let workload = workload(points);
                encode(&encoder, &workload.batch(0));
                let batch = workload.batch(1);
                (encode(&encoder, &batch), batch.metrics().count() as u64)
            };
            let (few, metrics) = count(1_000);
            let (many, _) = count(4_000);
            let growth = many.saturating_sub(few);
            assert!(growth < 3_000 / 32, "{version:?} of {mix}: {few} and {many}");
            assert!(few < 60 * metrics + 100, "{version:?} of {mix}: {few} for {metrics} metrics");
        }
    }
}
