//! What is kept from one snapshot of a store to the next.

use std::sync::Arc;
use std::time::Instant;

use meterport_core::{Column, Series, Timestamp};

use super::chunks::Chunks;
use super::mask::Mask;
use super::rows::Fresh;
use super::{Mode, Owner};
use crate::cells::Block;

/// What is kept from one collection to the next.
pub(super) struct Collector {
    pub(super) owner: Owner,
    pub(super) mode: Mode,
    /// The time of the last collection; before the first, when there could be measurements.
    pub(super) since: Timestamp,
    pub(super) blocks: Vec<Rows>,
    /// The series of the last snapshot, and their starts.
    pub(super) series: Series,
    starts: Option<Column<Timestamp>>,
    /// How many bucket counts the last snapshot had, where rows differ in it.
    pub(super) counts: usize,
}

/// The rows of a block.
pub(super) struct Rows {
    pub(super) block: Arc<Block>,
    pub(super) chunks: Chunks,
    /// The rows that have a series.
    pub(super) known: Mask,
    /// Those of them that something was ever measured for.
    pub(super) present: Mask,
    /// The rows of this snapshot.
    pub(super) shown: Mask,
    /// The rows of the snapshot that `Collector::series` is of; none if chunks changed since.
    pub(super) cached: Option<Mask>,
    pub(super) starts: Vec<Timestamp>,
    /// Empty where nobody asks for it: it is as much as the rest of a row together.
    pub(super) seen: Vec<Seen>,
}

/// What a row showed when it was last looked at.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    /// A number that every measurement changes, or an observed sum.
    pub(super) state: u64,
    /// When it was first seen.
    pub(super) at: Instant,
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

    /// `watched`: the time, if rows are to be compared with what they showed before.
    pub(super) fn adopt(&mut self, mut fresh: Vec<Fresh>, watched: Option<Instant>) {
        fresh.sort_unstable_by_key(|fresh| fresh.place);
        let mut fresh = fresh.into_iter().peekable();
        while let Some(block) = fresh.peek().map(|next| next.place.block) {
            let mut sets = Vec::new();
            while let Some(next) = fresh.next_if(|next| next.place.block == block) {
                let row = next.place.row;
                self.rows(block, &next.block).add(row, next.start, watched);
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
    pub(super) fn refresh(&mut self) {
        if self.blocks.iter().all(|rows| rows.cached == Some(rows.shown)) {
            return;
        }
        self.series = self.blocks.iter().flat_map(|rows| rows.chunks.runs(rows.shown)).collect();
        self.starts = None;
        self.blocks.iter_mut().for_each(|rows| rows.cached = Some(rows.shown));
    }

    pub(super) fn starts(&mut self, now: Timestamp) -> Column<Timestamp> {
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

    fn add(&mut self, row: usize, start: Timestamp, watched: Option<Instant>) {
        if row >= self.starts.len() {
            self.starts.resize(row + 1, Timestamp::UNSET);
        }
        self.starts[row] = start;
        if let Some(at) = watched {
            let seen = Seen { state: 0, at };
            self.seen.resize(self.seen.len().max(row + 1), seen);
            self.seen[row] = seen;
        }
        self.known.insert(row);
        self.present.remove(row);
    }

    pub(super) fn drop_row(&mut self, row: usize) {
        self.known.remove(row);
        self.present.remove(row);
        if self.known.is_empty() {
            self.chunks.clear();
            self.cached = None;
        }
    }
}
