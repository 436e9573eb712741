//! A shutdown in the middle of everything ends by its deadline, on every runtime.

use std::sync::Arc;

use meterport_core::{
    AttributeSet, Gauge, Metric, Number, NumberPoint, ResourceMetrics, ScopeMetrics,
};
use meterport_otlp_http::{Compression, OtlpHttpExporter};
use meterport_testkit::{Response, hang_guard};
use tokio::runtime::{Builder, Runtime};

use super::*;

const LIMIT: Duration = Duration::from_millis(200);
/// The promise is 10 ms on an idle machine; tests share theirs, and are not optimised.
const SLACK: Duration = Duration::from_millis(300);

fn many(points: i64) -> MetricBatch {
    let point = |id| NumberPoint::new(AttributeSet::from([("id", id)]), Number::I64(id));
    let metric = Metric::new("many", Gauge { points: (0..points).map(point).collect() });
    ResourceMetrics::default().with_scope(ScopeMetrics::default().with_metric(metric)).into()
}

fn runtimes() -> [(&'static str, Runtime); 3] {
    let multi = |workers| Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    [
        ("current_thread", Builder::new_current_thread().enable_all().build().unwrap()),
        ("one worker", multi(1).unwrap()),
        ("two workers", multi(2).unwrap()),
    ]
}

/// Begins an export of `batch` to a collector that replies so, and shuts down in its midst.
fn check(row: &'static str, batch: &MetricBatch, reply: &Reply) {
    for (shape, runtime) in runtimes() {
        let (batch, reply) = (batch.clone(), reply.clone());
        hang_guard(GUARD, move || {
            runtime.block_on(async move {
                let collector = FakeCollector::start();
                collector.default_reply(reply);
                let exporter = OtlpHttpExporter::builder()
                    .endpoint(collector.url())
                    .compression(Compression::gzip(6).unwrap())
                    .build()
                    .unwrap();
                let settings = Reliability::default().with_timeout(Duration::from_secs(60));
                let stack = Arc::new(exporter.reliable_with(settings));
                let export = tokio::spawn({
                    let stack = Arc::clone(&stack);
                    async move { stack.export(&batch, Deadline::NONE).await }
                });
                collector.wait_for_connections(1).await;
                let begin = Instant::now();
                let _ = stack.shutdown(Deadline::after(begin, LIMIT)).await;
                let took = begin.elapsed();
                assert!(took <= LIMIT + SLACK, "{row}, {shape}: {took:?}");
                // Once more, which is nothing.
                stack.shutdown(Deadline::after(Instant::now(), LIMIT)).await.unwrap();
                export.abort();
            });
            runtime.shutdown_background();
        });
    }
}

#[test]
fn while_it_hangs() {
    check("hangs", &batch(), &Reply::Hang);
}

#[test]
fn while_it_waits_to_send_again() {
    check("retries", &batch(), &Response::new(503).header("retry-after", "30").into());
}

#[test]
fn while_a_huge_batch_is_sent_in_pieces() {
    check("splits", &many(100_000), &Reply::Ok);
}
