use std::ops::Range;
use std::sync::Arc;

use meterport_core::{MemoKey, SeriesChunk};

use super::wire::field::{label, metric};
use super::wire::{message_len, write_bytes, write_prefix};
use crate::labels::{LabelBuilder, LabelRules, Labels};
use crate::loss::Loss;

/// What a row's labels take, as a guess for the first allocation.
const BYTES_PER_ROW: usize = 192;

/// The labels of a chunk's rows as fields of a metric.
pub(super) struct Block {
    bytes: Box<[u8]>,
    /// Where each row begins, and where the last one ends.
    bounds: Box<[usize]>,
}

#[derive(Clone, PartialEq, Eq)]
struct BlockKey(LabelRules);

impl MemoKey for BlockKey {
    type Value = Block;
}

impl Block {
    /// The labels of `chunk` by these rules: made once, remembered in the chunk.
    pub(super) fn of(chunk: &SeriesChunk, rules: &LabelRules) -> Arc<Self> {
        chunk.memo().remember(&BlockKey(rules.clone()), || {
            let rows = chunk.attributes();
            let mut bytes = Vec::with_capacity(rows.len() * BYTES_PER_ROW);
            let mut bounds = Vec::with_capacity(rows.len() + 1);
            let mut builder = LabelBuilder::new(rules);
            let mut labels = Labels::default();
            bounds.push(0);
            for attributes in rows {
                // What is lost was counted when the families were made.
                builder.build(attributes, &mut labels, &mut |_: Loss| {});
                labels.iter().for_each(|(name, value)| {
                    write_label(&mut bytes, metric::LABEL, name, value);
                });
                bounds.push(bytes.len());
            }
            Self { bytes: bytes.into(), bounds: bounds.into() }
        })
    }

    /// The labels of these rows.
    #[inline(always)]
    pub(super) fn rows(&self, rows: Range<usize>) -> impl Iterator<Item = &[u8]> {
        let bounds = &self.bounds[rows.start..=rows.end];
        bounds.iter().zip(&bounds[1..]).map(|(start, end)| &self.bytes[*start..*end])
    }
}

pub(super) fn write_label(out: &mut Vec<u8>, field: u32, name: &str, value: &str) {
    let len = message_len(label::NAME, name.len()) + message_len(label::VALUE, value.len());
    write_prefix(out, field, len);
    write_bytes(out, label::NAME, name.as_bytes());
    write_bytes(out, label::VALUE, value.as_bytes());
}
