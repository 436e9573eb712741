//! Fault 57: a future that is dropped loses nothing of others and counts nothing twice.

use std::future::poll_fn;
use std::num::NonZeroU16;
use std::pin::pin;
use std::task::Poll;

use meterport_core::{ErrorKind, MetricData, RetryAdvice};
use meterport_decorators::{BreakerPolicy, FilterRules, Multi, RelabelRules, Selector};
use meterport_testkit::{Answer, ScriptedExporter};

use super::*;

/// Drops the export of one batch at each of its waits in turn; afterwards nothing of it is sent any
/// more, and the next export delivers its own points once.
async fn check<E: MetricExporter>(name: &str, wrap: impl Fn(ScriptedExporter) -> E) {
    let failure = || {
        let error = ExportError::new(ErrorKind::Unavailable, "").with_advice(RetryAdvice::Backoff);
        Answer::Partly(3, error)
    };
    let mut waits = 0;
    loop {
        let inner = ScriptedExporter::new("inner");
        inner.script([failure(), Answer::DeliverAfter(Duration::from_secs(1))]);
        let stack = wrap(inner.clone());
        let (first, second) = (tagged("first", 10), tagged("second", 5));
        let ended = {
            let mut export = pin!(stack.export(&first, Deadline::NONE));
            let mut polls = 0;
            poll_fn(|context| {
                if polls == waits {
                    return Poll::Ready(false);
                }
                polls += 1;
                export.as_mut().poll(context).map(|_| true)
            })
            .await
        };
        let calls = inner.calls().len();
        tokio::time::sleep(Duration::from_secs(100)).await;
        assert_eq!(inner.calls().len(), calls, "{name}: it goes on after {waits} waits");
        inner.script(std::iter::repeat_n(Answer::Deliver, 2));
        let taken = arrived(&inner);
        let books = stack.export(&second, Deadline::NONE).await;
        let books = books.unwrap_or_else(|error| error.into_outcome(5));
        assert_eq!(books.points(), 5, "{name}: after {waits} waits");
        assert_eq!(arrived(&inner) - taken, books.delivered, "{name}: after {waits} waits");
        assert!(taken <= 10, "{name}: {taken} points of ten");
        if ended {
            assert!(waits > 1, "{name}: it never waited");
            return;
        }
        waits += 1;
        assert!(waits < 1_000, "{name}: it never ends");
    }
}

/// The points that have arrived, without those that tell of the end of a series.
fn arrived(inner: &ScriptedExporter) -> u64 {
    let taken = inner.taken();
    let metrics = taken.iter().flat_map(MetricBatch::metrics);
    let points = metrics.map(|metric| {
        let MetricData::Sum(sum) = &metric.data else { panic!("{metric:?}") };
        let ended = sum.points.flags().iter().filter(|(_, flags)| flags.no_recorded_value());
        metric.data.len() - ended.count()
    });
    points.sum::<usize>() as u64
}

#[tokio::test(start_paused = true)]
async fn row_57_dropped_at_every_wait() {
    let seconds = Duration::from_secs;
    check("timeout", |inner| inner.timeout(seconds(10))).await;
    check("retry", |inner| inner.retry(RetryPolicy::default())).await;
    check("split", |inner| inner.split(4)).await;
    check("logging", ExporterExt::logging).await;
    check("instrumented", ExporterExt::instrumented).await;
    check("reliable", ExporterExt::reliable).await;
    check("cardinality_limit", |inner| inner.cardinality_limit(100)).await;
    check("circuit_breaker", |inner| inner.circuit_breaker(BreakerPolicy::default())).await;
    check("filter", |inner| inner.filter(FilterRules::new().drop(Selector::metric("no.such.*"))))
        .await;
    check("relabel", |inner| inner.relabel(RelabelRules::new().remove("no.such.*"))).await;
    check("shard", |inner| inner.shard(NonZeroU16::new(3).unwrap())).await;
    check("stale", ExporterExt::stale).await;
    check("to_cumulative", ExporterExt::to_cumulative).await;
    check("multi", |inner| Multi::new([Box::new(inner) as Box<dyn MetricExporter>]).unwrap()).await;
    check("fallback", |inner| inner.clone().fallback(inner.retry(RetryPolicy::default())).unwrap())
        .await;
}
