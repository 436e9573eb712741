use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Weak};

use meterport_core::{AttributeSet, Run, Series, SeriesChunk};

#[cfg(test)]
mod tests;

/// The number of a series for which there is no room.
pub(crate) const NO_SLOT: u32 = u32::MAX;

/// Gives each attribute set of a metric a number, counted from zero, and numbers that were given
/// back again.
///
/// The rows of a chunk are looked up once; as long as the chunk comes again, nothing is hashed.
#[derive(Default)]
pub(crate) struct Slots {
    index: HashMap<AttributeSet, u32>,
    free: Vec<u32>,
    chunks: HashMap<usize, Known>,
}

/// The numbers of a chunk's rows; [`NO_SLOT`] where a row has not been looked up.
struct Known {
    /// Keeps the address from being used by another chunk.
    chunk: Weak<SeriesChunk>,
    slots: Box<[u32]>,
}

impl Slots {
    /// The numbers of a series' rows, in order. A new row takes from `room`, and gets
    /// [`NO_SLOT`] where none is left.
    pub(crate) fn resolve(&mut self, series: &Series, room: &mut usize) -> Vec<u32> {
        let mut all = Vec::with_capacity(series.len());
        for run in series.runs() {
            self.resolve_run(run, room, &mut all);
        }
        self.forget_chunks(series.runs().len());
        all
    }

    fn resolve_run(&mut self, run: &Run, room: &mut usize, all: &mut Vec<u32>) {
        let Self { index, free, chunks } = self;
        let chunk = run.chunk();
        let known = chunks.entry(Arc::as_ptr(chunk) as usize).or_insert_with(|| Known {
            chunk: Arc::downgrade(chunk),
            slots: vec![NO_SLOT; chunk.attributes().len()].into(),
        });
        let rows = &mut known.slots[run.rows()];
        for (slot, attributes) in rows.iter_mut().zip(run.attributes()) {
            if *slot == NO_SLOT {
                *slot = match index.get(attributes) {
                    Some(slot) => *slot,
                    None if *room == 0 => NO_SLOT,
                    None => {
                        *room -= 1;
                        let next = index.len() as u32;
                        let slot = free.pop().unwrap_or(next);
                        index.insert(attributes.clone(), slot);
                        slot
                    }
                };
            }
        }
        all.extend_from_slice(rows);
    }

    /// Forgets the chunks that nobody else has any more, now and then.
    fn forget_chunks(&mut self, in_use: usize) {
        if self.chunks.len() > 2 * in_use + 16 {
            self.chunks.retain(|_, known| known.chunk.strong_count() > 0);
        }
    }

    /// The number of an attribute set that has one.
    pub(crate) fn get(&self, attributes: &AttributeSet) -> Option<u32> {
        self.index.get(attributes).copied()
    }

    /// All attribute sets that have a number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&AttributeSet, u32)> {
        self.index.iter().map(|(attributes, slot)| (attributes, *slot))
    }

    /// How many have a number.
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// Takes back the numbers that `keep` does not like, and says how many those were.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(u32) -> bool) -> usize {
        let before = self.index.len();
        let free = &mut self.free;
        self.index.retain(|_, slot| {
            let kept = keep(*slot);
            if !kept {
                free.push(*slot);
            }
            kept
        });
        let gone = before - self.index.len();
        if gone > 0 {
            self.chunks.clear();
        }
        gone
    }
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots").field("series", &self.len()).finish_non_exhaustive()
    }
}
