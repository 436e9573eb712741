use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use meterport_core::{Deadline, ExportError, MetricBatch, MetricExporter, Outcome};

use super::Peer;
use super::batches::every_kind;
use super::peer::Behaviour;
use crate::guard::hang_guard;

/// A fresh exporter, with what the suite may know of its surroundings.
#[derive(Debug)]
pub struct Subject {
    exporter: Arc<dyn MetricExporter>,
    peer: Option<Box<dyn Peer>>,
    secrets: Vec<String>,
    patience: Duration,
    everything: fn() -> MetricBatch,
}

/// Makes a subject; each check makes its own, and some make several. A closure that captures
/// nothing will do.
pub type Make = fn() -> Subject;

const PATIENCE: Duration = Duration::from_secs(30);

impl Subject {
    /// An exporter of which nothing else is known.
    pub fn new(exporter: impl MetricExporter) -> Self {
        Self {
            exporter: Arc::new(exporter),
            peer: None,
            secrets: Vec::new(),
            patience: PATIENCE,
            everything: every_kind,
        }
    }

    /// The same, delivering to `peer`, which must be as fresh as the exporter.
    #[must_use]
    pub fn with_peer(mut self, peer: impl Peer + 'static) -> Self {
        self.peer = Some(Box::new(peer));
        self
    }

    /// The same with a text that it was given in confidence: no `Debug` and no error may have it.
    #[must_use]
    pub fn with_secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// The same with another limit for a check, 30 s of real time by default. A single export
    /// that is to succeed gets a quarter of it as its deadline.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The same for a protocol that cannot hold all that the model can: with a batch of everything
    /// it can, in place of [`every_kind`].
    #[must_use]
    pub fn with_everything(mut self, everything: fn() -> MetricBatch) -> Self {
        self.everything = everything;
        self
    }

    /// A batch of all that the exporter's protocol can hold.
    pub(super) fn everything(&self) -> MetricBatch {
        (self.everything)()
    }

    /// Runs a check on a subject of its own, within its patience.
    #[track_caller]
    pub(super) fn check(make: Make, check: impl FnOnce(&Self) + Send + 'static) {
        let subject = make();
        hang_guard(subject.patience, move || check(&subject));
    }

    pub(super) fn exporter(&self) -> Arc<dyn MetricExporter> {
        Arc::clone(&self.exporter)
    }

    /// The same without the exporter, which is the caller's to drop.
    pub(super) fn part_with(self) -> (Arc<dyn MetricExporter>, Option<Box<dyn Peer>>) {
        (self.exporter, self.peer)
    }

    /// How long an export may take that is to succeed.
    pub(super) fn limit(&self) -> Duration {
        self.patience / 4
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    pub(super) fn peer(&self) -> &dyn Peer {
        self.peer.as_deref().expect("this check is for subjects with a peer")
    }

    pub(super) fn known_peer(&self) -> Option<&dyn Peer> {
        self.peer.as_deref()
    }

    #[track_caller]
    pub(super) fn expect_nothing_arrived(&self) {
        let arrived = self.peer.as_ref().map_or(0, |peer| peer.arrivals().len());
        assert_eq!(arrived, 0, "requests, where none should have been sent");
    }

    #[track_caller]
    pub(super) fn behave(&self, behaviour: Behaviour) {
        let can = self.peer().behave(behaviour);
        assert!(can, "this check is for peers that can be {behaviour:?}");
    }

    /// That exactly these batches have arrived, each once, in however many requests. Says nothing
    /// of a subject without a peer.
    #[track_caller]
    pub(super) fn expect_arrived<'a>(&self, batches: impl IntoIterator<Item = &'a MetricBatch>) {
        let Some(peer) = &self.peer else { return };
        let mut balance = BTreeMap::<String, i64>::new();
        for point in batches.into_iter().flat_map(|batch| peer.expected(batch)) {
            *balance.entry(point).or_default() -= 1;
        }
        for point in points(&**peer) {
            *balance.entry(point).or_default() += 1;
        }
        let wrong = |sign: i64| {
            let some: Vec<_> = balance.iter().filter(|point| point.1.signum() == sign).collect();
            some.first().map(|(point, _)| format!("{} points, such as: {point}", some.len()))
        };
        match (wrong(-1), wrong(1)) {
            (None, None) => {}
            (Some(missing), None) => panic!("never arrived: {missing}"),
            (None, Some(extra)) => panic!("arrived too often: {extra}"),
            (Some(missing), Some(extra)) => {
                panic!("never arrived: {missing}\narrived instead: {extra}")
            }
        }
    }

