use std::time::Duration;

use meterport_core::{Deadline, ErrorKind, MetricBatch};

use crate::conformance::batches::{pointless, tagged};
use crate::conformance::place::{FLAVOURS, Flavour, paused};
use crate::conformance::subject::{Make, Subject, deliver, expect_ok};

/// A batch is delivered from each kind of runtime, its books balance, and the peer has received
/// exactly its points.
pub fn every_point_is_delivered(make: Make) {
    for flavour in FLAVOURS {
        Subject::check(make, move |subject| {
            let batch = tagged("plain", 300);
            deliver_in(flavour, subject, &batch);
            subject.expect_arrived([&batch]);
        });
    }
}

/// All five kinds of point with everything they can hold, and an attribute of every kind, are
/// delivered as they are.
pub fn every_kind_of_point_and_attribute_arrives(make: Make) {
    Subject::check(make, |subject| {
        let batch = subject.everything();
        deliver_in(Flavour::CurrentThread, subject, &batch);
        subject.expect_arrived([&batch]);
    });
}

/// A batch that is exported again is the same on the wire, also where nothing is remembered of it.
pub fn the_same_batch_gives_the_same_bytes(make: Make) {
    Subject::check(make, |subject| {
        let batch = subject.everything();
        let all = [batch.clone(), batch.clone(), batch.bare()];
        for batch in &all {
            deliver_in(Flavour::CurrentThread, subject, batch);
        }
        subject.expect_arrived(&all);
        let Some(peer) = subject.known_peer() else { return };
        let bodies: Vec<_> = peer.arrivals().into_iter().map(|arrival| arrival.body).collect();
        assert_eq!(bodies.len() % all.len(), 0, "requests for {} equal batches", all.len());
        let each = bodies.len() / all.len();
        for again in bodies.chunks(each.max(1)) {
            assert!(again == &bodies[..each], "the bytes differ from those of the first export");
        }
    });
}

/// Empty envelopes are not worth a request.
pub fn a_batch_without_points_is_ok_and_sends_nothing(make: Make) {
    Subject::check(make, |subject| {
        let (exporter, limit) = (subject.exporter(), subject.limit());
        Flavour::CurrentThread.run_once(async move {
            for batch in pointless() {
                let outcome = deliver(&*exporter, &batch, limit).await;
                let sent = (outcome.attempts, outcome.raw_bytes, outcome.wire_bytes);
                assert_eq!(sent, (0, 0, 0), "{batch:?}");
            }
        });
        subject.expect_nothing_arrived();
    });
}

/// A deadline that lies in the past is a timeout: at once, and before anything is sent.
pub fn a_passed_deadline_is_a_timeout_at_once(make: Make) {
    Subject::check(make, |subject| {
        let (exporter, batch) = (subject.exporter(), tagged("late", 5));
        let late = paused().block_on(async {
            let begin = tokio::time::Instant::now();
            let deadline = Deadline::at(begin.into_std());
            let late = exporter.export(&batch, deadline).await;
            assert_eq!(begin.elapsed(), Duration::ZERO, "it waited");
            late
        });
        let error = subject.error(late, &batch);
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
        assert!(!error.is_unconfirmed(), "nothing was sent that could have arrived: {error:?}");
        assert_eq!(error.settled().points(), 0, "the whole batch is owed: {error:?}");
        subject.expect_nothing_arrived();
        let batch = tagged("in time", 5);
        deliver_in(Flavour::CurrentThread, subject, &batch);
        subject.expect_arrived([&batch]);
    });
}

fn deliver_in(flavour: Flavour, subject: &Subject, batch: &MetricBatch) {
    let (exporter, batch, limit) = (subject.exporter(), batch.clone(), subject.limit());
    flavour.run_once(async move {
        deliver(&*exporter, &batch, limit).await;
        // What is held back without a word would be lost here.
        expect_ok("force_flush", exporter.force_flush(Deadline::NONE).await);
    });
}
