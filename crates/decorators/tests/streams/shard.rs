use std::collections::{HashMap, HashSet};
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use meterport_core::{
    Deadline, DropReason, ErrorKind, ExportError, MetricBatch, MetricExporter, RetryAdvice,
};
use meterport_decorators::{ExporterExt, Shard};
use meterport_testkit::conformance::tagged;
use meterport_testkit::strategy::{self, Numbers};
use meterport_testkit::{Answer, ScriptedExporter};
use tokio::time::Instant;

use crate::fixtures::{export, failure, rows};

fn sharded(blocks: u16) -> (ScriptedExporter, Shard<ScriptedExporter>) {
    let inner = ScriptedExporter::new("inner");
    (inner.clone(), inner.shard(NonZeroU16::new(blocks).unwrap()))
}

/// Every point is in one block, and a series always in the same.
#[tokio::test]
async fn a_series_is_always_in_the_same_block() {
    let mut blocks_of: HashMap<String, usize> = HashMap::new();
    for (at, batch) in strategy::batches(Numbers::Any, 60, 3).enumerate() {
        let (inner, exporter) = sharded(4);
        for export_of in [&batch, &batch.bare()] {
            export(&exporter, export_of).await.unwrap();
        }
        let calls = inner.calls();
        let (first, second) = calls.split_at(calls.len() / 2);
        for calls in [first, second] {
            let mut all: Vec<_> = calls.iter().flat_map(|call| rows(&call.batch)).collect();
            let mut expected = rows(&batch);
            all.sort();
            expected.sort();
            assert_eq!(all, expected);
            assert!(calls.len() <= 4.max(usize::from(batch.is_empty())));
            for (block, call) in calls.iter().enumerate() {
                for resource in call.batch.resources() {
                    for scope in &resource.scopes {
                        for metric in &scope.metrics {
                            for set in metric.data.series().iter() {
                                let of = (&resource.resource.attributes, &scope.scope);
                                let key = format!("{at} {of:?} {:?} {set:?}", metric.descriptor);
                                let before = blocks_of.insert(key, block);
                                assert!(before.is_none_or(|before| before == block));
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Blocks are of about the same size, and the second batch finds what was worked out for the first.
#[tokio::test]
async fn blocks_are_even_and_their_chunks_are_remembered() {
    let (inner, exporter) = sharded(4);
    let batch = tagged("even", 2_000);
    export(&exporter, &batch).await.unwrap();
    export(&exporter, &batch.bare()).await.unwrap();
    let calls = inner.calls();
    assert_eq!(calls.len(), 8);
    for call in &calls[..4] {
        assert!((350..650).contains(&call.batch.points()), "{}", call.batch.points());
    }
    let chunks = |at: usize| -> HashSet<_> {
        let metrics = calls[at].batch.metrics();
        let runs = metrics.flat_map(|metric| metric.data.series().runs());
        runs.map(|run| Arc::as_ptr(run.chunk())).collect()
    };
    assert!((0..4).all(|at| chunks(at) == chunks(at + 4)));
}

#[tokio::test(start_paused = true)]
async fn blocks_are_exported_at_once_and_each_in_turn() {
    let (inner, exporter) = sharded(4);
    inner.default_answer(Answer::DeliverAfter(Duration::from_secs(1)));
    let batch = tagged("turns", 100);
    let begin = Instant::now();
    let (a, b) = tokio::join!(export(&exporter, &batch), export(&exporter, &batch));
    assert_eq!(a.unwrap().delivered + b.unwrap().delivered, 200);
    assert_eq!(begin.elapsed(), Duration::from_secs(2));
}

/// Waiting for the block of a series ends at the deadline, and then nothing was sent.
#[tokio::test(start_paused = true)]
async fn waiting_for_a_block_ends_at_the_deadline() {
    let (inner, exporter) = sharded(2);
    inner.default_answer(Answer::Hang);
    let batch = tagged("stuck", 100);
    let stuck = tokio::time::timeout(Duration::from_secs(5), export(&exporter, &batch));
    let late = async {
        tokio::task::yield_now().await;
        let deadline = Deadline::after(Instant::now().into_std(), Duration::from_secs(1));
        exporter.export(&batch, deadline).await.unwrap_err()
    };
    let (stuck, late) = tokio::join!(stuck, late);
    assert!(stuck.is_err());
    assert_eq!((late.kind(), late.is_unconfirmed()), (ErrorKind::Timeout, false));
    assert_eq!(late.rest().map(MetricBatch::points), Some(100));
    assert_eq!(inner.calls().len(), 2);
    // A future that was dropped holds up nobody.
    inner.default_answer(Answer::Deliver);
    assert_eq!(export(&exporter, &batch).await.unwrap().delivered, 100);
}

#[tokio::test(start_paused = true)]
async fn errors_of_blocks_are_one_error() {
    let slow = |seconds| {
        ExportError::new(ErrorKind::Throttled, "slow down")
            .with_advice(RetryAdvice::After(Duration::from_secs(seconds)))
    };
    let refused = ExportError::new(ErrorKind::Rejected, "no");
    let batch = tagged("errors", 1_000);
    let (inner, exporter) = sharded(4);
    inner.script([
        Answer::Fail(slow(3)),
        Answer::Partly(10, slow(7)),
        Answer::Fail(refused.clone()),
        Answer::Deliver,
    ]);
    let error = export(&exporter, &batch).await.unwrap_err();
    assert_eq!(error.advice(), RetryAdvice::After(Duration::from_secs(7)));
    assert!(error.settled().dropped.of(DropReason::Rejected) > 200);
    let lost = error.settled().dropped.total();
    // Its rest is exactly what has not arrived and was not refused.
    export(&exporter, error.rest().unwrap()).await.unwrap();
    assert_eq!(inner.taken_points(), 1_000 - lost);
    let arrived: HashSet<_> = inner.taken().iter().flat_map(rows).collect();
    assert_eq!(arrived.len() as u64, 1_000 - lost);

    // If no block may be sent again, none is.
    let (inner, exporter) = sharded(2);
    inner.script([Answer::Fail(refused), Answer::Deliver]);
    let error = export(&exporter, &batch).await.unwrap_err();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Rejected, RetryAdvice::Never));
    assert!(error.settled().delivered > 400);

    let (inner, exporter) = sharded(1);
    inner.script([Answer::Fail(failure())]);
    assert!(export(&exporter, &batch).await.unwrap_err().rest().is_none());
}
