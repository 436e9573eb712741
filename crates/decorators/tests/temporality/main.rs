//! Both conversions of temporality against a plain model of what was counted, with faults.

mod model;
mod steps;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use meterport_core::{
    Deadline, DropReason, ErrorKind, ExportError, MetricBatch, MetricExporter, RetryAdvice,
    Temporality, Timestamp,
};
use meterport_decorators::{ExporterExt, Gaps, ToDelta};
use meterport_testkit::{Answer, ScriptedExporter};

use self::model::{Dice, Program, rows, totals};

const SEEDS: u64 = 24;
const ROUNDS: usize = 40;

fn error(kind: ErrorKind) -> ExportError {
    ExportError::new(kind, "as scripted").with_advice(RetryAdvice::Backoff)
}

fn throttled() -> ExportError {
    error(ErrorKind::Throttled).with_advice(RetryAdvice::After(std::time::Duration::from_secs(1)))
}

/// Polls an export so often and drops it.
fn cancelled(export: impl Future, polls: usize) {
    let mut export = pin!(export);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        assert!(export.as_mut().poll(&mut context).is_pending(), "it ended in poll {polls}");
    }
}

async fn export(exporter: &ToDelta<ScriptedExporter>, batch: &MetricBatch, deliver: bool) {
    let result = exporter.export(batch, Deadline::NONE).await;
    assert_eq!(result.is_ok(), deliver, "{result:?}");
    let outcome = result.unwrap_or_else(|error| error.into_outcome(batch.points()));
    assert_eq!(outcome.points(), batch.points(), "{outcome:?}");
}

/// Every second export fails, is cancelled, is throttled or is delivered in part.
#[tokio::test]
async fn delta_is_never_lost() {
    for seed in 0..SEEDS {
        let mut dice = Dice(seed);
        let mut program = Program::new(seed, Temporality::Cumulative).with_resets();
        let inner = ScriptedExporter::new("inner");
        let exporter = inner.clone().to_delta();
        for round in 0..ROUNDS {
            let batch = program.batch(&mut dice, false);
            if round % 2 == 0 {
                export(&exporter, &batch, true).await;
                continue;
            }
            match dice.roll(4) {
                0 => {
                    // It would have failed, but nobody waits for it.
                    inner.script([Answer::Fail(error(ErrorKind::Connect))]);
                    cancelled(exporter.export(&batch, Deadline::NONE), 1);
                }
                1 => {
                    inner.script([Answer::Fail(throttled())]);
                    export(&exporter, &batch, false).await;
                }
                2 => {
                    let first = dice.roll(batch.points().max(1));
                    inner.script([Answer::Partly(first, error(ErrorKind::Unavailable))]);
                    export(&exporter, &batch, false).await;
                }
                _ => {
                    inner.script([Answer::Fail(error(ErrorKind::Rejected))]);
                    export(&exporter, &batch, false).await;
                }
            }
            if dice.roll(4) == 0 {
                exporter.force_flush(Deadline::NONE).await.unwrap();
                assert_eq!(&totals(&inner.taken()), program.recorded(), "flushed, seed {seed}");
            }
        }
        exporter.shutdown(Deadline::NONE).await.unwrap();
        assert_eq!(&totals(&inner.taken()), program.recorded(), "seed {seed}");
        assert_windows_follow(&inner.taken());
    }
}

/// What an error owes is cumulative, and exporting that alone settles it.
#[tokio::test]
async fn the_rest_of_an_error_may_be_exported_again() {
    for seed in 0..SEEDS {
        let mut dice = Dice(seed);
        let mut program = Program::new(seed, Temporality::Cumulative);
        let inner = ScriptedExporter::new("inner");
        let exporter = inner.clone().to_delta();
        for _ in 0..ROUNDS {
            let batch = program.batch(&mut dice, false);
            let first = dice.roll(batch.points().max(1));
            inner.script([Answer::Partly(first, error(ErrorKind::Unavailable))]);
            let error = exporter.export(&batch, Deadline::NONE).await.unwrap_err();
            let rest = error.rest().unwrap().clone();
            assert_eq!(error.settled().delivered + rest.points(), batch.points());
            exporter.export(&rest, Deadline::NONE).await.unwrap();
        }
        assert_eq!(&totals(&inner.taken()), program.recorded(), "seed {seed}");
    }
}

