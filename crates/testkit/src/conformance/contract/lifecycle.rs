use meterport_core::{Deadline, ErrorKind, ExportError, MetricBatch, Outcome, RetryAdvice};
use tokio::task::JoinSet;

use crate::conformance::batches::tagged;
use crate::conformance::place::{FLAVOURS, Flavour};
use crate::conformance::subject::{Make, Subject, after, deliver, expect_ok};

/// After a shutdown an export fails for good, is sent nowhere, and the whole batch is owed.
pub fn export_after_shutdown_fails_and_owes_the_batch(make: Make) {
    Subject::check(make, |subject| {
        let (first, late) = (tagged("before", 5), tagged("after", 5));
        let (exporter, limit) = (subject.exporter(), subject.limit());
        let (before, batch) = (first.clone(), late.clone());
        let result = Flavour::CurrentThread.run_once(async move {
            deliver(&*exporter, &before, limit).await;
            expect_ok("shutdown", exporter.shutdown(after(limit)).await);
            exporter.export(&batch, after(limit)).await
        });
        expect_shutdown(subject, result, &late);
        subject.expect_arrived([&first]);
    });
}

/// Any number of shutdowns is Ok: of one that has never been used, again, from another runtime,
/// and at the same time.
pub fn shutdown_is_idempotent(make: Make) {
    for flavour in FLAVOURS {
        Subject::check(make, move |subject| {
            for round in 0..2 {
                let (exporter, limit) = (subject.exporter(), subject.limit());
                flavour.run_once(async move {
                    let mut tasks = JoinSet::new();
                    for number in 0..8 {
                        let exporter = exporter.clone();
                        tasks.spawn(async move {
                            let result = exporter.shutdown(after(limit)).await;
                            expect_ok(format_args!("shutdown {number} of round {round}"), result);
                        });
                    }
                    tasks.join_all().await;
                });
            }
        });
    }
}

/// A shutdown without time may fail, but it ends at once, and the exporter has been shut down.
pub fn shutdown_past_its_deadline_still_ends_it(make: Make) {
    Subject::check(make, |subject| {
        let (exporter, limit, late) = (subject.exporter(), subject.limit(), tagged("after", 5));
        let batch = late.clone();
        let result = Flavour::CurrentThread.run_once(async move {
            let passed = Deadline::at(tokio::time::Instant::now().into_std());
            // What was held back may be lost, and this would say so.
            let _ = exporter.shutdown(passed).await;
            let result = exporter.export(&batch, after(limit)).await;
            expect_ok("a second shutdown", exporter.shutdown(after(limit)).await);
            result
        });
        expect_shutdown(subject, result, &late);
        subject.expect_nothing_arrived();
    });
}

/// Flushing is Ok: of one that has never been used, and behind an export. Without time it ends,
/// and harms nothing.
pub fn flushing_is_ok(make: Make) {
    Subject::check(make, |subject| {
        let (exporter, limit) = (subject.exporter(), subject.limit());
        let batch = tagged("flushed", 5);
        let first = batch.clone();
        Flavour::CurrentThread.run_once(async move {
            expect_ok("a flush of nothing", exporter.force_flush(after(limit)).await);
            deliver(&*exporter, &first, limit).await;
            let flushed = expect_ok("a flush", exporter.force_flush(after(limit)).await);
            assert_eq!(flushed.points(), 0, "nothing was left to deliver: {flushed:?}");
            let passed = Deadline::at(tokio::time::Instant::now().into_std());
            let _ = exporter.force_flush(passed).await;
            expect_ok("a flush with time again", exporter.force_flush(after(limit)).await);
        });
        subject.expect_arrived([&batch]);
    });
}

/// Dropping it never blocks and never panics: unused, inside the runtime that it was used in, in
/// another one, and after the runtime has gone.
pub fn it_can_be_dropped_anywhere(make: Make) {
    drop(make());
    for flavour in FLAVOURS {
        for place in ["inside", "in another", "outside", "behind the end of"] {
            let subject = make();
            let (limit, patience) = (subject.limit(), subject.patience());
            crate::hang_guard(patience, move || {
                let (exporter, peer) = subject.part_with();
                let runtime = flavour.runtime();
                let used = exporter.clone();
                let batch = tagged("last", 5);
                flavour.run(&runtime, async move { deliver(&*used, &batch, limit).await });
                match place {
                    "inside" => flavour.run(&runtime, async move { drop(exporter) }),
                    "in another" => flavour.run_once(async move { drop(exporter) }),
                    "outside" => drop(exporter),
                    _ => {
                        drop(runtime);
                        drop(exporter);
                    }
                }
                drop(peer);
            });
        }
    }
}

#[track_caller]
fn expect_shutdown(subject: &Subject, result: Result<Outcome, ExportError>, batch: &MetricBatch) {
    let error = subject.error(result, batch);
    assert_eq!(error.kind(), ErrorKind::Shutdown, "{error:?}");
    assert_eq!(error.advice(), RetryAdvice::Never, "{error:?}");
    assert_eq!(error.settled().points(), 0, "the whole batch is owed: {error:?}");
    assert!(!error.is_unconfirmed(), "nothing was sent: {error:?}");
}
