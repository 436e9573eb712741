//! What is remembered of the labels of a chunk's rows.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use meterport_core::{MemoKey, SeriesChunk};

use crate::labels::{LabelBuilder, LabelRules, Labels};
use crate::loss::Loss;

/// What a row's labels take, as a guess for the first allocation.
const BYTES_PER_ROW: usize = 192;

/// How a format writes the labels of a series.
///
/// The type is half of the key under which a [`LabelBlock`] is remembered, so that each format has
/// one of its own.
pub(crate) trait LabelEncoding: Send + Sync + 'static {
    /// Appends the labels of one series.
    fn write(out: &mut Vec<u8>, labels: &Labels);
}

/// The labels of a chunk's rows as a format writes them, side by side: made once, remembered in
/// the chunk, and copied whenever its points are written.
pub(crate) struct LabelBlock<E> {
    bytes: Box<[u8]>,
    /// Where each row begins, and where the last one ends.
    bounds: Box<[usize]>,
    encoding: PhantomData<E>,
}

struct BlockKey<E> {
    rules: LabelRules,
    encoding: PhantomData<E>,
}

impl<E> Clone for BlockKey<E> {
    fn clone(&self) -> Self {
        Self { rules: self.rules.clone(), encoding: PhantomData }
    }
}

impl<E> PartialEq for BlockKey<E> {
    fn eq(&self, other: &Self) -> bool {
        self.rules == other.rules
    }
}

impl<E> Eq for BlockKey<E> {}

impl<E: LabelEncoding> MemoKey for BlockKey<E> {
    type Value = LabelBlock<E>;
}

impl<E: LabelEncoding> LabelBlock<E> {
    /// The labels of `chunk` by these rules. Attributes that become no label are passed over: they
    /// were counted when the families were made.
    pub(crate) fn of(chunk: &SeriesChunk, rules: &LabelRules) -> Arc<Self> {
        let key = BlockKey { rules: rules.clone(), encoding: PhantomData };
        chunk.memo().remember(&key, || {
            let rows = chunk.attributes();
            let mut bytes = Vec::with_capacity(rows.len() * BYTES_PER_ROW);
            let mut bounds = Vec::with_capacity(rows.len() + 1);
            let mut builder = LabelBuilder::new(rules);
            let mut labels = Labels::default();
            bounds.push(0);
            for attributes in rows {
                builder.build(attributes, &mut labels, &mut |_: Loss| {});
                E::write(&mut bytes, &labels);
                bounds.push(bytes.len());
            }
            Self { bytes: bytes.into(), bounds: bounds.into(), encoding: PhantomData }
        })
    }
}

impl<E> LabelBlock<E> {
    /// The labels of a row, counted from the beginning of the chunk.
    #[inline(always)]
    pub(crate) fn row(&self, row: usize) -> &[u8] {
        &self.bytes[self.bounds[row]..self.bounds[row + 1]]
    }

    /// The length of these rows together.
    pub(crate) fn len(&self, rows: Range<usize>) -> usize {
        self.bounds[rows.end] - self.bounds[rows.start]
    }
}

/// Of no rows.
impl<E> Default for LabelBlock<E> {
    fn default() -> Self {
        Self { bytes: Box::default(), bounds: Box::new([0]), encoding: PhantomData }
    }
}
