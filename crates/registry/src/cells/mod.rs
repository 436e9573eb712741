//! Where measurements are added up: cells of one metric's series, side by side in blocks.

mod buckets;
mod explicit;
mod exponential;
mod index;
mod number;

use std::sync::Arc;

pub(crate) use buckets::Buckets;
pub(crate) use explicit::ExplicitCells;
pub(crate) use exponential::ExponentialCells;
pub(crate) use number::NumberCells;

use crate::exemplar::{Reservoirs, Sampled};
use crate::measure::{Measure, NumberKind};
use crate::sync::AtomicU32;
use crate::tally::Tally;

/// What becomes of an instrument's measurements in one metric: an aggregation that was checked,
/// and has no default left in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Aggregator {
    Explicit { buckets: Buckets, min_max: bool },
    Exponential { max_size: u32, max_scale: i8, min_max: bool },
    LastValue,
    Sum,
}

/// What the cells of a block are made for.
#[derive(Clone, Debug)]
pub(crate) struct CellPlan {
    pub(crate) aggregator: Aggregator,
    pub(crate) kind: NumberKind,
    /// Sums only grow, so that only a zero can go unnoticed.
    pub(crate) monotonic: bool,
    /// A cache line for each number.
    pub(crate) padded: bool,
    /// Measurements may be below zero, so that a histogram's sum means nothing.
    pub(crate) signed: bool,
    /// Keep exemplars.
    pub(crate) exemplars: bool,
}

/// The cells of up to 256 series.
pub(crate) struct Block {
    pub(crate) cells: Cells,
    /// How many bound handles each row has.
    handles: Box<[AtomicU32]>,
    pub(crate) reservoirs: Option<Reservoirs>,
}

/// Which kind it is stands in front, where one comparison finds it.
#[repr(u8)]
pub(crate) enum Cells {
    Explicit(ExplicitCells),
    Exponential(ExponentialCells),
    Numbers(NumberCells),
}

impl Block {
    pub(crate) fn new(plan: &CellPlan, rows: usize) -> Arc<Self> {
        let cells = match &plan.aggregator {
            Aggregator::Explicit { buckets, min_max } => {
                Cells::Explicit(ExplicitCells::new(buckets.clone(), *min_max, rows))
            }
            Aggregator::Exponential { max_size, max_scale, min_max } => {
                let optional = (!plan.signed, *min_max);
                Cells::Exponential(ExponentialCells::new(*max_size, *max_scale, optional, rows))
            }
            Aggregator::LastValue => Cells::Numbers(NumberCells::last(rows, plan.padded)),
            Aggregator::Sum => Cells::Numbers(NumberCells::sum(rows, plan.padded, plan.monotonic)),
        };
        Arc::new(Self {
            cells,
            handles: (0..rows).map(|_| AtomicU32::new(0)).collect(),
            reservoirs: plan.exemplars.then(|| Reservoirs::new(&plan.aggregator, rows)),
        })
    }

    pub(crate) fn rows(&self) -> usize {
        self.handles.len()
    }

    pub(crate) fn handles(&self, row: usize) -> &AtomicU32 {
        &self.handles[row]
    }

    /// Records a measurement. Those that would poison a sum are refused.
    #[inline]
    pub(crate) fn record<T: Measure>(&self, row: usize, value: T, tally: &Tally) {
        match &self.cells {
            Cells::Numbers(cells) => cells.record(row, value, tally),
            Cells::Explicit(_) | Cells::Exponential(_) => self.record_many(row, value, 1, tally),
        }
    }

    /// Records a measurement, if this is a histogram and nothing comes in the way: says whether
    /// it did.
    #[inline(always)]
    pub(crate) fn try_spread<T: Measure>(&self, row: usize, value: T, tally: &Tally) -> bool {
        match &self.cells {
            Cells::Explicit(cells) => cells.try_record(row, value.as_f64()),
            Cells::Exponential(cells) => {
                cells.record(row, value.as_f64(), 1, tally);
                true
            }
            Cells::Numbers(_) => false,
        }
    }

    /// The same as [`Block::record`], where it most likely is a histogram.
    #[inline]
    pub(crate) fn spread<T: Measure>(&self, row: usize, value: T, tally: &Tally) {
        if !self.try_spread(row, value, tally) {
            self.record_many(row, value, 1, tally);
        }
    }

    /// Records the same measurement so many times. Apart, so that adding a number stays small
    /// enough to be inlined.
    #[inline(never)]
    pub(crate) fn record_many<T: Measure>(&self, row: usize, value: T, times: u64, tally: &Tally) {
        match &self.cells {
            Cells::Explicit(cells) => cells.record(row, value.as_f64(), times, tally),
            Cells::Exponential(cells) => cells.record(row, value.as_f64(), times, tally),
            Cells::Numbers(cells) => cells.record_many(row, value, times, tally),
        }
    }

    /// Records what a callback observed; `adds` to what it observed before in the same round.
    pub(crate) fn observe<T: Measure>(&self, row: usize, value: T, adds: bool, tally: &Tally) {
        match &self.cells {
            Cells::Numbers(cells) if adds && cells.is_marked(row) => cells.add(row, value, tally),
            Cells::Numbers(cells) => cells.set(row, value, tally),
            Cells::Explicit(_) | Cells::Exponential(_) => self.record(row, value, tally),
        }
    }

    /// Moves a last value; adds a measurement to everything else.
    #[inline]
    pub(crate) fn add<T: Measure>(&self, row: usize, by: T, tally: &Tally) {
        match &self.cells {
            Cells::Numbers(cells) => cells.add(row, by, tally),
            Cells::Explicit(_) | Cells::Exponential(_) => self.record(row, by, tally),
        }
    }

    /// The same with what an exemplar of it needs, if the block keeps exemplars.
    pub(crate) fn sample<T: Measure>(&self, row: usize, value: T, sampled: Sampled<'_>) {
        if let Some(reservoirs) = &self.reservoirs
            && value.is_finite()
        {
            let bucket = match &self.cells {
                Cells::Explicit(cells) => Some(cells.bucket(value.as_f64())),
                Cells::Exponential(_) | Cells::Numbers(_) => None,
            };
            reservoirs.offer(row, bucket, T::KIND.read(value.bits()), sampled);
        }
    }

    /// Whether the row holds a measurement since it was last taken, or ever.
    pub(crate) fn is_touched(&self, row: usize) -> bool {
        match &self.cells {
            Cells::Explicit(cells) => cells.is_touched(row),
            Cells::Exponential(cells) => cells.is_touched(row),
            Cells::Numbers(cells) => cells.is_touched(row),
        }
    }

    /// Makes the row as it was before its first measurement. Nobody else may reach it any more.
    pub(crate) fn clear(&self, row: usize) {
        match &self.cells {
            Cells::Explicit(cells) => cells.clear(row),
            Cells::Exponential(cells) => cells.clear(row),
            Cells::Numbers(cells) => cells.clear(row),
        }
        if let Some(reservoirs) = &self.reservoirs {
            reservoirs.take(row);
        }
    }
}
