use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::attributes::AttributeSet;
use crate::memo::Memo;

/// Attribute sets that stay together: immutable, shared by every snapshot until a series appears
/// or goes, and the place where their encodings are remembered.
#[derive(Debug)]
pub struct SeriesChunk {
    attributes: Box<[AttributeSet]>,
    memo: Memo,
}

impl SeriesChunk {
    /// The most rows of a chunk: its encodings stay small enough to be made in one go, and
    /// large enough that a look-up per chunk costs nothing per point.
    pub const MAX_ROWS: usize = 256;

    /// A chunk, or `None` for more than [`MAX_ROWS`](Self::MAX_ROWS) rows.
    pub fn new(attributes: impl Into<Box<[AttributeSet]>>) -> Option<Self> {
        let attributes = attributes.into();
        (attributes.len() <= Self::MAX_ROWS).then(|| Self { attributes, memo: Memo::default() })
    }

    /// A chunk whose rows are what `change` makes of the rows of this one. It has a memory of its own.
    ///
    /// ```
    /// use meterport_core::{AttributeSet, SeriesChunk};
    ///
    /// let chunk = SeriesChunk::new([AttributeSet::empty()]).unwrap();
    /// let labelled = chunk.map(|attributes| attributes.with("cluster", "eu-1"));
    /// assert_eq!(labelled.attributes(), [AttributeSet::from([("cluster", "eu-1")])]);
    /// ```
    #[must_use]
    pub fn map(&self, change: impl FnMut(&AttributeSet) -> AttributeSet) -> Self {
        let attributes = self.attributes.iter().map(change).collect();
        Self { attributes, memo: Memo::default() }
    }

    /// The rows.
    pub fn attributes(&self) -> &[AttributeSet] {
        &self.attributes
    }

    /// What encoders remember of these rows; gone with the last snapshot that holds the chunk.
    pub fn memo(&self) -> &Memo {
        &self.memo
    }
}

/// Rows of a chunk that stand side by side.
#[derive(Clone)]
pub struct Run {
    chunk: Arc<SeriesChunk>,
    from: u32,
    to: u32,
}

impl Run {
    /// These rows of `chunk`; `None` if there is none or one of them does not exist.
    pub fn new(chunk: Arc<SeriesChunk>, rows: Range<usize>) -> Option<Self> {
        let exist = rows.start < rows.end && rows.end <= chunk.attributes.len();
        // A chunk's rows fit.
        exist.then(|| Self { chunk, from: rows.start as u32, to: rows.end as u32 })
    }

    /// The chunk.
    pub fn chunk(&self) -> &Arc<SeriesChunk> {
        &self.chunk
    }

    /// Which of its rows.
    pub fn rows(&self) -> Range<usize> {
        self.from as usize..self.to as usize
    }

    /// How many rows.
    #[allow(clippy::len_without_is_empty, reason = "a run is never empty")]
    pub fn len(&self) -> usize {
        self.rows().len()
    }

    /// Their attributes.
    pub fn attributes(&self) -> &[AttributeSet] {
        &self.chunk.attributes[self.rows()]
    }
}

/// The attribute sets of a metric's points, in order, as runs over shared chunks.
///
/// Taking rows out costs a new list of runs; the chunks and what they remember stay.
#[derive(Clone, Default)]
pub struct Series {
    runs: Arc<[Run]>,
    len: usize,
}

impl Series {
    /// All rows of `chunks`, in order.
    pub fn from_chunks(chunks: impl IntoIterator<Item = Arc<SeriesChunk>>) -> Self {
        Self::joined(chunks.into_iter().map(|chunk| {
            let to = chunk.attributes.len() as u32;
            Run { chunk, from: 0, to }
        }))
    }

    /// These rows of these chunks, in order; rows that do not exist are left out.
    pub fn from_runs(runs: impl IntoIterator<Item = (Arc<SeriesChunk>, Range<usize>)>) -> Self {
        Self::joined(runs.into_iter().map(|(chunk, rows)| {
            let within = |row: usize| row.min(chunk.attributes.len()) as u32;
            let (from, to) = (within(rows.start), within(rows.end));
            Run { chunk, from, to }
        }))
    }

    /// Joins neighbours and leaves empty runs out.
    fn joined(runs: impl Iterator<Item = Run>) -> Self {
        let mut joined: Vec<Run> = Vec::with_capacity(runs.size_hint().0);
        let mut len = 0;
        for run in runs.filter(|run| run.from < run.to) {
            len += run.len();
            match joined.last_mut() {
                Some(last) if last.to == run.from && Arc::ptr_eq(&last.chunk, &run.chunk) => {
                    last.to = run.to;
                }
                _ => joined.push(run),
            }
        }
        Self { runs: joined.into(), len }
    }

    /// The runs, none of them empty.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The attribute sets in order.
    pub fn iter(&self) -> impl Iterator<Item = &AttributeSet> + Clone {
        self.runs.iter().flat_map(Run::attributes)
    }

    /// The rows in `ranges`, which ascend.
    pub(super) fn select(&self, ranges: &[Range<usize>]) -> Self {
        let mut runs = Vec::with_capacity(ranges.len());
        let mut at = 0; // the run that holds or follows the range's start
        let mut first = 0; // the row at which that run begins
        for range in ranges {
            let mut start = range.start;
            while start < range.end {
                let run = &self.runs[at];
                let end = first + run.len();
                if end <= start {
                    (at, first) = (at + 1, end);
                    continue;
                }
                let stop = range.end.min(end);
                let row = |row: usize| run.from + (row - first) as u32;
                runs.push(Run { chunk: Arc::clone(&run.chunk), from: row(start), to: row(stop) });
                start = stop;
            }
        }
        Self::joined(runs.into_iter())
    }

    pub(super) fn concat<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        let runs: Vec<_> = parts.flat_map(|part| part.runs.iter().cloned()).collect();
        Self::joined(runs.into_iter())
    }
}

/// The rows of all runs, in order; neighbours are joined.
impl FromIterator<Run> for Series {
    fn from_iter<I: IntoIterator<Item = Run>>(runs: I) -> Self {
        Self::joined(runs.into_iter())
    }
}

/// Cut into full chunks.
impl FromIterator<AttributeSet> for Series {
    fn from_iter<I: IntoIterator<Item = AttributeSet>>(attributes: I) -> Self {
        let mut attributes = attributes.into_iter();
        let mut chunks = Vec::new();
        loop {
            let rows: Vec<_> = attributes.by_ref().take(SeriesChunk::MAX_ROWS).collect();
            if rows.is_empty() {
                return Self::from_chunks(chunks);
            }
            chunks.extend(SeriesChunk::new(rows).map(Arc::new));
        }
    }
}

impl fmt::Debug for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.attributes()).finish()
    }
}
