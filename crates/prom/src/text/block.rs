use std::ops::Range;
use std::sync::Arc;

use meterport_core::{MemoKey, SeriesChunk};

use super::line::{write_escaped, write_name};
use crate::escaping::Kind;
use crate::labels::{LabelBuilder, LabelRules, Labels};
use crate::loss::Loss;

/// What a row's labels take, as a guess for the first allocation.
const BYTES_PER_ROW: usize = 192;

/// The labels of a chunk's rows as they stand in a line, up to the value: `a="b",c="d"} `, or
/// nothing for a row without labels. All text formats write them so.
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

/// What stands behind the last label.
pub(super) const CLOSE: &[u8] = b"} ";

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
                write_labels(&mut bytes, labels.iter());
                if !labels.is_empty() {
                    bytes.extend_from_slice(CLOSE);
                }
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

    /// The bytes of these rows together.
    pub(super) fn len(&self, rows: Range<usize>) -> usize {
        self.bounds[rows.end] - self.bounds[rows.start]
    }
}

/// `a="b",c="d"`.
pub(super) fn write_labels<'l>(
    out: &mut Vec<u8>,
    labels: impl IntoIterator<Item = (&'l str, &'l str)>,
) {
    for (at, (name, value)) in labels.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_name(out, name, Kind::Label);
        out.extend_from_slice(b"=\"");
        write_escaped(out, value);
        out.push(b'"');
    }
}
