//! Adding and subtracting what points measured: sums and both kinds of histogram.

mod exponential;
mod histogram;
mod number;
#[cfg(test)]
mod tests;

use meterport_core::Stats;

/// What a point of a sum or a histogram measured. Its default has measured nothing.
pub(crate) trait Additive: Clone + Default {
    /// Adds what another point of the same series measured in another time or place. `false`, with
    /// nothing added, where the two have no sum: bounds of buckets that differ.
    fn add(&mut self, other: &Self) -> bool;

    /// What was measured since `earlier`, a cumulative value of the same series before a reset.
    /// `None` if something has become less, which is a reset, or if there is no difference to be
    /// had.
    fn since(&self, earlier: &Self) -> Option<Self>;
}

/// Adds the figures of two histograms. A sum or an extreme that one of them lacks is not known of
/// both together.
fn add_stats(a: Stats, b: Stats) -> Stats {
    let both = |a: Option<f64>, b: Option<f64>, join: fn(f64, f64) -> f64| Some(join(a?, b?));
    // An empty one has no extremes, and hides none.
    let extreme = |of: fn(&Stats) -> Option<f64>, join| match (a.count, b.count) {
        (0, _) => of(&b).or_else(|| of(&a)),
        (_, 0) => of(&a),
        _ => both(of(&a), of(&b), join),
    };
    Stats {
        count: a.count.saturating_add(b.count),
        sum: both(a.sum, b.sum, |a, b| a + b),
        min: extreme(|stats| stats.min, f64::min),
        max: extreme(|stats| stats.max, f64::max),
    }
}

/// The figures of what came between. Extremes of a part cannot be known from those of the whole.
fn stats_since(later: Stats, earlier: Stats) -> Option<Stats> {
    let sum = later.sum.and_then(|sum| Some(sum - earlier.sum?));
    Some(Stats { count: later.count.checked_sub(earlier.count)?, sum, min: None, max: None })
}

fn add_counts(sums: &mut [u64], more: &[u64]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum = sum.saturating_add(*more);
    }
}
