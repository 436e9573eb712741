//! Taking a snapshot of a store.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use meterport_core::{Column, Exemplar, MetricData, Temporality, Timestamp};

use super::collector::{Collector, Rows};
use super::columns::{Columns, Explicits, Exponentials, Numbers};
use super::mask::Mask;
use super::rows::Place;
use super::{Mode, Storage};
use crate::cells::{Aggregator, Block};
use crate::lock::lock;

/// One collection by one reader.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cycle {
    /// The time of all points.
    pub(crate) now: Timestamp,
    /// The same on the monotonic clock.
    pub(crate) instant: Instant,
}

impl Storage {
    /// Takes a snapshot; `None` if there is no point. Recorders are never stopped, but for the
    /// time that one histogram cell is copied.
    pub(crate) fn collect(&self, cycle: &Cycle) -> Option<MetricData> {
        let mut collector = lock(&self.collector);
        self.adopt(&mut collector, cycle.instant);
        let rows = collector.blocks.iter().map(|block| block.known.len()).sum();
        match &self.plan.cells.aggregator {
            Aggregator::Sum | Aggregator::LastValue => {
                self.gather(&mut collector, cycle, Numbers::new(rows))
            }
            Aggregator::Explicit { buckets, .. } => {
                self.gather(&mut collector, cycle, Explicits::new(buckets.bounds().clone(), rows))
            }
            Aggregator::Exponential { .. } => {
                let counts = collector.counts;
                self.gather(&mut collector, cycle, Exponentials::new(rows, counts))
            }
        }
    }

    /// Learns of the series that have come.
    fn adopt(&self, collector: &mut Collector, now: Instant) {
        let watched = self.plan.idle.is_some() || matches!(collector.mode, Mode::Observed(_));
        let fresh = lock(&self.rows).fresh();
        collector.adopt(fresh, watched.then_some(now));
    }

    /// Forgets everything that was recorded.
    pub(super) fn discard(&self, collector: &mut Collector) {
        self.adopt(collector, self.clock.now());
        collector.since = self.clock.wall();
        for (at, rows) in collector.blocks.iter_mut().enumerate() {
            for row in rows.known.iter() {
                if self.forget(rows.chunks.set(row), Place { block: at, row }, |_| true) {
                    rows.drop_row(row);
                } else {
                    rows.block.clear(row);
                }
            }
            rows.present = Mask::default();
        }
    }

    /// Forgets the series that nothing was measured for since they were last taken.
    pub(super) fn forget_untouched(&self, collector: &mut Collector) {
        self.adopt(collector, self.clock.now());
        for (at, rows) in collector.blocks.iter_mut().enumerate() {
            for row in rows.known.iter() {
                if !rows.block.is_touched(row) {
                    self.forget_row(at, rows, row, |block| !block.is_touched(row));
                }
            }
        }
    }

    fn gather<C: Columns>(
        &self,
        collector: &mut Collector,
        cycle: &Cycle,
        mut columns: C,
    ) -> Option<MetricData> {
        let mut exemplars = Vec::new();
        let mut points = 0;
        let (mode, since) = (collector.mode, collector.since);
        for (at, rows) in collector.blocks.iter_mut().enumerate() {
            let before = points;
            points += self.gather_block(at, rows, (cycle, mode, since), &mut columns);
            if let Some(reservoirs) = &rows.block.reservoirs {
                for (nth, row) in rows.shown.iter().enumerate() {
                    let kept = match mode {
                        Mode::Delta => reservoirs.take(row),
                        Mode::Cumulative | Mode::Observed(_) => reservoirs.read(row),
                    };
                    exemplars.extend(kept.map(|kept| (before + nth, kept)));
                }
            }
        }
        collector.counts = columns.counts();
        collector.since = cycle.now;
        if mode == Mode::Delta {
            self.exhausted.store(false, Relaxed);
        }
        (points > 0).then(|| self.finish(collector, (cycle, since), columns, exemplars))
    }

