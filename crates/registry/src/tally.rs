use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use crate::sync::AtomicU64;

/// What a registry did not record as it was told, and how much it holds. Counts since the
/// registry was built; see [`Registry::stats`](crate::Registry::stats).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistryStats {
    /// Measurements that were not taken: NaN or an infinity for a sum or a histogram, less than
    /// zero for a counter.
    pub refused: u64,
    /// Measurements that went to an overflow series, because the metric had as many series as it
    /// may have.
    pub overflowed: u64,
    /// Integer sums that went beyond the range of their type and began anew at its other end.
    pub wrapped: u64,
    /// Float sums that would have become infinite and were kept at the largest float.
    pub saturated: u64,
    /// Callbacks that panicked.
    pub panicked: u64,
    /// Metrics whose name another one of the scope has, of another kind, unit or type.
    pub conflicts: u64,
    /// Aggregations that do not fit the instrument, where its default was taken instead.
    pub unfit_aggregations: u64,
    /// Series held now; one that several readers keep for themselves counts for each.
    pub series: u64,
}

/// Counts for [`RegistryStats`]. A clone counts into the same. What is handed a reference to this
/// looks for the counts when there is something to count, and not before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(Arc<Counts>);

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) refused: AtomicU64,
    pub(crate) overflowed: AtomicU64,
    pub(crate) wrapped: AtomicU64,
    pub(crate) saturated: AtomicU64,
    pub(crate) panicked: AtomicU64,
    pub(crate) conflicts: AtomicU64,
    pub(crate) unfit_aggregations: AtomicU64,
}

#[cold]
pub(crate) fn count(counter: &AtomicU64) {
    count_many(counter, 1);
}

#[cold]
pub(crate) fn count_many(counter: &AtomicU64, times: u64) {
    counter.fetch_add(times, Relaxed);
}

impl Deref for Tally {
    type Target = Counts;

    fn deref(&self) -> &Counts {
        &self.0
    }
}

impl Counts {
    pub(crate) fn stats(&self, series: u64) -> RegistryStats {
        let read = |counter: &AtomicU64| counter.load(Relaxed);
        RegistryStats {
            refused: read(&self.refused),
            overflowed: read(&self.overflowed),
            wrapped: read(&self.wrapped),
            saturated: read(&self.saturated),
            panicked: read(&self.panicked),
            conflicts: read(&self.conflicts),
            unfit_aggregations: read(&self.unfit_aggregations),
            series,
        }
    }
}
