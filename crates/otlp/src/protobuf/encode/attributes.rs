use std::ops::Range;
use std::sync::Arc;

use meterport_core::{AttributeSet, Entries, Items, MemoKey, SeriesChunk, ValueRef};

use super::super::field::{any_value, key_value, list};
use super::out::{Out, Wire, bytes_len, message_len, tag_len, varint_len};

/// What a row's attributes take, as a guess for the first allocation.
const BYTES_PER_ROW: usize = 256;

/// The encoded attributes of a chunk's rows. The fields' number differs by the kind of point.
pub(super) struct Block {
    bytes: Box<[u8]>,
    /// Where each row's attributes begin, and where the last one's end.
    bounds: Box<[usize]>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct BlockKey {
    field: u32,
}

impl MemoKey for BlockKey {
    type Value = Block;
}

impl Block {
    /// The attributes of `chunk` as fields of this number: made once, remembered in the chunk.
    pub(super) fn of(chunk: &SeriesChunk, field: u32) -> Arc<Self> {
        chunk.memo().remember(&BlockKey { field }, || {
            let rows = chunk.attributes();
            let mut out = Out::whole(rows.len() * BYTES_PER_ROW);
            let mut bounds = Vec::with_capacity(rows.len() + 1);
            bounds.push(0);
            bounds.extend(rows.iter().map(|row| {
                write_attributes(&mut out, field, row);
                out.len()
            }));
            Self { bytes: out.finish().into(), bounds: bounds.into() }
        })
    }

    /// The attributes of each row.
    #[inline(always)]
    pub(super) fn rows(&self, rows: Range<usize>) -> impl Iterator<Item = &[u8]> {
        self.ends(rows).map(|(start, end)| &self.bytes[start..end])
    }

    /// The length of each row's attributes.
    #[inline(always)]
    pub(super) fn lens(&self, rows: Range<usize>) -> impl Iterator<Item = usize> {
        self.ends(rows).map(|(start, end)| end - start)
    }

    #[inline(always)]
    fn ends(&self, rows: Range<usize>) -> impl Iterator<Item = (usize, usize)> {
        let bounds = &self.bounds[rows.start..=rows.end];
        bounds.iter().copied().zip(bounds[1..].iter().copied())
    }
}

pub(super) fn attributes_len(field: u32, attributes: &AttributeSet) -> usize {
    entries_len(field, attributes.entries())
}

/// Writes the attributes as repeated fields.
pub(super) fn write_attributes(out: &mut Out<'_>, field: u32, attributes: &AttributeSet) {
    write_entries(out, field, attributes.entries());
}

fn entries_len(field: u32, entries: Entries<'_>) -> usize {
    entries
        .iter()
        .map(|(key, value)| message_len(field, key_value_len(key, value_len(value))))
        .sum()
}

fn key_value_len(key: &str, value_len: usize) -> usize {
    bytes_len(key_value::KEY, key.len()) + message_len(key_value::VALUE, value_len)
}

fn write_entries(out: &mut Out<'_>, field: u32, entries: Entries<'_>) {
    for (key, value) in entries.iter() {
        match value {
            ValueRef::String(text) if !key.is_empty() && key.len() + text.len() < 0x78 => {
                write_short_text(out, field, key, text);
            }
            value => write_entry(out, field, key, value),
        }
    }
}

fn write_entry(out: &mut Out<'_>, field: u32, key: &str, value: ValueRef<'_>) {
    let value_len = value_len(value);
    out.len_prefix(field, key_value_len(key, value_len));
    out.bytes(key_value::KEY, key.as_bytes());
    out.len_prefix(key_value::VALUE, value_len);
    write_value(out, value);
}

/// What nearly all attributes are: a text, with every length in one byte.
fn write_short_text(out: &mut Out<'_>, field: u32, key: &str, text: &str) {
    let tag = |field: u32| (field << 3 | Wire::Len as u32) as u8;
    let (key_len, text_len) = (key.len() as u8, text.len() as u8);
    out.raw(&[tag(field), key_len + text_len + 6, tag(key_value::KEY), key_len]);
    out.raw(key.as_bytes());
    out.raw(&[tag(key_value::VALUE), text_len + 2, tag(any_value::STRING), text_len]);
    out.raw(text.as_bytes());
}

fn items_len(items: Items<'_>) -> usize {
    items.iter().map(|item| message_len(list::VALUES, value_len(item))).sum()
}

fn value_len(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Array(items) => message_len(any_value::ARRAY, items_len(items)),
        ValueRef::Bool(_) => tag_len(any_value::BOOL) + 1,
        ValueRef::Bytes(bytes) => message_len(any_value::BYTES, bytes.len()),
        ValueRef::Double(_) => tag_len(any_value::DOUBLE) + 8,
        ValueRef::Empty => 0,
        ValueRef::Int(number) => tag_len(any_value::INT) + varint_len(number as u64),
        ValueRef::Map(entries) => message_len(any_value::MAP, entries_len(list::VALUES, entries)),
        ValueRef::String(text) => message_len(any_value::STRING, text.len()),
    }
}

/// A value is one of several fields: which one says the kind, so it is written also where it is
/// zero or empty.
fn write_value(out: &mut Out<'_>, value: ValueRef<'_>) {
    match value {
        ValueRef::Array(items) => {
            out.len_prefix(any_value::ARRAY, items_len(items));
            for item in items.iter() {
                out.len_prefix(list::VALUES, value_len(item));
                write_value(out, item);
            }
        }
        ValueRef::Bool(truth) => {
            out.tag(any_value::BOOL, Wire::Varint);
            out.varint(truth.into());
        }
        ValueRef::Bytes(bytes) => {
            out.len_prefix(any_value::BYTES, bytes.len());
            bytes.iter().for_each(|byte| out.raw(&[byte]));
        }
        ValueRef::Double(number) => out.fixed(any_value::DOUBLE, number.to_bits()),
        ValueRef::Empty => {}
        ValueRef::Int(number) => {
            out.tag(any_value::INT, Wire::Varint);
            out.varint(number as u64);
        }
        ValueRef::Map(entries) => {
            out.len_prefix(any_value::MAP, entries_len(list::VALUES, entries));
            write_entries(out, list::VALUES, entries);
        }
        ValueRef::String(text) => {
            out.len_prefix(any_value::STRING, text.len());
            out.raw(text.as_bytes());
        }
    }
}
