//! What every exporter must do that sends over a network, with whatever decorators around it. The
//! subject's peer can be all [`Behaviour`]s but the partially successful one.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use meterport_core::{Deadline, ErrorKind, MetricBatch};
use tokio::time::Instant;

use super::Behaviour;
use super::batches::tagged;
use super::place::{FLAVOURS, Flavour, Standstill, nowhere, paused, poll_at_most};
use super::subject::{Make, Subject, after, deliver, expect_ok};

/// What a call has to end a peer that does nothing; on a paused clock where the exporter goes by
/// that of its runtime.
const SHORT: Duration = Duration::from_millis(150);
/// What it may take longer.
const GRACE: Duration = Duration::from_millis(10);

/// Requests, bytes before compression and bytes sent are in the books.
pub fn requests_and_bytes_are_counted(make: Make) {
    Subject::check(make, |subject| {
        let batch = subject.everything();
        let (exporter, limit, all) = (subject.exporter(), subject.limit(), batch.clone());
        let outcome =
            Flavour::CurrentThread.run_once(async move { deliver(&*exporter, &all, limit).await });
        subject.expect_arrived([&batch]);
        let arrivals = subject.peer().arrivals();
        let wire_bytes: u64 = arrivals.iter().map(|arrival| arrival.body.len() as u64).sum();
        assert_eq!(u64::from(outcome.attempts), arrivals.len() as u64, "attempts");
        assert_eq!(outcome.wire_bytes, wire_bytes, "bytes as sent");
        assert!(outcome.raw_bytes > 0, "bytes before compression: {outcome:?}");
    });
}

/// A peer that never answers is cut at the deadline; the error is a timeout and says that the
/// points may have arrived.
pub fn a_hanging_peer_is_cut_at_the_deadline(make: Make) {
    cut_at_the_deadline(make, Behaviour::Hanging);
}

/// So is one that begins an answer and never ends it: bytes that trickle in buy it no time.
pub fn an_unfinished_answer_is_cut_at_the_deadline(make: Make) {
    cut_at_the_deadline(make, Behaviour::Stalling);
}

fn cut_at_the_deadline(make: Make, behaviour: Behaviour) {
    Subject::check(make, move |subject| {
        subject.behave(behaviour);
        let (exporter, batch) = (subject.exporter(), tagged("cut", 5));
        let (result, took) = paused().block_on(async {
            let begin = Instant::now();
            let standstill = Standstill::begin();
            let arrived = async {
                subject.peer().wait_for_arrivals(1).await;
                drop(standstill);
            };
            let export = exporter.export(&batch, after(SHORT));
            let (result, ()) = tokio::join!(export, arrived);
            (result, begin.elapsed())
        });
        assert!(took <= SHORT + GRACE, "it ended {:?} after its deadline", took - SHORT);
        let error = subject.error(result, &batch);
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
        assert!(error.is_unconfirmed(), "the points may have arrived: {error:?}");
        assert_eq!(error.settled().points(), 0, "the whole batch is owed: {error:?}");
        well_again(subject);
    });
}

/// Whoever drops an export that waits for an answer can go on: the next one does not get the
/// answer of the one before, and does not wait for it.
pub fn an_export_dropped_while_the_peer_hangs_leaves_it_usable(make: Make) {
    for (flavour, behaviour) in FLAVOURS.into_iter().zip([Behaviour::Hanging, Behaviour::Stalling])
    {
        Subject::check(make, move |subject| {
            subject.behave(behaviour);
            let (exporter, batch) = (subject.exporter(), tagged("dropped", 5));
            let runtime = flavour.runtime();
            runtime.block_on(async {
                tokio::select! {
                    result = exporter.export(&batch, Deadline::NONE) => {
                        panic!("nobody answered: {result:?}")
                    }
                    () = subject.peer().wait_for_arrivals(1) => {}
                }
            });
            subject.behave(Behaviour::Well);
            let (next, limit) = (tagged("next", 5), subject.limit());
            let behind = next.clone();
            flavour.run(&runtime, async move { deliver(&*exporter, &behind, limit).await });
            subject.expect_arrived_once(&next);
        });
    }
}

