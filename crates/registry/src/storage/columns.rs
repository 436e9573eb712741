//! The values of a snapshot as they are gathered, one kind of point each.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use meterport_core::{
    Bounds, Column, Exemplar, ExponentialHistogram, ExponentialRowsBuilder, Gauge, Histogram,
    HistogramRows, MetricData, Number, NumberRows, Points, Present, Rows, Series, StatsRow,
    StatsRows, Sum, Temporality, Timestamp,
};

use super::Plan;
use super::mask::Mask;
use crate::cells::{Aggregator, Block, CellPlan, Cells, NumberCells};
use crate::measure::NumberKind;

/// Gathers the values of one kind of point. A block of another kind gives none.
pub(super) trait Columns {
    /// Reads all these rows, if they can be read in one go; says whether it did.
    fn read_block(&mut self, _block: &Block, _rows: Mask) -> bool {
        false
    }

    /// Reads a row; says whether there was something.
    fn read(&mut self, block: &Block, row: usize) -> bool;

    /// Reads a row and makes it begin anew; says whether there was something.
    fn take(&mut self, block: &Block, row: usize) -> bool;

    /// Reads what was observed since the last collection, given what was seen then; `None` if
    /// nothing was, otherwise whether a sum began anew.
    fn take_observed(
        &mut self,
        _block: &Block,
        _row: usize,
        _plan: &CellPlan,
        _temporality: Temporality,
        _seen: &mut u64,
    ) -> Option<bool> {
        None
    }

    /// Whether something was measured since `seen` was written, which is brought up to date.
    fn has_moved(block: &Block, row: usize, seen: &mut u64) -> bool;

    /// How many bucket counts there are, where rows differ in it.
    fn counts(&self) -> usize {
        0
    }

    /// The points.
    fn finish(
        self,
        series: Series,
        start: Column<Timestamp>,
        now: Timestamp,
        exemplars: Vec<(usize, Arc<[Exemplar]>)>,
        plan: &Plan,
        temporality: Temporality,
    ) -> MetricData;
}

fn moved(seen: &mut u64, now: u64) -> bool {
    std::mem::replace(seen, now) != now
}

fn points<R: Rows>(
    series: Series,
    start: Column<Timestamp>,
    now: Timestamp,
    exemplars: Vec<(usize, Arc<[Exemplar]>)>,
    rows: R,
) -> Points<R> {
    // The columns are as long as the series by construction.
    let points = Points::from_columns(series, start, Column::Same(now), rows).unwrap_or_default();
    if exemplars.is_empty() { points } else { points.with_exemplars(exemplars) }
}

/// Sums and last values, as bits.
pub(super) struct Numbers(Vec<u64>);

impl Numbers {
    pub(super) fn new(rows: usize) -> Self {
        Self(Vec::with_capacity(rows))
    }
}

fn number_cells(block: &Block) -> Option<&NumberCells> {
    match &block.cells {
        Cells::Numbers(cells) => Some(cells),
        _ => None,
    }
}

impl Columns for Numbers {
    fn read_block(&mut self, block: &Block, rows: Mask) -> bool {
        let Some(cells) = number_cells(block) else { return false };
        match cells.dense() {
            Some(dense) if rows.len() == dense.len() => {
                self.0.extend(dense.iter().map(|cell| cell.load(Relaxed)));
            }
            _ => self.0.extend(rows.iter().map(|row| cells.read(row))),
        }
        true
    }

    fn read(&mut self, block: &Block, row: usize) -> bool {
        self.0.extend(number_cells(block).map(|cells| cells.read(row)));
        true
    }

    fn take(&mut self, block: &Block, row: usize) -> bool {
        let taken = number_cells(block).and_then(|cells| cells.take(row));
        self.0.extend(taken);
        taken.is_some()
    }

    fn take_observed(
        &mut self,
        block: &Block,
        row: usize,
        plan: &CellPlan,
        temporality: Temporality,
        seen: &mut u64,
    ) -> Option<bool> {
        let cells = number_cells(block)?;
        let bits = cells.unmark(row).then(|| cells.read(row))?;
        let before = std::mem::replace(seen, bits);
        if plan.aggregator == Aggregator::LastValue {
            self.0.push(bits);
            return Some(false);
        }
        let fell = plan.monotonic && fell(plan.kind, before, bits);
        let since = |bits| if fell { bits } else { difference(plan.kind, bits, before) };
        self.0.push(if temporality == Temporality::Delta { since(bits) } else { bits });
        Some(fell)
    }

    fn has_moved(block: &Block, row: usize, seen: &mut u64) -> bool {
        let Some(cells) = number_cells(block) else { return false };
        let marked = cells.unmark(row);
        moved(seen, cells.read(row)) || marked
    }

