use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use meterport_core::{Entries, MemoKey, SeriesChunk, ValueRef};

use super::writer::{Writer, name};

/// The attributes of a chunk's rows as members of a point. They are the same for all kinds of
/// point, as JSON has no field numbers.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct AttributesKey;

impl MemoKey for AttributesKey {
    type Value = Remembered;
}

pub(super) struct Remembered {
    text: Box<[u8]>,
    /// Where each row's text ends.
    ends: Box<[usize]>,
}

impl Remembered {
    pub(super) fn of(chunk: &SeriesChunk) -> Self {
        let mut out = Writer::whole(0, u64::MAX);
        let mut ends = Vec::with_capacity(chunk.attributes().len());
        for attributes in chunk.attributes() {
            write_attributes(&mut out, name!("attributes"), attributes.entries());
            ends.push(out.len());
        }
        Self { text: out.into_text(), ends: ends.into() }
    }

    /// The text of a row: empty, or a member with its comma.
    pub(super) fn row(&self, row: usize) -> &[u8] {
        let from = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[from..self.ends[row]]
    }
}

/// A list of `KeyValue`, left out if empty.
pub(super) fn write_attributes(out: &mut Writer<'_>, name: &str, entries: Entries<'_>) {
    if entries.iter().next().is_some() {
        out.open(name, b'[');
        write_entries(out, entries);
        out.close(b']');
    }
}

fn write_entries(out: &mut Writer<'_>, entries: Entries<'_>) {
    for (key, value) in entries.iter() {
        out.raw(b"{");
        out.text(name!("key"), key);
        out.raw(name!("value").as_bytes());
        write_value(out, value);
        out.close(b'}');
    }
}

/// An `AnyValue`: its member says the kind, so that it is written also where it is zero or empty.
fn write_value(out: &mut Writer<'_>, value: ValueRef<'_>) {
    out.raw(b"{");
    match value {
        ValueRef::Array(items) => {
            out.open(name!("arrayValue"), b'{');
            let mut items = items.iter().peekable();
            if items.peek().is_some() {
                out.open(name!("values"), b'[');
                items.for_each(|item| write_value(out, item));
                out.close(b']');
            }
            out.close(b'}');
        }
        ValueRef::Bool(truth) => {
            out.raw(name!("boolValue").as_bytes());
            out.raw(if truth { b"true," } else { b"false," });
        }
        ValueRef::Bytes(bytes) => {
            out.raw(name!("bytesValue").as_bytes());
            out.string(&STANDARD.encode(bytes.iter().collect::<Vec<_>>()));
        }
        ValueRef::Double(number) => out.double(name!("doubleValue"), number),
        ValueRef::Empty => {}
        ValueRef::Int(number) => {
            out.raw(name!("intValue").as_bytes());
            out.quoted(number);
        }
        ValueRef::Map(entries) => {
            out.open(name!("kvlistValue"), b'{');
            write_attributes(out, name!("values"), entries);
            out.close(b'}');
        }
        ValueRef::String(text) => {
            out.raw(name!("stringValue").as_bytes());
            out.string(text);
        }
    }
    out.close(b'}');
}
