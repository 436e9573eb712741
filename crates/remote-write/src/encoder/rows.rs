use std::ops::Range;
use std::sync::Arc;

use meterport_core::{MemoKey, SeriesChunk};
use meterport_prom::{LabelBuilder, LabelRules, Labels};

use super::wire::{put_label, v1};
use crate::external_labels::{ExternalLabels, NAME};

/// Labels in the order of a message, cut where a name or bound is to be put between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    /// Those before `__name__`.
    pub(super) first: &'a [u8],
    /// Those between `__name__` and `le` or `quantile`.
    pub(super) second: &'a [u8],
    /// Those behind.
    pub(super) third: &'a [u8],
}

/// The labels of many rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    bytes: Vec<u8>,
    /// Where the three parts of each row end.
    ends: Vec<[usize; 3]>,
}

impl Rows {
    pub(super) fn with_capacity(rows: usize, bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ends: Vec::with_capacity(rows) }
    }

    /// Appends a row: `write` is called for each of its parts.
    pub(super) fn push(&mut self, mut write: impl FnMut(usize, &mut Vec<u8>)) {
        let ends = [0, 1, 2].map(|part| {
            write(part, &mut self.bytes);
            self.bytes.len()
        });
        self.ends.push(ends);
    }

    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// These rows in order.
    #[inline(always)]
    pub(super) fn range(&self, rows: Range<usize>) -> impl Iterator<Item = Row<'_>> {
        let mut start = match rows.start {
            0 => 0,
            row => self.ends[row - 1][2],
        };
        self.ends[rows].iter().map(move |&[first, second, third]| {
            let row = Row {
                first: &self.bytes[start..first],
                second: &self.bytes[first..second],
                third: &self.bytes[second..third],
            };
            start = third;
            row
        })
    }
}

/// In which part of a row a label stands; `own` is the label that the kind of point adds.
fn part_of(name: &str, own: Option<&str>) -> usize {
    match own {
        _ if name < NAME => 0,
        Some(own) if name > own => 2,
        _ => 1,
    }
}

/// What the labels of a chunk's rows depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LabelKey {
    pub(super) rules: LabelRules,
    pub(super) external: Arc<ExternalLabels>,
    /// The label that points of this kind have for themselves.
    pub(super) own: Option<&'static str>,
}

impl LabelKey {
    /// Hands over each label of each row, with the part that it belongs to, and then the row's end.
    pub(super) fn each_label(
        &self,
        chunk: &SeriesChunk,
        mut each: impl FnMut(Option<(usize, &str, &str)>),
    ) {
        let mut builder = LabelBuilder::new(&self.rules);
        let mut labels = Labels::default();
        for attributes in chunk.attributes() {
            // What is lost was counted when the families were made.
            builder.build(attributes, &mut labels, &mut |_| {});
            self.external.merge(&labels, self.own, |name, value| {
                each(Some((part_of(name, self.own), name, value)));
            });
            each(None);
        }
    }
}

/// The labels of a chunk as fields of series of 1.0.
#[derive(Clone, PartialEq, Eq)]
struct TextKey(LabelKey);

impl MemoKey for TextKey {
    type Value = Rows;
}

/// What a row's labels take, as a guess for the first allocation.
const BYTES_PER_ROW: usize = 192;

impl Rows {
    /// The labels of `chunk` for 1.0: made once, remembered in the chunk.
    pub(super) fn of_chunk(chunk: &SeriesChunk, key: &LabelKey) -> Arc<Self> {
        chunk.memo().remember(&TextKey(key.clone()), || {
            let rows = chunk.attributes().len();
            let mut all = Self::with_capacity(rows, rows * BYTES_PER_ROW);
            let mut parts: [Vec<u8>; 3] = Default::default();
            key.each_label(chunk, |label| match label {
                Some((part, name, value)) => {
                    put_label(&mut parts[part], v1::series::LABEL, name, value);
                }
                None => {
                    all.push(|part, out| out.append(&mut parts[part]));
                }
            });
            all.shrink();
            all
        })
    }
}
