//! Fault 53: a shutdown in the middle of everything ends by its deadline, on every runtime.

use std::sync::Arc;

use meterport_core::{
    AttributeSet, Gauge, Metric, Number, NumberPoint, ResourceMetrics, ScopeMetrics,
};
use meterport_decorators::QueueSettings;
use meterport_otlp_http::Compression;
use meterport_testkit::hang_guard;
use tokio::runtime::{Builder, Runtime};

use super::*;

const LIMIT: Duration = Duration::from_millis(200);
/// The promise is 10 ms. Without optimisation one piece takes longer than that to compress, and on a
/// busy machine much longer.
const SLACK: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1_000 } else { 10 });

/// A million points: ten times the same, as their series do not matter here.
fn million() -> MetricBatch {
    let point = |id| NumberPoint::new(AttributeSet::from([("id", id)]), Number::I64(id));
    let metric = Metric::new("many", Gauge { points: (0..100_000).map(point).collect() });
    let resource =
        ResourceMetrics::default().with_scope(ScopeMetrics::default().with_metric(metric));
    std::iter::repeat_n(resource, 10).collect()
}

fn runtimes() -> [(&'static str, Runtime); 3] {
    let multi = |workers| Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    [
        ("current_thread", Builder::new_current_thread().enable_all().build().unwrap()),
        ("one worker", multi(1).unwrap()),
        ("two workers", multi(2).unwrap()),
    ]
}

fn compressing(collector: &FakeCollector) -> Reliable<OtlpHttpExporter> {
    let exporter = OtlpHttpExporter::builder()
        .endpoint(collector.url())
        .compression(Compression::gzip(6).unwrap())
        .build()
        .unwrap();
    exporter.reliable_with(Reliability::default().with_timeout(Duration::from_secs(60)))
}

/// Begins an export of `batch` to a collector that replies so, through a stack or a queue before it,
/// and shuts down in its midst: twice at once, with a flush beside, and once more.
fn check(row: &'static str, batch: &MetricBatch, reply: &Reply) {
    for (shape, runtime) in runtimes() {
        let (batch, reply) = (batch.clone(), reply.clone());
        hang_guard(GUARD, move || {
            for is_queued in [false, true] {
                let row = format!("{row}, {shape}, queued: {is_queued}");
                runtime.block_on(shut_down_amidst(&row, &batch, &reply, is_queued));
            }
            runtime.shutdown_background();
        });
    }
}

async fn shut_down_amidst(row: &str, batch: &MetricBatch, reply: &Reply, is_queued: bool) {
    let collector = FakeCollector::start();
    collector.default_reply(reply.clone());
    let (exporter, queue): (Arc<dyn MetricExporter>, _) = match is_queued {
        false => (Arc::new(compressing(&collector)), None),
        true => {
            let settings = QueueSettings::default().max_points(2_000_000).max_bytes(1 << 30);
            let queue = compressing(&collector).queue(settings);
            let monitor = queue.monitor();
            (Arc::new(queue), Some(monitor))
        }
    };
    let export = tokio::spawn({
        let (exporter, batch) = (Arc::clone(&exporter), batch.clone());
        async move { exporter.export(&batch, Deadline::NONE).await }
    });
    collector.wait_for_connections(1).await;
    let begin = Instant::now();
    let deadline = Deadline::after(begin, LIMIT);
    let _ = tokio::join!(
        exporter.shutdown(deadline),
        exporter.force_flush(deadline),
        exporter.shutdown(deadline)
    );
    let took = begin.elapsed();
    assert!(took <= LIMIT + SLACK, "{row}: {took:?}");
    let begin = Instant::now();
    let again = exporter.shutdown(Deadline::after(begin, LIMIT)).await;
    assert!(begin.elapsed() <= LIMIT + SLACK, "{row}, again: {:?}", begin.elapsed());
    assert!(is_queued || again.is_ok(), "{row}: {again:?}");
    if let Some(monitor) = queue {
        let stats = monitor.stats();
        let sum = stats.delivered + stats.rejected + stats.dropped.total();
        assert_eq!((stats.produced, stats.queued), (sum, 0), "{row}: {stats:?}");
        assert_eq!(stats.produced, batch.points(), "{row}");
    }
    export.abort();
}

#[test]
fn row_53_while_it_hangs() {
    check("hangs", &batch(), &Reply::Hang);
}

#[test]
fn row_53_while_it_waits_to_send_again() {
    check("retries", &batch(), &Response::new(503).header("retry-after", "30").into());
}

#[test]
fn row_53_while_a_million_points_are_sent_in_pieces() {
    check("splits", &million(), &Reply::Ok);
}

/// The export itself ends as exactly, and its books hold all that did not go.
#[test]
fn row_53_an_export_of_a_million_points_ends_by_its_deadline() {
    let batch = million();
    for (shape, runtime) in runtimes() {
        let batch = batch.clone();
        hang_guard(GUARD, move || {
            runtime.block_on(async {
                let collector = FakeCollector::start();
                let stack = compressing(&collector);
                let begin = Instant::now();
                let result = stack.export(&batch, Deadline::after(begin, LIMIT)).await;
                let took = begin.elapsed();
                assert!(took <= LIMIT + SLACK, "{shape}: {took:?}");
                let error = result.expect_err("there is not so much time");
                assert_eq!(error.into_outcome(batch.points()).points(), batch.points());
            });
            runtime.shutdown_background();
        });
    }
}
