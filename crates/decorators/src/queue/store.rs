use std::collections::VecDeque;
use std::fmt;
use std::time::Instant;

use meterport_core::MetricBatch;

use super::footprint::Footprint;
use super::supersede::supersede;

/// A batch that waits.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) batch: MetricBatch,
    /// When it came.
    pub(super) since: Instant,
    /// Counted from zero, in the order in which batches came.
    pub(super) number: u64,
    /// Whether it was sent before and nobody answered: it may have arrived.
    pub(super) unconfirmed: bool,
}

/// Where batches wait, first in, first out. What is taken out to be exported is no longer in it; it
/// comes back to the front if it was not settled.
pub(super) trait Store: fmt::Debug + Send {
    /// Behind all others.
    fn push(&mut self, entry: Entry);
    /// Before all others.
    fn put_back(&mut self, entry: Entry);
    /// The one that has waited longest.
    fn pop(&mut self) -> Option<Entry>;
    /// The number of the one that has waited longest.
    fn first(&self) -> Option<u64>;
    /// How many points wait.
    fn points(&self) -> u64;
    /// How many bytes they take.
    fn bytes(&self) -> usize;
    /// How many bytes they would take with this batch.
    fn bytes_with(&self, batch: &MetricBatch) -> usize;
    /// Takes out the points of which `newer` has a newer value, and says how many those were.
    fn supersede(&mut self, newer: &MetricBatch) -> u64;
    /// The points of `older` of which nothing in here has a newer value.
    fn not_superseded(&self, older: &MetricBatch) -> MetricBatch;
}

/// In memory, without what the batches remember of encodings.
#[derive(Debug, Default)]
pub(super) struct Memory {
    entries: VecDeque<Entry>,
    points: u64,
    footprint: Footprint,
}

impl Memory {
    fn count(&mut self, batch: &MetricBatch) {
        self.points += batch.points();
        self.footprint.add(batch);
    }

    fn discount(&mut self, batch: &MetricBatch) {
        self.points -= batch.points();
        self.footprint.remove(batch);
    }
}

impl Store for Memory {
    fn push(&mut self, entry: Entry) {
        self.count(&entry.batch);
        self.entries.push_back(entry);
    }

    fn put_back(&mut self, entry: Entry) {
        self.count(&entry.batch);
        self.entries.push_front(entry);
    }

    fn pop(&mut self) -> Option<Entry> {
        let entry = self.entries.pop_front()?;
        self.discount(&entry.batch);
        Some(entry)
    }

    fn first(&self) -> Option<u64> {
        Some(self.entries.front()?.number)
    }

    fn points(&self) -> u64 {
        self.points
    }

    fn bytes(&self) -> usize {
        self.footprint.bytes()
    }

    fn bytes_with(&self, batch: &MetricBatch) -> usize {
        self.footprint.bytes().saturating_add(self.footprint.more(batch))
    }

    fn supersede(&mut self, newer: &MetricBatch) -> u64 {
        let before = self.points;
        for mut entry in std::mem::take(&mut self.entries) {
            self.discount(&entry.batch);
            entry.batch = supersede(&entry.batch, newer);
            if !entry.batch.is_empty() {
                self.count(&entry.batch);
                self.entries.push_back(entry);
            }
        }
        before - self.points
    }

    fn not_superseded(&self, older: &MetricBatch) -> MetricBatch {
        let newer = self.entries.iter();
        newer.fold(older.clone(), |older, newer| supersede(&older, &newer.batch))
    }
}
