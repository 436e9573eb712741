use std::sync::mpsc::channel;
use std::thread;

use meterport_core::{Deadline, ErrorKind, ExportError, MetricBatch, Outcome};

use crate::conformance::batches::tagged;
use crate::conformance::place::{FLAVOURS, Flavour, nowhere, without_drivers};
use crate::conformance::subject::{Make, Subject, deliver, expect_taken};

/// More than any exporter keeps something of.
const RUNTIMES: usize = 6;

/// Used from one runtime after another, each of which has ended before the next begins: every
/// export is delivered within its deadline.
pub fn a_runtime_that_has_ended_does_not_matter(make: Make) {
    for flavour in FLAVOURS {
        Subject::check(make, move |subject| {
            let batches: Vec<_> =
                (0..2 * RUNTIMES).map(|n| tagged(&format!("use {n}"), 5)).collect();
            for uses in batches.chunks(2) {
                let (exporter, limit, uses) = (subject.exporter(), subject.limit(), uses.to_vec());
                flavour.run_once(async move {
                    for batch in &uses {
                        deliver(&*exporter, batch, limit).await;
                    }
                });
            }
            subject.expect_arrived(&batches);
        });
    }
}

/// The only thread of the runtime that used it first is blocked, so that nothing that lives there
/// goes on: the next export, from another runtime, is delivered within its deadline. So is one of
/// the first runtime when it goes on.
pub fn a_blocked_runtime_does_not_matter(make: Make) {
    for flavour in FLAVOURS {
        Subject::check(make, move |subject| {
            let batches = ["first", "from the other", "when it goes on"].map(|tag| tagged(tag, 5));
            let (used, in_use) = channel::<()>();
            let (release, held) = channel::<()>();
            let (exporter, limit) = (subject.exporter(), subject.limit());
            let [first, other, last] = batches.clone();
            let blocked = thread::spawn(move || {
                flavour.run_once(async move {
                    deliver(&*exporter, &first, limit).await;
                    let _ = used.send(());
                    // Blocks the thread, not the task.
                    let _ = held.recv();
                    deliver(&*exporter, &last, limit).await;
                });
            });
            if in_use.recv().is_ok() {
                let exporter = subject.exporter();
                flavour.run_once(async move { deliver(&*exporter, &other, limit).await });
            }
            drop(release);
            if let Err(panic) = blocked.join() {
                std::panic::resume_unwind(panic);
            }
            subject.expect_arrived(&batches);
        });
    }
}

/// Outside any runtime it works, or fails with [`ErrorKind::NoRuntime`] and owes the batch; it
/// does not panic, and goes on in a runtime.
pub fn outside_a_runtime_it_works_or_says_why(make: Make) {
    Subject::check(make, |subject| {
        works_or_says_why(subject, &|exporter, batch, deadline| {
            [nowhere(exporter.export(batch, deadline)), nowhere(exporter.force_flush(deadline))]
        });
    });
    Subject::check(make, |subject| {
        let shut_down = nowhere(subject.exporter().shutdown(Deadline::NONE));
        expect_no_runtime_at_worst(shut_down.err());
    });
}

/// The same in a runtime that has neither timers nor sockets.
pub fn a_runtime_without_drivers_is_survived(make: Make) {
    Subject::check(make, |subject| {
        works_or_says_why(subject, &|exporter, batch, deadline| {
            without_drivers().block_on(async {
                [exporter.export(batch, deadline).await, exporter.force_flush(deadline).await]
            })
        });
    });
}

type Use = dyn Fn(
    &dyn meterport_core::MetricExporter,
    &MetricBatch,
    Deadline,
) -> [Result<Outcome, ExportError>; 2];

#[track_caller]
fn works_or_says_why(subject: &Subject, use_it: &Use) {
    let (here, then) = (tagged("here", 5), tagged("in a runtime", 5));
    let exporter = subject.exporter();
    let deadline = Deadline::after(std::time::Instant::now(), subject.limit());
    let [exported, flushed] = use_it(&*exporter, &here, deadline);
    expect_no_runtime_at_worst(flushed.err());
    let mut expected = vec![&then];
    match exported {
        Ok(outcome) => {
            expect_taken(&outcome, &here);
            expected.push(&here);
        }
        failed => {
            let error = subject.error(failed, &here);
            assert_eq!(error.settled().points(), 0, "the whole batch is owed: {error:?}");
            assert!(!error.is_unconfirmed(), "nothing was sent: {error:?}");
            expect_no_runtime_at_worst(Some(error));
        }
    }
    let (batch, limit) = (then.clone(), subject.limit());
    Flavour::CurrentThread.run_once(async move {
        deliver(&*exporter, &batch, limit).await;
        let _ = exporter.force_flush(Deadline::NONE).await;
    });
    subject.expect_arrived(expected);
}

#[track_caller]
fn expect_no_runtime_at_worst(error: Option<ExportError>) {
    if let Some(error) = error {
        assert_eq!(error.kind(), ErrorKind::NoRuntime, "{error:?}");
    }
}
