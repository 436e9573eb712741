use std::sync::Arc;

use meterport_core::{AttributeSet, SeriesChunk, Timestamp};

use crate::cells::{Block, CellPlan};

/// Gives rows to new series and takes them back.
#[derive(Default)]
pub(crate) struct Rows {
    blocks: Vec<Arc<Block>>,
    /// Rows of the last block that were given out.
    used: usize,
    free: Vec<Place>,
    /// Whether free rows are given out at present.
    reusing: bool,
    /// Series that no collection has seen.
    fresh: Vec<Fresh>,
}

/// The row of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) block: usize,
    pub(crate) row: usize,
}

/// A series that a collection is to learn of.
pub(crate) struct Fresh {
    pub(crate) place: Place,
    pub(crate) block: Arc<Block>,
    pub(crate) set: AttributeSet,
    pub(crate) start: Timestamp,
}

/// A first block is small: most metrics have few series.
const MIN_ROWS: usize = 8;

/// Free rows are used again when there are so many. Each use changes an old chunk of attributes,
/// which must then be encoded anew; in groups this costs little for each.
const MIN_FREE: usize = 64;

impl Rows {
    /// A row for a new series.
    pub(crate) fn give(
        &mut self,
        plan: &CellPlan,
        set: AttributeSet,
        start: Timestamp,
    ) -> (Place, Arc<Block>) {
        let place = self.place(plan);
        let block = Arc::clone(&self.blocks[place.block]);
        self.fresh.push(Fresh { place, block: Arc::clone(&block), set, start });
        (place, block)
    }

    fn place(&mut self, plan: &CellPlan) -> Place {
        if self.reusing {
            if let Some(place) = self.free.pop() {
                return place;
            }
            self.reusing = false;
        }
        if self.blocks.last().is_none_or(|last| self.used == last.rows()) {
            let all: usize = self.blocks.iter().map(|block| block.rows()).sum();
            let rows = all.clamp(MIN_ROWS, SeriesChunk::MAX_ROWS);
            self.blocks.push(Block::new(plan, rows));
            self.used = 0;
        }
        self.used += 1;
        Place { block: self.blocks.len() - 1, row: self.used - 1 }
    }

    /// Takes a row back. It has been cleared.
    pub(crate) fn take_back(&mut self, place: Place) {
        self.free.push(place);
    }

    /// Series that no collection has seen. To be called after rows were taken back.
    pub(crate) fn fresh(&mut self) -> Vec<Fresh> {
        if !self.reusing && self.free.len() >= MIN_FREE {
            self.reusing = true;
            // Neighbours one after another, from the end.
            self.free.sort_unstable();
        }
        std::mem::take(&mut self.fresh)
    }
}
