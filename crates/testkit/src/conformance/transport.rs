//! What a transport must do with no decorator around it: one export is one request, and errors
//! say exactly what happened. The subject's peer is as for [`network`](super::network).

use meterport_core::{ErrorKind, ExportError, MetricBatch, RetryAdvice};

use super::Behaviour;
use super::batches::tagged;
use super::place::Flavour;
use super::subject::{Make, Subject, after, deliver};

/// One export is one request, of however many points.
pub fn one_export_is_one_request(make: Make) {
    Subject::check(make, |subject| {
        let batches = [1, 1_000, 20_000].map(|points| tagged(&format!("{points}"), points));
        for (number, batch) in batches.iter().enumerate() {
            let (exporter, limit, batch) = (subject.exporter(), subject.limit(), batch.clone());
            let outcome = Flavour::CurrentThread
                .run_once(async move { deliver(&*exporter, &batch, limit).await });
            assert_eq!(outcome.attempts, 1);
            assert_eq!(subject.peer().arrivals().len(), number + 1);
        }
        subject.expect_arrived(&batches);
    });
}

/// A refused connection is an error of its own, to be retried; nothing can have arrived. So it is
/// when there was a connection before.
pub fn a_refused_connection_is_to_be_retried(make: Make) {
    Subject::check(make, |subject| {
        let before = tagged("before", 5);
        for first in [true, false] {
            if !first {
                subject.behave(Behaviour::Well);
                export(subject, &before).expect("the peer is there");
            }
            subject.behave(Behaviour::Down);
            let batch = tagged("refused", 5);
            let error = subject.error(export(subject, &batch), &batch);
            assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
            assert_eq!(error.advice(), RetryAdvice::Backoff, "{error:?}");
            assert!(!error.is_unconfirmed(), "nothing was sent: {error:?}");
        }
        subject.behave(Behaviour::Well);
        subject.expect_arrived([&before]);
    });
}

/// A connection that breaks instead of an answer, or in it, is to be retried, and the points may
/// have arrived.
pub fn a_broken_connection_is_to_be_retried_and_unconfirmed(make: Make) {
    for behaviour in [Behaviour::Resetting, Behaviour::ResettingMidway] {
        Subject::check(make, move |subject| {
            let error = meet(subject, behaviour);
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
            assert_eq!(error.advice(), RetryAdvice::Backoff, "{error:?}");
            assert!(error.is_unconfirmed(), "the points may have arrived: {error:?}");
            assert_eq!(error.settled().attempts, 1, "{error:?}");
        });
    }
}

/// A peer that asks for another attempt gets one, if somebody else makes it.
pub fn an_unavailable_peer_is_to_be_retried(make: Make) {
    Subject::check(make, |subject| {
        let error = meet(subject, Behaviour::Unavailable);
        let kind = error.kind();
        assert!(matches!(kind, ErrorKind::Throttled | ErrorKind::Unavailable), "{error:?}");
        assert_ne!(error.advice(), RetryAdvice::Never, "{error:?}");
        assert!(!error.is_unconfirmed(), "it has answered: {error:?}");
        assert!(error.status().is_some(), "{error:?}");
        assert_eq!(error.settled().attempts, 1, "{error:?}");
    });
}

/// A refusal for good is one.
pub fn a_rejection_is_final(make: Make) {
    Subject::check(make, |subject| {
        let error = meet(subject, Behaviour::Rejecting);
        assert_eq!(error.kind(), ErrorKind::Rejected, "{error:?}");
        assert_eq!(error.advice(), RetryAdvice::Never, "{error:?}");
        assert!(!error.is_unconfirmed(), "it has answered: {error:?}");
        assert!(error.status().is_some(), "{error:?}");
    });
}

/// The error of an export, after which one to a peer that is well is delivered. It names the
/// exporter and owes the whole batch.
#[track_caller]
fn meet(subject: &Subject, behaviour: Behaviour) -> ExportError {
    subject.behave(behaviour);
    let batch = tagged("met", 5);
    let error = subject.error(export(subject, &batch), &batch);
    assert_eq!(error.settled().points(), 0, "the whole batch is owed: {error:?}");
    assert_eq!(error.component(), Some(subject.exporter().component()), "{error:?}");
    assert_eq!(subject.peer().arrivals().len(), 1, "requests");
    subject.behave(Behaviour::Well);
    let next = tagged("next", 5);
    export(subject, &next).expect("the peer is well again");
    subject.expect_arrived_once(&next);
    error
}

fn export(subject: &Subject, batch: &MetricBatch) -> Result<meterport_core::Outcome, ExportError> {
    let (exporter, batch, limit) = (subject.exporter(), batch.clone(), subject.limit());
    Flavour::CurrentThread.run_once(async move { exporter.export(&batch, after(limit)).await })
}