    /// That this batch has arrived once, whatever else has.
    #[track_caller]
    pub(super) fn expect_arrived_once(&self, batch: &MetricBatch) {
        let Some(peer) = &self.peer else { return };
        let arrived = points(&**peer);
        for point in peer.expected(batch) {
            let times = arrived.iter().filter(|arrived| **arrived == point).count();
            assert_eq!(times, 1, "arrivals of {point}");
        }
    }

    /// The error of an export that is to fail: its books balance, and it tells no secret.
    #[track_caller]
    pub(super) fn error(
        &self,
        result: Result<Outcome, ExportError>,
        batch: &MetricBatch,
    ) -> ExportError {
        let error = match result {
            Err(error) => error,
            Ok(outcome) => panic!("it should have failed, but: {outcome:?}"),
        };
        self.expect_discreet(&format!("{error} {error:?} {error:#?}"));
        let mut cause = error.source();
        while let Some(source) = cause {
            self.expect_discreet(&format!("{source} {source:?}"));
            cause = source.source();
        }
        let books = error.clone().into_outcome(batch.points());
        assert_eq!(books.points(), batch.points(), "the books of {error:?}");
        error
    }

    #[track_caller]
    pub(super) fn expect_discreet(&self, text: &str) {
        // The text itself is left out: what it tells would be told again.
        for (number, secret) in self.secrets.iter().enumerate() {
            assert!(!text.contains(secret.as_str()), "secret {number} is printed");
        }
    }
}

#[track_caller]
fn points(peer: &dyn Peer) -> Vec<String> {
    let mut points = Vec::new();
    for (number, arrival) in peer.arrivals().into_iter().enumerate() {
        match arrival.points {
            Ok(some) => points.extend(some),
            Err(why) => panic!("request {number} cannot be read: {why}"),
        }
    }
    points
}

/// A deadline so far away by the clock of the runtime, which may be paused.
pub(super) fn after(limit: Duration) -> Deadline {
    Deadline::after(tokio::time::Instant::now().into_std(), limit)
}

/// Exports and, if it was queued, flushes: everything is delivered then.
pub(super) async fn deliver(
    exporter: &dyn MetricExporter,
    batch: &MetricBatch,
    limit: Duration,
) -> Outcome {
    let mut outcome = expect_ok("export", exporter.export(batch, after(limit)).await);
    expect_taken(&outcome, batch);
    if outcome.queued > 0 {
        let flushed = expect_ok("force_flush", exporter.force_flush(after(limit)).await);
        outcome.queued = 0;
        outcome.absorb(flushed);
    }
    outcome
}

#[track_caller]
pub(super) fn expect_ok(what: impl fmt::Display, result: Result<Outcome, ExportError>) -> Outcome {
    match result {
        Ok(outcome) => outcome,
        Err(error) => panic!("{what} failed: {error:?}"),
    }
}

/// The books of an export with which nothing was wrong.
#[track_caller]
pub(super) fn expect_taken(outcome: &Outcome, batch: &MetricBatch) {
    assert_eq!(outcome.points(), batch.points(), "the books do not balance: {outcome:?}");
    let taken = outcome.delivered + outcome.queued;
    assert_eq!(taken, batch.points(), "points were given up: {outcome:?}");
    assert_eq!(outcome.unverified, 0, "a plain success is proof enough: {outcome:?}");
}