    /// Adds a block's points, and says how many.
    fn gather_block(
        &self,
        at: usize,
        rows: &mut Rows,
        (cycle, mode, since): (&Cycle, Mode, Timestamp),
        columns: &mut impl Columns,
    ) -> usize {
        if mode == Mode::Cumulative
            && self.plan.idle.is_none()
            && rows.present == rows.known
            && columns.read_block(&rows.block, rows.known)
        {
            rows.shown = rows.known;
            return rows.known.len();
        }
        rows.shown = Mask::default();
        for row in rows.known.iter() {
            let shown = match mode {
                Mode::Cumulative => self.gather_cumulative(at, rows, row, cycle, columns),
                Mode::Delta => {
                    let taken = columns.take(&rows.block, row);
                    if !taken {
                        self.forget_row(at, rows, row, |block| !block.is_touched(row));
                    }
                    taken
                }
                Mode::Observed(temporality) => {
                    let seen = &mut rows.seen[row].state;
                    let start = &mut rows.starts[row];
                    let plan = &self.plan.cells;
                    let taken = columns.take_observed(&rows.block, row, plan, temporality, seen);
                    if taken.is_some_and(|fell| fell) && since != *start {
                        // It began anew after the last collection.
                        *start = since;
                        rows.cached = None;
                    }
                    if taken.is_none() {
                        self.forget_row(at, rows, row, |_| true);
                    }
                    taken.is_some()
                }
            };
            if shown {
                rows.shown.insert(row);
            }
        }
        rows.shown.len()
    }

    fn gather_cumulative<C: Columns>(
        &self,
        at: usize,
        rows: &mut Rows,
        row: usize,
        cycle: &Cycle,
        columns: &mut C,
    ) -> bool {
        if !rows.present.contains(row) {
            if !rows.block.is_touched(row) {
                // A handle was bound and dropped without a measurement.
                self.forget_row(at, rows, row, |block| !block.is_touched(row));
                return false;
            }
            rows.present.insert(row);
        }
        if let Some(idle) = self.plan.idle {
            let seen = &mut rows.seen[row];
            if C::has_moved(&rows.block, row, &mut seen.state) {
                seen.at = cycle.instant;
            } else if cycle.instant.saturating_duration_since(seen.at) >= idle {
                let state = seen.state;
                let idle = |block: &Block| !C::has_moved(block, row, &mut { state });
                if self.forget_row(at, rows, row, idle) {
                    return false;
                }
                // Held, or measured just now: it is looked at again after as long a time.
                rows.seen[row].at = cycle.instant;
            }
        }
        columns.read(&rows.block, row)
    }

    fn forget_row(
        &self,
        at: usize,
        rows: &mut Rows,
        row: usize,
        idle: impl Fn(&Block) -> bool,
    ) -> bool {
        // Looked at first without the lock that removing takes.
        let held = rows.block.handles(row).load(Relaxed) > 0;
        let gone = !held && self.forget(rows.chunks.set(row), Place { block: at, row }, idle);
        if gone {
            rows.drop_row(row);
        }
        gone
    }

    fn finish(
        &self,
        collector: &mut Collector,
        (cycle, since): (&Cycle, Timestamp),
        columns: impl Columns,
        exemplars: Vec<(usize, Arc<[Exemplar]>)>,
    ) -> MetricData {
        collector.refresh();
        let mode = collector.mode;
        let start = match (&self.plan.cells.aggregator, mode) {
            (Aggregator::LastValue, _) => Column::Same(Timestamp::UNSET),
            (_, Mode::Delta | Mode::Observed(Temporality::Delta)) => {
                Column::Same(since.min(cycle.now))
            }
            (_, Mode::Cumulative | Mode::Observed(Temporality::Cumulative)) => {
                collector.starts(cycle.now)
            }
        };
        let temporality = match mode {
            Mode::Delta | Mode::Observed(Temporality::Delta) => Temporality::Delta,
            _ => Temporality::Cumulative,
        };
        columns.finish(
            collector.series.clone(),
            start,
            cycle.now,
            exemplars,
            &self.plan,
            temporality,
        )
    }
}