/// A future that waits for an answer may be dropped after the end of the runtime that polled it.
pub fn a_future_may_outlive_its_runtime(make: Make) {
    for flavour in FLAVOURS {
        Subject::check(make, move |subject| {
            subject.behave(Behaviour::Hanging);
            let (exporter, batch) = (subject.exporter(), tagged("left", 5));
            let runtime = flavour.runtime();
            let mut export = exporter.export(&batch, Deadline::NONE);
            runtime.block_on(async {
                tokio::select! {
                    result = &mut export => panic!("nobody answered: {result:?}"),
                    () = subject.peer().wait_for_arrivals(1) => {}
                }
            });
            drop(runtime);
            drop(export);
            well_again(subject);
        });
    }
}

/// An export that waits for its answer, in a runtime whose only thread is blocked as well, does
/// not keep another one from being delivered.
pub fn an_export_that_is_stuck_holds_up_no_other(make: Make) {
    for flavour in FLAVOURS {
        Subject::check(make, move |subject| {
            subject.behave(Behaviour::Hanging);
            let (release, held) = channel::<()>();
            let (polled, is_polled) = channel::<()>();
            let exporter = subject.exporter();
            let stuck = thread::spawn(move || {
                flavour.run_once(async move {
                    let batch = tagged("stuck", 5);
                    let export = exporter.export(&batch, Deadline::NONE);
                    tokio::pin!(export);
                    loop {
                        // One poll at a time, until it is told to block instead.
                        let result = poll_at_most(&mut export, 1).await;
                        assert!(result.is_none(), "nobody answered: {result:?}");
                        if polled.send(()).is_err() {
                            break;
                        }
                        tokio::task::yield_now().await;
                    }
                    let _ = held.recv();
                });
            });
            if is_polled.recv().is_ok() {
                nowhere(subject.peer().wait_for_arrivals(1));
            }
            drop(is_polled);
            well_again(subject);
            drop(release);
            if let Err(panic) = stuck.join() {
                std::panic::resume_unwind(panic);
            }
        });
    }
}

/// A shutdown ends by its deadline while an export waits for a peer that hangs, and so does the
/// export; a second shutdown is Ok.
pub fn shutdown_is_not_held_up_by_a_hanging_peer(make: Make) {
    Subject::check(make, |subject| {
        subject.behave(Behaviour::Hanging);
        let (exporter, batch) = (subject.exporter(), tagged("under way", 5));
        let limit = subject.limit();
        let (result, took) = paused().block_on(async {
            let begin = Instant::now();
            let standstill = Standstill::begin();
            let shutdown = async {
                subject.peer().wait_for_arrivals(1).await;
                drop(standstill);
                let _ = exporter.shutdown(after(SHORT)).await;
                begin.elapsed()
            };
            let export = exporter.export(&batch, after(2 * SHORT));
            let (result, took) = tokio::join!(export, shutdown);
            assert!(begin.elapsed() <= 2 * SHORT + GRACE, "the export took {:?}", begin.elapsed());
            expect_ok("a second shutdown", exporter.shutdown(after(limit)).await);
            (result, took)
        });
        assert!(took <= SHORT + GRACE, "the shutdown took {took:?}");
        let error = subject.error(result, &batch);
        assert!(error.is_unconfirmed(), "the points may have arrived: {error:?}");
    });
}

/// What could not be delivered while the peer was away is owed, and can be delivered when it is
/// back: at the start, and later.
pub fn a_peer_that_was_away_is_found_again(make: Make) {
    for flavour in FLAVOURS {
        Subject::check(make, move |subject| {
            let batches = ["start", "later"].map(|tag| tagged(tag, 5));
            for batch in &batches {
                subject.behave(Behaviour::Down);
                let exporter = subject.exporter();
                let result = paused().block_on(exporter.export(batch, after_paused()));
                let error = subject.error(result, batch);
                assert_eq!(error.settled().points(), 0, "the whole batch is owed: {error:?}");
                subject.behave(Behaviour::Well);
                deliver_in(flavour, subject, batch);
            }
            subject.expect_arrived(&batches);
        });
    }
}

/// A deadline for a clock that will be paused: it leaps there once there is nothing to do.
fn after_paused() -> Deadline {
    Deadline::after(std::time::Instant::now(), SHORT)
}

fn well_again(subject: &Subject) {
    subject.behave(Behaviour::Well);
    let next = tagged("well again", 5);
    deliver_in(Flavour::CurrentThread, subject, &next);
    subject.expect_arrived_once(&next);
}

fn deliver_in(flavour: Flavour, subject: &Subject, batch: &MetricBatch) {
    let (exporter, batch, limit) = (subject.exporter(), batch.clone(), subject.limit());
    flavour.run_once(async move { deliver(&*exporter, &batch, limit).await });
}
