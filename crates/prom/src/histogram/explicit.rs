use std::slice;

use meterport_core::{Bounds, HistogramRows, HistogramValueRef, Histograms, Stretch};

/// Reads histograms with explicit bounds row by row.
pub(crate) struct ExplicitRows<'a> {
    rows: &'a HistogramRows,
    stretches: slice::Iter<'a, Stretch>,
    /// The one of the row that was read last.
    stretch: Option<&'a Stretch>,
}

impl<'a> ExplicitRows<'a> {
    pub(crate) fn new(rows: &'a HistogramRows) -> Self {
        let mut stretches = rows.stretches().iter();
        let stretch = stretches.next();
        Self { rows, stretches, stretch }
    }

    /// A row, which must not be before the one that was read last; `None` beyond the last.
    #[inline(always)]
    pub(crate) fn at(&mut self, row: usize) -> Option<Explicit<'a>> {
        while self.stretch?.rows.end <= row {
            self.stretch = self.stretches.next();
        }
        let stretch = self.stretch?;
        let width = stretch.width();
        let start = stretch.counts_at + (row - stretch.rows.start) * width;
        let counts = &self.rows.counts()[start..start + width];
        let stats = self.rows.stats();
        let numbers = stats.numbers()[row];
        Some(Explicit {
            bounds: stretch.bounds.as_ref().map_or(&[], Bounds::as_slice),
            counts,
            total: numbers.count.max(all(counts)),
            sum: stats.present().at(row).sum.then_some(numbers.sum),
        })
    }
}

/// A histogram with explicit bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Explicit<'a> {
    /// Where buckets end; none where there are no buckets.
    pub bounds: &'a [f64],
    /// What lies in each bucket, not added up.
    pub counts: &'a [u64],
    /// The count of everything, which is never less than the buckets together.
    pub total: u64,
    /// The sum of all measurements, if it is known.
    pub sum: Option<f64>,
}

impl<'a> From<HistogramValueRef<'a>> for Explicit<'a> {
    fn from(value: HistogramValueRef<'a>) -> Self {
        let (bounds, counts) = match value.buckets {
            Some((bounds, counts)) => (bounds.as_slice(), counts),
            None => (&[][..], &[][..]),
        };
        let total = value.stats.count.max(all(counts));
        Self { bounds, counts, total, sum: value.stats.sum }
    }
}

impl<'a> Explicit<'a> {
    /// Each finite bound, with the count of everything up to it.
    pub fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> + use<'a> {
        let mut running = 0_u64;
        let buckets = self.bounds.iter().zip(self.counts).map(move |(bound, count)| {
            running = running.saturating_add(*count);
            (*bound, running)
        });
        buckets.filter(|(bound, _)| *bound != f64::INFINITY)
    }
}

/// The most buckets that any row has.
pub(crate) fn widest(points: &Histograms) -> usize {
    points.rows().stretches().iter().map(Stretch::width).max().unwrap_or_default()
}

fn all(counts: &[u64]) -> u64 {
    counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
}

#[cfg(test)]
mod tests {
    use meterport_core::{AttributeSet, Buckets, HistogramPoint, HistogramValue, Stats};

    use super::*;

    fn point(bounds: &[f64], counts: &[u64], count: u64, sum: Option<f64>) -> HistogramPoint {
        let buckets = match counts {
            [] => Buckets::default(),
            counts => Buckets::new(Bounds::new(bounds.to_vec()).unwrap(), counts.to_vec()).unwrap(),
        };
        let stats = Stats { count, sum, min: None, max: None };
        HistogramPoint::new(AttributeSet::empty(), HistogramValue { stats, buckets })
    }

    #[test]
    fn rows_are_read_in_order_with_gaps() {
        let points: Histograms = [
            point(&[1.0, 2.0], &[3, 4, 5], 12, Some(2.5)),
            point(&[1.0, 2.0], &[6, 7, 8], 21, None),
            point(&[], &[], 9, Some(1.0)),
            point(&[5.0], &[1, u64::MAX], 3, Some(f64::NAN)),
        ]
        .into_iter()
        .collect();
        for skipped in 0..4 {
            let mut rows = ExplicitRows::new(points.rows());
            let mut totals = Vec::new();
            for row in (0..4).filter(|row| *row != skipped) {
                let read = rows.at(row).unwrap();
                assert_eq!(read.total, Explicit::from(points.iter().nth(row).unwrap().value).total);
                totals.push((row, read.total, read.counts.len(), read.cumulative().last()));
            }
            let expected = [
                (0, 12, 3, Some((2.0, 7))),
                (1, 21, 3, Some((2.0, 13))),
                (2, 9, 0, None),
                (3, u64::MAX, 2, Some((5.0, 1))),
            ];
            let expected: Vec<_> = expected.into_iter().filter(|row| row.0 != skipped).collect();
            assert_eq!(totals, expected);
            assert_eq!(rows.at(4), None);
        }
    }
}
