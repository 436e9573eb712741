//! The symbols of 2.0: every text of a request once, everything else refers to it by number.

use std::collections::HashMap;
use std::sync::Arc;

use meterport_core::{MemoKey, SeriesChunk};
use meterport_prom::Part;
use meterport_prom::encoding::Identity;
use meterport_prom::encoding::wire::{put_varint, write_bytes};

use super::rows::{LabelKey, Rows};
use super::wire::v2;

/// The symbols and references of a chunk by itself: remembered there, so that a request whose series
/// have changed looks at each text of the others once and not at each series.
#[derive(Debug, Default)]
struct ChunkSymbols {
    texts: Vec<Box<str>>,
    /// Names and values in turn.
    references: Vec<u32>,
    /// Where the three parts of each row end.
    ends: Vec<[usize; 3]>,
}

#[derive(Clone, PartialEq, Eq)]
struct ChunkKey(LabelKey);

impl MemoKey for ChunkKey {
    type Value = ChunkSymbols;
}

impl ChunkSymbols {
    fn of(chunk: &SeriesChunk, key: &LabelKey) -> Arc<Self> {
        chunk.memo().remember(&ChunkKey(key.clone()), || {
            let mut all = Self::default();
            let mut known: HashMap<Box<str>, u32> = HashMap::new();
            let mut parts: [Vec<u32>; 3] = Default::default();
            key.each_label(chunk, |label| {
                let Some((part, name, value)) = label else {
                    let ends = parts.each_mut().map(|part| {
                        all.references.append(part);
                        all.references.len()
                    });
                    return all.ends.push(ends);
                };
                for text in [name, value] {
                    let reference = known.get(text).copied().unwrap_or_else(|| {
                        let next = all.texts.len() as u32;
                        all.texts.push(text.into());
                        known.insert(text.into(), next);
                        next
                    });
                    parts[part].push(reference);
                }
            });
            all.texts.shrink_to_fit();
            all.references.shrink_to_fit();
            all
        })
    }
}

/// The symbols of some series, and the references of their labels to them.
#[derive(Debug, Default)]
struct Plan {
    known: HashMap<Arc<str>, u32>,
    /// The symbols as fields of a request.
    bytes: Vec<u8>,
    /// The references of each run's rows.
    runs: Vec<Rows>,
}

/// A plan is remembered in the first of the chunks, as long as the series are the same.
#[derive(Clone, PartialEq, Eq)]
struct PlanKey {
    series: Identity,
    labels: Arc<[LabelKey]>,
}

impl MemoKey for PlanKey {
    type Value = Plan;
}

impl Plan {
    fn of(parts: &[(&Part, LabelKey)]) -> Arc<Self> {
        let Some((first, series)) = Identity::of(parts.iter().map(|part| part.0)) else {
            return Arc::new(Self::make(&[]));
        };
        let labels = parts.iter().map(|part| part.1.clone()).collect();
        first.memo().remember(&PlanKey { series, labels }, || Self::make(parts))
    }

    fn make(parts: &[(&Part, LabelKey)]) -> Self {
        let mut plan = Self::default();
        // "the first symbol MUST be the empty string"
        intern(&mut plan.known, &mut plan.bytes, 0, "");
        for (part, key) in parts {
            for run in part.data().series().runs() {
                let chunk = ChunkSymbols::of(run.chunk(), key);
                plan.add(&chunk, run.rows());
            }
        }
        plan
    }

    fn add(&mut self, chunk: &ChunkSymbols, rows: std::ops::Range<usize>) {
        // Only what these rows refer to becomes a symbol.
        let mut numbers = vec![0_u32; chunk.texts.len()];
        let mut all = Rows::with_capacity(rows.len(), rows.len() * 16);
        let mut start = match rows.start {
            0 => 0,
            row => chunk.ends[row - 1][2],
        };
        for ends in &chunk.ends[rows] {
            all.push(|part, out| {
                for reference in &chunk.references[start..ends[part]] {
                    let number = &mut numbers[*reference as usize];
                    if *number == 0 {
                        let text = &chunk.texts[*reference as usize];
                        *number = intern(&mut self.known, &mut self.bytes, 0, text);
                    }
                    put_varint(out, (*number).into());
                }
                start = ends[part];
            });
        }
        all.shrink();
        self.runs.push(all);
    }
}

/// The number of `text`, after `before` others; a new one is written as a field of a request.
fn intern(known: &mut HashMap<Arc<str>, u32>, bytes: &mut Vec<u8>, before: u32, text: &str) -> u32 {
    if let Some(number) = known.get(text) {
        return *number;
    }
    let number = before + known.len() as u32;
    known.insert(text.into(), number);
    write_bytes(bytes, v2::SYMBOL, text.as_bytes());
    number
}

/// The symbols of a request: those of its series, and what else comes up.
#[derive(Debug)]
pub(super) struct Symbols {
    plan: Arc<Plan>,
    others: HashMap<Arc<str>, u32>,
    bytes: Vec<u8>,
}

impl Symbols {
    /// Of these parts.
    pub(super) fn of(parts: &[(&Part, LabelKey)]) -> Self {
        Self { plan: Plan::of(parts), others: HashMap::new(), bytes: Vec::new() }
    }

    /// The number of a symbol, a new one if there is none.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.plan.known.get(text) {
            return *number;
        }
        intern(&mut self.others, &mut self.bytes, self.plan.known.len() as u32, text)
    }

    /// The symbols of the series.
    pub(super) fn of_series(&self) -> &[u8] {
        &self.plan.bytes
    }

    /// The symbols that have come up since, or were not taken yet.
    pub(super) fn take_others(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// The plan, to be read while symbols come up.
    pub(super) fn runs(&self) -> Runs {
        Runs(Arc::clone(&self.plan))
    }
}

/// The labels of all runs.
pub(super) struct Runs(Arc<Plan>);

impl Runs {
    pub(super) fn at(&self, run: usize) -> &Rows {
        &self.0.runs[run]
    }
}
