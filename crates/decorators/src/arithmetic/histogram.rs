use meterport_core::{Bounds, Buckets, HistogramValue};

use super::{Additive, add_counts, add_stats, stats_since};

/// Buckets can be added and subtracted where their bounds are the same.
impl Additive for HistogramValue {
    fn add(&mut self, other: &Self) -> bool {
        if *other == Self::default() {
            return true;
        }
        if *self == Self::default() {
            other.clone_into(self);
            return true;
        }
        if self.buckets.bounds() != other.buckets.bounds() {
            return false;
        }
        let own = std::mem::take(&mut self.buckets).into_parts();
        let sums = with_counts(own, |sums| {
            add_counts(sums, other.buckets.counts());
            Some(())
        });
        self.buckets = sums.unwrap_or_default();
        self.stats = add_stats(self.stats, other.stats);
        true
    }

    fn since(&self, earlier: &Self) -> Option<Self> {
        if *earlier == Self::default() {
            return Some(self.clone());
        }
        if self.buckets.bounds() != earlier.buckets.bounds() {
            return None;
        }
        let stats = stats_since(self.stats, earlier.stats)?;
        let buckets = with_counts(self.buckets.clone().into_parts(), |counts| {
            for (count, earlier) in counts.iter_mut().zip(earlier.buckets.counts()) {
                *count = count.checked_sub(*earlier)?;
            }
            Some(())
        })?;
        Some(Self { stats, buckets })
    }
}

fn with_counts(
    parts: Option<(Bounds, Vec<u64>)>,
    change: impl FnOnce(&mut [u64]) -> Option<()>,
) -> Option<Buckets> {
    let Some((bounds, mut counts)) = parts else { return Some(Buckets::none()) };
    change(&mut counts)?;
    // As many counts as before.
    Buckets::new(bounds, counts).ok()
}