    fn finish(
        self,
        series: Series,
        start: Column<Timestamp>,
        now: Timestamp,
        exemplars: Vec<(usize, Arc<[Exemplar]>)>,
        plan: &Plan,
        temporality: Temporality,
    ) -> MetricData {
        let rows = number_rows(plan.cells.kind, self.0);
        let points = points(series, start, now, exemplars, rows);
        match plan.cells.aggregator {
            Aggregator::LastValue => Gauge { points }.into(),
            _ => Sum { points, temporality, monotonic: plan.cells.monotonic }.into(),
        }
    }
}

fn fell(kind: NumberKind, before: u64, now: u64) -> bool {
    match kind {
        NumberKind::F64 => f64::from_bits(now) < f64::from_bits(before),
        NumberKind::I64 => (now as i64) < before as i64,
        NumberKind::U64 => now < before,
    }
}

fn difference(kind: NumberKind, now: u64, before: u64) -> u64 {
    match kind {
        NumberKind::F64 => (f64::from_bits(now) - f64::from_bits(before)).to_bits(),
        NumberKind::I64 | NumberKind::U64 => now.wrapping_sub(before),
    }
}

/// The same memory, read as what it is.
fn number_rows(kind: NumberKind, bits: Vec<u64>) -> NumberRows {
    match kind {
        NumberKind::F64 => NumberRows::F64(bits.into_iter().map(f64::from_bits).collect()),
        NumberKind::U64 if bits.iter().any(|bits| *bits > i64::MAX as u64) => {
            NumberRows::Mixed(bits.into_iter().map(Number::from).collect())
        }
        NumberKind::I64 | NumberKind::U64 => {
            NumberRows::I64(bits.into_iter().map(|bits| bits as i64).collect())
        }
    }
}

/// Histograms with explicit bounds.
pub(super) struct Explicits {
    bounds: Bounds,
    counts: Vec<u64>,
    stats: Vec<StatsRow>,
}

impl Explicits {
    pub(super) fn new(bounds: Bounds, rows: usize) -> Self {
        let counts = Vec::with_capacity(rows * bounds.buckets());
        Self { bounds, counts, stats: Vec::with_capacity(rows) }
    }

    fn keep(&mut self, stats: Option<StatsRow>) -> bool {
        self.stats.extend(stats);
        stats.is_some()
    }
}

impl Columns for Explicits {
    fn read(&mut self, block: &Block, row: usize) -> bool {
        let Cells::Explicit(cells) = &block.cells else { return false };
        let stats = cells.read(row, &mut self.counts);
        self.keep(stats)
    }

    fn take(&mut self, block: &Block, row: usize) -> bool {
        let Cells::Explicit(cells) = &block.cells else { return false };
        let stats = cells.take(row, &mut self.counts);
        self.keep(stats)
    }

    fn has_moved(block: &Block, row: usize, seen: &mut u64) -> bool {
        let Cells::Explicit(cells) = &block.cells else { return false };
        cells.sequence(row).is_none_or(|now| moved(seen, now))
    }

    fn finish(
        self,
        series: Series,
        start: Column<Timestamp>,
        now: Timestamp,
        exemplars: Vec<(usize, Arc<[Exemplar]>)>,
        plan: &Plan,
        temporality: Temporality,
    ) -> MetricData {
        let min_max = matches!(plan.cells.aggregator, Aggregator::Explicit { min_max: true, .. });
        let present = Column::Same(Present::new(!plan.cells.signed, min_max, min_max));
        // One value for all rows fits, and so do as many counts as were gathered.
        let rows = StatsRows::from_columns(self.stats.into(), present)
            .ok()
            .and_then(|stats| HistogramRows::uniform(self.bounds, self.counts.into(), stats).ok());
        let points = rows.map(|rows| points(series, start, now, exemplars, rows));
        Histogram { points: points.unwrap_or_default(), temporality }.into()
    }
}

/// Base-2 exponential histograms.
pub(super) struct Exponentials {
    rows: ExponentialRowsBuilder,
}

impl Exponentials {
    pub(super) fn new(rows: usize, counts: usize) -> Self {
        Self { rows: ExponentialRowsBuilder::with_capacity(rows, counts) }
    }
}

impl Columns for Exponentials {
    fn read(&mut self, block: &Block, row: usize) -> bool {
        let Cells::Exponential(cells) = &block.cells else { return false };
        cells.read(row, &mut self.rows)
    }

    fn take(&mut self, block: &Block, row: usize) -> bool {
        let Cells::Exponential(cells) = &block.cells else { return false };
        cells.take(row, &mut self.rows)
    }

    fn has_moved(block: &Block, row: usize, seen: &mut u64) -> bool {
        let Cells::Exponential(cells) = &block.cells else { return false };
        moved(seen, cells.count(row))
    }

    fn counts(&self) -> usize {
        self.rows.counts()
    }

    fn finish(
        self,
        series: Series,
        start: Column<Timestamp>,
        now: Timestamp,
        exemplars: Vec<(usize, Arc<[Exemplar]>)>,
        _plan: &Plan,
        temporality: Temporality,
    ) -> MetricData {
        let points = points(series, start, now, exemplars, self.rows.finish());
        ExponentialHistogram { points, temporality }.into()
    }
}
