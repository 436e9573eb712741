//! Attributes packed into one string.
//!
//! A set is a single allocation, is compared and hashed as one run of bytes, and gives its texts
//! out as slices, without `unsafe` and without validating UTF-8 again: everything that is not
//! text is written in ASCII. Lengths and integers are groups of six bits, least significant
//! first, with bit six set on all but the last; floats are ten groups of seven bits; bytes are
//! two characters each.

use std::fmt;
use std::iter::FusedIterator;

use super::value::{self, MAX_VALUE_DEPTH, Value, ValueRef};

/// Writes entries, sorted by key; of equal keys the last one.
pub(super) fn write_entries<K: AsRef<str>>(out: &mut String, mut entries: Vec<(K, Value)>) {
    sort_unique(&mut entries);
    for (key, value) in &entries {
        write_block(out, key.as_ref());
        write_value(out, value, 0);
    }
}

/// Sorts by key; of equal keys the last one stays.
pub(super) fn sort_unique<K: AsRef<str>, V>(entries: &mut Vec<(K, V)>) {
    // A stable sort of the reversed list puts the last of equal keys first, which dedup keeps.
    entries.reverse();
    entries.sort_by(|a, b| a.0.as_ref().cmp(b.0.as_ref()));
    entries.dedup_by(|later, kept| later.0.as_ref() == kept.0.as_ref());
}

fn write_value(out: &mut String, value: &Value, depth: usize) {
    let too_deep = depth >= MAX_VALUE_DEPTH;
    match value {
        Value::Array(_) | Value::Map(_) if too_deep => push(out, value::EMPTY),
        Value::Array(items) => {
            let mut block = String::new();
            items.iter().for_each(|item| write_value(&mut block, item, depth + 1));
            push(out, value::ARRAY);
            write_block(out, &block);
        }
        Value::Bool(truth) => push(out, if *truth { value::TRUE } else { value::FALSE }),
        Value::Bytes(bytes) => {
            push(out, value::BYTES);
            write_number(out, bytes.len() as u64 * 2);
            for byte in bytes {
                push(out, b'@' + (byte >> 4));
                push(out, b'@' + (byte & 15));
            }
        }
        Value::Double(number) => {
            push(out, value::DOUBLE);
            let bits = number.to_bits();
            (0..10).for_each(|group| push(out, (bits >> (7 * group)) as u8 & 0x7f));
        }
        Value::Empty => push(out, value::EMPTY),
        Value::Int(number) => {
            push(out, value::INT);
            write_number(out, ((number << 1) ^ (number >> 63)) as u64);
        }
        Value::Map(entries) => {
            let mut entries: Vec<_> = entries.iter().map(|(key, value)| (key, value)).collect();
            sort_unique(&mut entries);
            let mut block = String::new();
            for (key, value) in entries {
                write_block(&mut block, key);
                write_value(&mut block, value, depth + 1);
            }
            push(out, value::MAP);
            write_block(out, &block);
        }
        Value::String(text) => {
            push(out, value::STRING);
            write_block(out, text);
        }
    }
}

fn push(out: &mut String, ascii: u8) {
    out.push(char::from(ascii));
}

fn write_block(out: &mut String, text: &str) {
    write_number(out, text.len() as u64);
    out.push_str(text);
}

fn write_number(out: &mut String, mut number: u64) {
    loop {
        let group = (number & 0x3f) as u8;
        number >>= 6;
        if number == 0 {
            return push(out, group);
        }
        push(out, group | 0x40);
    }
}

/// Reads what the functions above have written; past the end it reads zeros and empty texts.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    #[inline]
    pub(super) fn byte(&mut self) -> u8 {
        let byte = self.text.as_bytes().get(self.at).copied().unwrap_or_default();
        self.at += 1;
        byte
    }

    #[inline]
    fn number(&mut self) -> u64 {
        let first = self.byte();
        if first & 0x40 == 0 {
            return first.into();
        }
        let (mut number, mut shift) = (u64::from(first & 0x3f), 6);
        loop {
            let byte = self.byte();
            number |= u64::from(byte & 0x3f) << shift;
            shift += 6;
            if byte & 0x40 == 0 || shift > 60 {
                return number;
            }
        }
    }

    pub(super) fn signed(&mut self) -> i64 {
        let number = self.number();
        (number >> 1) as i64 ^ -((number & 1) as i64)
    }

    pub(super) fn fixed(&mut self) -> u64 {
        (0..10).fold(0, |bits, group| bits | (u64::from(self.byte()) << (7 * group)))
    }

    #[inline]
    pub(super) fn block(&mut self) -> &'a str {
        let len = self.number() as usize;
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (block, rest) = rest.split_at_checked(len).unwrap_or_default();
        (self.text, self.at) = (rest, 0);
        block
    }
}

/// Attributes in the order of their keys: those of a set, or a map among its values.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entries<'a>(&'a str);

impl<'a> Entries<'a> {
    pub(super) fn new(packed: &'a str) -> Self {
        Self(packed)
    }

    /// The keys with their values, in order.
    pub fn iter(self) -> impl FusedIterator<Item = (&'a str, ValueRef<'a>)> + Clone + use<'a> {
        EntriesIter(Cursor::new(self.0))
    }
}

/// The values of an array among attribute values.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Items<'a>(&'a str);

impl<'a> Items<'a> {
    pub(super) fn new(packed: &'a str) -> Self {
        Self(packed)
    }

    /// The values in order.
    pub fn iter(self) -> impl FusedIterator<Item = ValueRef<'a>> + Clone + use<'a> {
        let mut cursor = Cursor::new(self.0);
        std::iter::from_fn(move || (!cursor.is_at_end()).then(|| ValueRef::read(&mut cursor)))
            .fuse()
    }
}

/// The bytes of an attribute value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Octets<'a>(&'a str);

impl<'a> Octets<'a> {
    pub(super) fn new(packed: &'a str) -> Self {
        Self(packed)
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.0.len() / 2
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The bytes in order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = u8> + Clone + use<'a> {
        self.0.as_bytes().chunks_exact(2).map(|pair| ((pair[0] & 15) << 4) | (pair[1] & 15))
    }
}

impl fmt::Debug for Entries<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl fmt::Debug for Items<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for Octets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[derive(Clone)]
struct EntriesIter<'a>(Cursor<'a>);

impl<'a> Iterator for EntriesIter<'a> {
    type Item = (&'a str, ValueRef<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_at_end() {
            return None;
        }
        let key = self.0.block();
        Some((key, ValueRef::read(&mut self.0)))
    }
}

impl FusedIterator for EntriesIter<'_> {}
