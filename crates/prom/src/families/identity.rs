use std::sync::{Arc, Weak};

use meterport_core::SeriesChunk;

use super::part::Part;
use crate::labels::LabelRules;

/// Which series some parts have: the rows of which chunks, and by which rules they are labelled.
///
/// Made to be part of a key under which something is remembered with one of the chunks themselves,
/// which it therefore holds weakly.
#[derive(Clone, Debug)]
pub struct Identity {
    runs: Arc<[(Weak<SeriesChunk>, usize, usize)]>,
    /// How many runs each part has, and its rules.
    parts: Arc<[(usize, LabelRules)]>,
}

impl Identity {
    /// Of these parts, and the first of their chunks; `None` without any.
    pub fn of<'p>(
        parts: impl Iterator<Item = &'p Part> + Clone,
    ) -> Option<(&'p Arc<SeriesChunk>, Self)> {
        let runs = || parts.clone().flat_map(|part| part.data.series().runs());
        let first = runs().next()?.chunk();
        let rows = |run: &meterport_core::Run| (run.rows().start, run.rows().end);
        let identity = Self {
            runs: runs()
                .map(|run| (Arc::downgrade(run.chunk()), rows(run).0, rows(run).1))
                .collect(),
            parts: parts
                .map(|part| (part.data.series().runs().len(), part.rules.clone()))
                .collect(),
        };
        Some((first, identity))
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        let same_run = |(a, b): (&(Weak<SeriesChunk>, usize, usize), &(_, usize, usize))| {
            a.0.ptr_eq(&b.0) && (a.1, a.2) == (b.1, b.2)
        };
        self.runs.len() == other.runs.len()
            && self.runs.iter().zip(&*other.runs).all(same_run)
            && self.parts == other.parts
    }
}

impl Eq for Identity {}
