use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use meterport_core::{Clock, Outcome, Timestamp, bounded_message};

use crate::FailureCause;

/// What a reader has done so far.
///
/// The books balance: `produced` is `books.points()` plus `in_flight`, as far as the exporter
/// accounts for every point it is given.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ReaderStats {
    /// Collections begun.
    pub collects: u64,
    /// Exports that were answered, partial successes among them.
    pub exports: u64,
    /// Exports that failed, panicked or were cut.
    pub failures: u64,
    /// Points that the producers gave.
    pub produced: u64,
    /// Points of the export that runs now.
    pub in_flight: u64,
    /// What became of the points, with requests and bytes; `members` stays empty, and `message`
    /// is the last one. What a later flush of the exporter did with queued points is not here.
    pub books: Outcome,
    /// Time spent in exports.
    pub export_time: Duration,
    /// Time that the last export took.
    pub last_export_time: Option<Duration>,
    /// When the last export was answered.
    pub last_success: Option<Timestamp>,
    /// What went wrong last: an export, a producer, a rejection.
    pub last_error: Option<LastError>,
    /// Each producer, in the order in which they were given.
    pub producers: Vec<ProducerStats>,
}

/// What went wrong last.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastError {
    /// The error's text, at most 1 KiB.
    pub text: Arc<str>,
    /// When it happened.
    pub at: Timestamp,
}

/// What one producer has done so far.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProducerStats {
    /// The producer's name ([`Source::named`](crate::Source::named)).
    pub name: Arc<str>,
    /// Snapshots it gave.
    pub collected: u64,
    /// Of these, those that came after the collection they were begun for.
    pub late: u64,
    /// Times it said that it failed.
    pub failed: u64,
    /// Times it panicked.
    pub panicked: u64,
    /// Collections that went on without it because it was not done.
    pub unfinished: u64,
    /// What went wrong last with it, at most 1 KiB of it.
    pub last_error: Option<LastError>,
}

impl ProducerStats {
    pub(crate) fn new(name: Arc<str>) -> Self {
        Self {
            name,
            collected: 0,
            late: 0,
            failed: 0,
            panicked: 0,
            unfinished: 0,
            last_error: None,
        }
    }
}

/// The statistics where the reader's thread writes them and its owner reads them.
#[derive(Debug)]
pub(crate) struct Ledger {
    clock: Arc<dyn Clock>,
    stats: Mutex<ReaderStats>,
}

impl Ledger {
    pub(crate) fn new(clock: Arc<dyn Clock>, names: impl Iterator<Item = Arc<str>>) -> Self {
        let producers = names.map(ProducerStats::new).collect();
        Self { clock, stats: Mutex::new(ReaderStats { producers, ..ReaderStats::default() }) }
    }

    pub(crate) fn snapshot(&self) -> ReaderStats {
        self.stats().clone()
    }

    pub(crate) fn collect_began(&self) {
        self.stats().collects += 1;
    }

    pub(crate) fn producer_gave(&self, at: usize, late: bool) {
        if let Some(producer) = self.stats().producers.get_mut(at) {
            producer.collected += 1;
            producer.late += u64::from(late);
        }
    }

    pub(crate) fn producer_failed(&self, at: usize, cause: &FailureCause) {
        let error = self.last_error(&cause.to_string());
        if let Some(producer) = self.stats().producers.get_mut(at) {
            match cause {
                FailureCause::Failed(_) => producer.failed += 1,
                FailureCause::Panicked(_) => producer.panicked += 1,
                FailureCause::Unfinished => producer.unfinished += 1,
            }
            producer.last_error = Some(error);
        }
    }

    pub(crate) fn export_began(&self, points: u64) {
        let mut stats = self.stats();
        stats.produced += points;
        stats.in_flight = points;
    }

    pub(crate) fn export_ended(&self, answered: bool, mut books: Outcome, took: Duration) {
        let now = self.clock.wall();
        // Bounded: only their sums are kept.
        books.members.clear();
        let mut stats = self.stats();
        stats.in_flight = 0;
        stats.books.absorb(books);
        stats.export_time += took;
        stats.last_export_time = Some(took);
        if answered {
            stats.exports += 1;
            stats.last_success = Some(now);
        } else {
            stats.failures += 1;
        }
    }

    pub(crate) fn went_wrong(&self, text: &str) {
        let error = self.last_error(text);
        self.stats().last_error = Some(error);
    }

    fn last_error(&self, text: &str) -> LastError {
        LastError { text: bounded_message(text), at: self.clock.wall() }
    }

    fn stats(&self) -> MutexGuard<'_, ReaderStats> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
