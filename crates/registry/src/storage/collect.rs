//! Taking a snapshot of a store.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use meterport_core::{Column, Exemplar, MetricData, Series, Temporality, Timestamp};

use super::chunks::Chunks;
use super::columns::{Columns, Explicits, Exponentials, Numbers};
use super::mask::Mask;
use super::rows::{Fresh, Place};
use super::{Mode, Owner, Storage};
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

/// What is kept from one collection to the next.
pub(super) struct Collector {
    pub(super) owner: Owner,
    pub(super) mode: Mode,
    /// The time of the last collection; before the first, when there could be measurements.
    pub(super) since: Timestamp,
    blocks: Vec<Rows>,
    /// The series of the last snapshot, and their starts.
    series: Series,
    starts: Option<Column<Timestamp>>,
    /// How many bucket counts the last snapshot had, where rows differ in it.
    counts: usize,
}

/// The rows of a block.
struct Rows {
    block: Arc<Block>,
    chunks: Chunks,
    /// The rows that have a series.
    known: Mask,
    /// Those of them that something was ever measured for.
    present: Mask,
    /// The rows of this snapshot.
    shown: Mask,
    /// The rows of the snapshot that `Collector::series` is of; none if chunks changed since.
    cached: Option<Mask>,
    starts: Vec<Timestamp>,
    seen: Vec<Seen>,
}

/// What a row showed when it was last looked at.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    /// A number that every measurement changes, or an observed sum.
    pub(super) state: u64,
    /// When it was first seen.
    pub(super) at: Instant,
}

impl Storage {
    /// Takes a snapshot; `None` if there is no point. Recorders are never stopped, but for the
    /// time that one histogram cell is copied.
    pub(crate) fn collect(&self, cycle: &Cycle) -> Option<MetricData> {
        let mut collector = lock(&self.collector);
        let fresh = lock(&self.rows).fresh();
        collector.adopt(fresh, cycle.instant);
        let rows = collector.blocks.iter().map(|block| block.known.len()).sum();
        match &self.plan.cells.aggregator {
            Aggregator::Sum | Aggregator::LastValue => {
                self.gather(&mut collector, cycle, Numbers::new(rows))
            }
            Aggregator::Explicit { bounds, .. } => {
                self.gather(&mut collector, cycle, Explicits::new(bounds.clone(), rows))
            }
            Aggregator::Exponential { .. } => {
                let counts = collector.counts;
                self.gather(&mut collector, cycle, Exponentials::new(rows, counts))
            }
        }
    }

    /// Forgets everything that was recorded.
    pub(super) fn discard(&self, collector: &mut Collector) {
        let fresh = lock(&self.rows).fresh();
        collector.adopt(fresh, self.clock.now());
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
        let fresh = lock(&self.rows).fresh();
        collector.adopt(fresh, self.clock.now());
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

impl Collector {
    pub(super) fn new(since: Timestamp) -> Self {
        Self {
            owner: Owner::Nobody,
            mode: Mode::Cumulative,
            since,
            blocks: Vec::new(),
            series: Series::default(),
            starts: None,
            counts: 0,
        }
    }

    pub(super) fn own(&mut self, mode: Mode, reader: u64) {
        self.mode = mode;
        self.owner =
            if mode == Mode::Cumulative { Owner::Everybody } else { Owner::Reader(reader) };
    }

    fn adopt(&mut self, mut fresh: Vec<Fresh>, now: Instant) {
        fresh.sort_unstable_by_key(|fresh| fresh.place);
        let mut fresh = fresh.into_iter().peekable();
        while let Some(block) = fresh.peek().map(|next| next.place.block) {
            let mut sets = Vec::new();
            while let Some(next) = fresh.next_if(|next| next.place.block == block) {
                let row = next.place.row;
                self.rows(block, &next.block).add(row, next.start, now);
                sets.push((row, next.set));
            }
            if let Some(rows) = self.blocks.get_mut(block) {
                let full = rows.known.len() == rows.block.rows();
                rows.chunks.put(sets, full);
                rows.cached = None;
            }
        }
    }

    fn rows(&mut self, at: usize, block: &Arc<Block>) -> &mut Rows {
        // Blocks are made one after another, and none without a row.
        if at == self.blocks.len() {
            self.blocks.push(Rows::new(Arc::clone(block)));
        }
        &mut self.blocks[at]
    }

    /// Makes the series anew if others are shown than in the last snapshot.
    fn refresh(&mut self) {
        if self.blocks.iter().all(|rows| rows.cached == Some(rows.shown)) {
            return;
        }
        self.series = self.blocks.iter().flat_map(|rows| rows.chunks.runs(rows.shown)).collect();
        self.starts = None;
        self.blocks.iter_mut().for_each(|rows| rows.cached = Some(rows.shown));
    }

    fn starts(&mut self, now: Timestamp) -> Column<Timestamp> {
        let blocks = &self.blocks;
        let starts = self.starts.get_or_insert_with(|| {
            let shown = |rows: &Rows| rows.shown.iter().collect::<Vec<_>>();
            let starts =
                blocks.iter().flat_map(|rows| shown(rows).into_iter().map(|row| rows.starts[row]));
            Column::from_values(starts.collect())
        });
        // The wall clock may have been set back since; no start may be after the point.
        match &*starts {
            Column::Same(start) => Column::Same((*start).min(now)),
            Column::Each(starts) => Column::Each(starts.iter().map(|at| (*at).min(now)).collect()),
        }
    }
}

impl Rows {
    fn new(block: Arc<Block>) -> Self {
        Self {
            block,
            chunks: Chunks::default(),
            known: Mask::default(),
            present: Mask::default(),
            shown: Mask::default(),
            cached: None,
            starts: Vec::new(),
            seen: Vec::new(),
        }
    }

    fn add(&mut self, row: usize, start: Timestamp, now: Instant) {
        if row >= self.starts.len() {
            self.starts.resize(row + 1, Timestamp::UNSET);
            self.seen.resize(row + 1, Seen { state: 0, at: now });
        }
        self.starts[row] = start;
        self.seen[row] = Seen { state: 0, at: now };
        self.known.insert(row);
        self.present.remove(row);
    }

    fn drop_row(&mut self, row: usize) {
        self.known.remove(row);
        self.present.remove(row);
        if self.known.is_empty() {
            self.chunks.clear();
            self.cached = None;
        }
    }
}
