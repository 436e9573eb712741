use super::super::buckets::{Bounds, BucketsError};
use super::super::stats::{Stats, StatsRows};
use super::{HistogramRows, Stretches};

/// Collects [`HistogramRows`] row by row, without an allocation for each: what a source makes
/// that has bounds and counts at hand.
///
/// ```
/// use meterport_core::{HistogramRowsBuilder, Stats};
///
/// let mut rows = HistogramRowsBuilder::default();
/// let stats = Stats { count: 6, sum: Some(2.5), min: None, max: None };
/// rows.push(stats, &[0.1, 1.0], &[3, 2, 1])?;
/// // The same, as Prometheus counts.
/// rows.push_cumulative(stats, &[(0.1, 3), (1.0, 5), (f64::INFINITY, 6)])?;
/// let rows = rows.finish();
/// assert_eq!(rows.counts(), [3, 2, 1, 3, 2, 1]);
/// assert_eq!(rows.stretches().len(), 1);
/// # Ok::<(), meterport_core::BucketsError>(())
/// ```
#[derive(Debug, Default)]
pub struct HistogramRowsBuilder {
    stats: Vec<Stats>,
    stretches: Stretches,
    counts: Vec<u64>,
}

impl HistogramRowsBuilder {
    /// Adds a row: bounds of buckets, and the count of each bucket.
    ///
    /// # Errors
    /// The bounds are none, or there are not as many counts as buckets. No row is added.
    pub fn push(
        &mut self,
        stats: Stats,
        bounds: &[f64],
        counts: &[u64],
    ) -> Result<(), BucketsError> {
        if counts.len() != bounds.len() + 1 {
            return Err(BucketsError::WrongCount { bounds: bounds.len(), counts: counts.len() });
        }
        let bounds = self.shared(bounds.len(), bounds.iter().copied())?;
        self.counts.extend_from_slice(counts);
        self.add(stats, Some(&bounds));
        Ok(())
    }

    /// Adds a row whose buckets are Prometheus': an upper bound, and how many measurements are
    /// up to there. [`Stats::count`] stands for the bucket up to infinity, which may be there.
    ///
    /// # Errors
    /// The bounds do not ascend, or the counts fall. No row is added.
    pub fn push_cumulative(
        &mut self,
        stats: Stats,
        buckets: &[(f64, u64)],
    ) -> Result<(), BucketsError> {
        let finite = match buckets {
            [finite @ .., (bound, _)] if *bound == f64::INFINITY => finite,
            finite => finite,
        };
        let bounds = self.shared(finite.len(), finite.iter().map(|bucket| bucket.0))?;
        let before = self.counts.len();
        let mut below = 0;
        for cumulative in finite.iter().map(|bucket| bucket.1).chain([stats.count]) {
            let Some(count) = cumulative.checked_sub(below) else {
                self.counts.truncate(before);
                return Err(BucketsError::NotCumulative);
            };
            self.counts.push(count);
            below = cumulative;
        }
        self.add(stats, Some(&bounds));
        Ok(())
    }

    /// Adds a row without buckets.
    pub fn push_without_buckets(&mut self, stats: Stats) {
        self.add(stats, None);
    }

    /// The rows.
    pub fn finish(self) -> HistogramRows {
        HistogramRows {
            stats: StatsRows::from_stats(self.stats),
            counts: self.counts.into(),
            stretches: self.stretches.all.into(),
        }
    }

    fn add(&mut self, stats: Stats, bounds: Option<&Bounds>) {
        self.stretches.push(bounds, 1);
        self.stats.push(stats);
    }

    /// The bounds of the row before, if these are the same.
    fn shared(
        &self,
        len: usize,
        bounds: impl Iterator<Item = f64> + Clone,
    ) -> Result<Bounds, BucketsError> {
        let last = self.stretches.all.last().and_then(|stretch| stretch.bounds.as_ref());
        match last {
            Some(last)
                if last.as_slice().len() == len
                    && last.as_slice().iter().copied().eq(bounds.clone()) =>
            {
                Ok(last.clone())
            }
            _ => Bounds::new(bounds.collect::<Vec<_>>()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_refused_leaves_nothing_behind() {
        let mut rows = HistogramRowsBuilder::default();
        let stats = |count| Stats { count, ..Stats::default() };
        rows.push(stats(3), &[1.0], &[1, 2]).unwrap();
        let wrong = BucketsError::WrongCount { bounds: 1, counts: 1 };
        assert_eq!(rows.push(stats(1), &[1.0], &[1]), Err(wrong));
        assert_eq!(rows.push(stats(1), &[2.0, 1.0], &[1, 0, 0]), Err(BucketsError::NotAscending));
        let falls = [(1.0, 2), (2.0, 1)];
        assert_eq!(rows.push_cumulative(stats(2), &falls), Err(BucketsError::NotCumulative));
        let beyond = [(1.0, 2), (2.0, 5)];
        assert_eq!(rows.push_cumulative(stats(4), &beyond), Err(BucketsError::NotCumulative));
        rows.push_without_buckets(stats(7));
        rows.push_cumulative(stats(9), &[(2.0, 4)]).unwrap();
        rows.push_cumulative(stats(9), &[]).unwrap();
        let rows = rows.finish();
        assert_eq!(rows.counts(), [1, 2, 4, 5, 9]);
        let widths: Vec<_> = rows.stretches().iter().map(|s| (s.rows.clone(), s.width())).collect();
        assert_eq!(widths, [(0..1, 2), (1..2, 0), (2..3, 2), (3..4, 1)]);
        let counts: Vec<_> = rows.stats().numbers().iter().map(|row| row.count).collect();
        assert_eq!(counts, [3, 7, 9, 9]);
    }
}
