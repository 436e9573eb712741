use std::sync::Arc;

use meterport_core::{AttributeSet, Run, SeriesChunk};

use super::mask::Mask;

/// The attributes of a block's rows as the chunks that snapshots share.
///
/// While rows come the chunks are short, so that a new series means to encode 32 rows again and
/// not 256. When the block is full, one takes the place of all.
#[derive(Default)]
pub(crate) struct Chunks(Vec<Arc<SeriesChunk>>);

/// Rows of a short chunk.
const SHORT: usize = 32;

impl Chunks {
    /// Puts sets in their rows; `full` says whether every row of the block now has one.
    pub(crate) fn put(&mut self, sets: Vec<(usize, AttributeSet)>, full: bool) {
        self.shorten();
        let mut staged: Vec<Option<Vec<AttributeSet>>> = vec![None; self.0.len()];
        for (row, set) in sets {
            let (part, at) = (row / SHORT, row % SHORT);
            if part >= staged.len() {
                staged.resize(part + 1, None);
            }
            let known = || self.0.get(part).map_or_else(Vec::new, |c| c.attributes().to_vec());
            let staged = staged[part].get_or_insert_with(known);
            if at >= staged.len() {
                // Rows that have no series yet are in no run.
                staged.resize(at + 1, AttributeSet::empty());
            }
            staged[at] = set;
        }
        for (part, sets) in staged.into_iter().enumerate() {
            if part == self.0.len() {
                self.0.push(chunk(Vec::new()));
            }
            if let Some(sets) = sets {
                self.0[part] = chunk(sets);
            }
        }
        if full && self.0.len() > 1 {
            let all = self.0.iter().flat_map(|part| part.attributes()).cloned().collect();
            self.0 = vec![chunk(all)];
        }
    }

    fn shorten(&mut self) {
        if let [whole] = &*self.0
            && whole.attributes().len() > SHORT
        {
            let parts = whole.attributes().chunks(SHORT).map(|sets| chunk(sets.to_vec()));
            self.0 = parts.collect();
        }
    }

    /// Forgets all sets, when no row has one any more.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The attributes of a row that has a series.
    pub(crate) fn set(&self, row: usize) -> &AttributeSet {
        match &*self.0 {
            [whole] => &whole.attributes()[row],
            parts => &parts[row / SHORT].attributes()[row % SHORT],
        }
    }

    /// The rows in `mask`, as runs.
    pub(crate) fn runs(&self, mask: Mask) -> impl Iterator<Item = Run> {
        let length = if self.0.len() == 1 { SeriesChunk::MAX_ROWS } else { SHORT };
        let run = move |(part, chunk): (usize, &Arc<SeriesChunk>)| {
            let first = part * length;
            let chunk = Arc::clone(chunk);
            mask.runs(first..first + chunk.attributes().len()).filter_map(move |rows| {
                Run::new(Arc::clone(&chunk), rows.start - first..rows.end - first)
            })
        };
        self.0.iter().enumerate().flat_map(run)
    }
}

fn chunk(sets: Vec<AttributeSet>) -> Arc<SeriesChunk> {
    // A block has no more rows than a chunk may have.
    Arc::new(SeriesChunk::new(sets).unwrap_or_else(|| unreachable!("a block is a chunk at most")))
}
