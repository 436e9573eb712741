//! What a stack adds to an export that goes well: a boxed future for each layer, and nothing else.

use allocation_counter::measure;
use meterport_testkit::DiscardExporter;
use tokio::runtime::Builder;

use super::*;

/// Allocations of one export of this batch.
fn allocations(exporter: &dyn MetricExporter, batch: &MetricBatch) -> u64 {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let run = |exports: u64| {
        let counted = measure(|| {
            runtime.block_on(async {
                for _ in 0..exports {
                    exporter.export(batch, soon()).await.unwrap();
                }
            });
        });
        counted.count_total
    };
    // The first one makes what is kept.
    run(1);
    (run(11) - run(1)) / 10
}

#[test]
fn each_layer_boxes_a_future_and_nothing_else() {
    let limit = Duration::from_secs(10);
    let batch = batch();
    let alone = allocations(&DiscardExporter::new(), &batch);
    let added = |stack: &dyn MetricExporter| allocations(stack, &batch) - alone;
    let retry = RetryPolicy::default;
    assert_eq!(added(&DiscardExporter::new().timeout(limit)), 1, "timeout");
    assert_eq!(added(&DiscardExporter::new().retry(retry())), 1, "retry");
    assert_eq!(added(&DiscardExporter::new().split(8_192)), 1, "split");
    assert_eq!(added(&DiscardExporter::new().logging()), 1, "logging");
    assert_eq!(
        added(&DiscardExporter::new().timeout(limit).retry(retry()).split(8_192).logging()),
        4
    );
    assert_eq!(added(&DiscardExporter::new().reliable()), 5);
}