/// The windows of a series follow each other without overlap.
fn assert_windows_follow(taken: &[MetricBatch]) {
    let mut ends = std::collections::HashMap::<String, Timestamp>::new();
    for batch in taken {
        for resource in batch.resources() {
            for scope in &resource.scopes {
                for metric in &scope.metrics {
                    for (at, (start, time)) in windows(metric).into_iter().enumerate() {
                        let set = metric.data.series().iter().nth(at).unwrap();
                        let (of, name) = (&resource.resource, &metric.descriptor.name);
                        let key = format!("{of:?} {:?} {name} {set:?}", scope.scope);
                        let end = ends.insert(key, time).unwrap_or_default();
                        assert!(start >= end && time >= start, "{start:?} {time:?} after {end:?}");
                    }
                }
            }
        }
    }
}

fn windows(metric: &meterport_core::Metric) -> Vec<(Timestamp, Timestamp)> {
    use meterport_core::MetricData as Data;
    let at = |starts: &meterport_core::Column<Timestamp>,
              times: &meterport_core::Column<Timestamp>| {
        (0..metric.data.len()).map(|row| (starts.at(row), times.at(row))).collect()
    };
    match &metric.data {
        Data::ExponentialHistogram(data) => at(data.points.starts(), data.points.times()),
        Data::Histogram(data) => at(data.points.starts(), data.points.times()),
        Data::Sum(data) => at(data.points.starts(), data.points.times()),
        other => panic!("{other:?}"),
    }
}

/// Deltas that become cumulative and then deltas again are what they were.
#[tokio::test]
async fn there_and_back_is_the_identity() {
    for seed in 0..SEEDS {
        let mut dice = Dice(seed);
        let mut program = Program::new(seed, Temporality::Delta);
        let inner = ScriptedExporter::new("inner");
        let exporter = inner.clone().to_delta().to_cumulative().with_gaps(Gaps::Bridge);
        for round in 0..ROUNDS {
            let batch = program.batch(&mut dice, false);
            exporter.export(&batch, Deadline::NONE).await.unwrap();
            let back = inner.taken().last().unwrap().clone();
            assert_eq!(batch.points(), back.points(), "round {round} of seed {seed}");
            let metrics = |batch: &MetricBatch| -> Vec<_> {
                let full = |metric: &&meterport_core::Metric| !metric.data.is_empty();
                batch.metrics().filter(full).map(|metric| rows(&metric.data)).collect()
            };
            assert_eq!(metrics(&batch), metrics(&back), "round {round} of seed {seed}");
        }
        assert_eq!(&totals(&inner.taken()), program.recorded());
    }
}

/// What fails on its way as a cumulative point is in the next one.
#[tokio::test]
async fn a_delta_given_to_an_exporter_that_fails_is_not_lost() {
    for seed in 0..SEEDS {
        let mut dice = Dice(seed);
        let mut program = Program::new(seed, Temporality::Delta);
        let inner = ScriptedExporter::new("inner");
        let exporter = inner.clone().to_cumulative().with_gaps(Gaps::Bridge);
        for _ in 0..ROUNDS {
            let batch = program.batch(&mut dice, false);
            match dice.roll(3) {
                0 => {
                    inner.script([Answer::Fail(error(ErrorKind::Connect))]);
                    cancelled(exporter.export(&batch, Deadline::NONE), 1);
                }
                1 => {
                    inner.script([Answer::Fail(throttled())]);
                    let error = exporter.export(&batch, Deadline::NONE).await.unwrap_err();
                    let rest = error.rest().unwrap();
                    assert_eq!(rest.points(), batch.points());
                    let cumulative = Some(Temporality::Cumulative);
                    assert!(rest.metrics().all(|m| m.data.temporality() == cumulative));
                    // Whether the caller sends the same deltas again or not makes no difference.
                    let again = exporter.export(&batch, Deadline::NONE).await.unwrap();
                    assert_eq!(again.dropped.of(DropReason::OutOfOrder), 0);
                }
                _ => {
                    exporter.export(&batch, Deadline::NONE).await.unwrap();
                }
            }
        }
        exporter.export(&program.batch(&mut dice, true), Deadline::NONE).await.unwrap();
        let last = inner.taken().last().unwrap().clone();
        for resource in last.resources() {
            for metric in &resource.scopes[0].metrics {
                for (attributes, counts) in rows(&metric.data) {
                    let of = &resource.resource.attributes;
                    let (scope, name) = (&resource.scopes[0].scope.name, &metric.descriptor.name);
                    let key = format!("{of:?} {scope:?} {name:?} {attributes:?}");
                    assert_eq!(program.recorded()[&key], counts, "{key}, seed {seed}");
                }
            }
        }
    }
}
