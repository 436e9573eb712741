//! The rows of a part that are to be written.

mod marks;

use std::ops::Range;
use std::sync::Arc;

use meterport_core::{Exemplar, Run};

pub use self::marks::{Mark, Marks};
use crate::block::{LabelBlock, LabelEncoding};
use crate::families::Part;
use crate::loss::Losses;

/// Walks over the rows of a part, but for those that are to be left out.
pub(crate) struct Rows<'a, E> {
    part: &'a Part,
    runs: std::slice::Iter<'a, Run>,
    block: Arc<LabelBlock<E>>,
    /// What is left of the run, as rows of its chunk.
    in_chunk: Range<usize>,
    /// The row that comes next.
    at: usize,
    marks: Marks<'a>,
}

/// A row but for its values.
pub(crate) struct Row<'r, 'a> {
    /// Which row of the part.
    pub(crate) at: usize,
    pub(crate) labels: &'r [u8],
    pub(crate) exemplars: &'a [Exemplar],
}

impl<'a, E: LabelEncoding> Rows<'a, E> {
    /// Of a part; its exemplars only where the format has a place for them.
    pub(crate) fn new(part: &'a Part, with_exemplars: bool) -> Self {
        Self {
            part,
            runs: part.data().series().runs().iter(),
            block: Arc::default(),
            in_chunk: 0..0,
            at: 0,
            marks: Marks::new(part, with_exemplars),
        }
    }

    /// The next row. What is left out is counted.
    #[inline(always)]
    pub(crate) fn next(&mut self, losses: &mut Losses) -> Option<Row<'_, 'a>> {
        loop {
            let Some(in_chunk) = self.in_chunk.next() else {
                self.turn()?;
                continue;
            };
            let at = self.at;
            self.at += 1;
            if let Some(exemplars) = self.marks.at(at, losses) {
                return Some(Row { at, labels: self.block.row(in_chunk), exemplars });
            }
        }
    }

    /// The length of the labels of all rows together.
    pub(crate) fn labels_len(part: &Part) -> usize {
        let runs = part.data().series().runs().iter();
        runs.map(|run| LabelBlock::<E>::of(run.chunk(), part.rules()).len(run.rows())).sum()
    }

    /// To the next run.
    #[inline(never)]
    fn turn(&mut self) -> Option<()> {
        let run = self.runs.next()?;
        self.block = LabelBlock::of(run.chunk(), self.part.rules());
        self.in_chunk = run.rows();
        Some(())
    }
}
