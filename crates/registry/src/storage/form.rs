//! The values of a series side by side, so that they are hashed and compared as one run of bytes.

use crate::attributes::AttributeValue;

/// The values of a measurement, in memory of its own.
pub(crate) struct Form {
    bytes: [u8; ROOM],
    len: usize,
}

/// Measurements with longer values are looked up as a whole set.
const ROOM: usize = 256;

/// A kind and a number come before a text.
const HEAD: usize = 9;

const WORD: usize = size_of::<u64>();

impl Form {
    #[inline]
    pub(crate) fn new() -> Self {
        Self { bytes: [0; ROOM], len: 0 }
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Puts a value at the end; says whether there was room.
    #[inline]
    pub(crate) fn push(&mut self, value: AttributeValue<'_>) -> bool {
        let (head, text) = parts(value);
        let end = self.len + HEAD + text.len();
        let Some(room) = self.bytes.get_mut(self.len..end) else { return false };
        let (room_of_head, room_of_text) = room.split_at_mut(HEAD);
        room_of_head.copy_from_slice(&head);
        copy(text, room_of_text);
        self.len = end;
        true
    }
}

/// Copies a text to memory of its length. Most are short, and a call would cost more than it does.
#[inline]
fn copy(from: &[u8], to: &mut [u8]) {
    if from.len() > 2 * WORD {
        return to.copy_from_slice(from);
    }
    // From both ends, which meet or overlap.
    if let (Some(first), Some(last)) = (from.first_chunk::<WORD>(), from.last_chunk::<WORD>()) {
        to[..WORD].copy_from_slice(first);
        let rest = to.len() - WORD;
        return to[rest..].copy_from_slice(last);
    }
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

/// The same into memory that grows.
pub(crate) fn write_form(form: &mut Vec<u8>, value: AttributeValue<'_>) {
    let (head, text) = parts(value);
    form.extend_from_slice(&head);
    form.extend_from_slice(text);
}

/// Values are equal if their parts are, but for those that are not plain.
#[inline]
fn parts(value: AttributeValue<'_>) -> ([u8; HEAD], &[u8]) {
    use AttributeValue as V;
    let (kind, number, text): (u8, u64, &[u8]) = match value {
        V::Bool(truth) => (1, truth.into(), &[]),
        V::Double(number) => (2, number.to_bits(), &[]),
        V::Empty => (3, 0, &[]),
        V::Int(number) => (4, number as u64, &[]),
        V::String(text) => (5, text.len() as u64, text.as_bytes()),
        V::Kept(_) | V::Value(_) => (6, 0, &[]),
    };
    let mut head = [kind; HEAD];
    head[1..].copy_from_slice(&number.to_le_bytes());
    (head, text)
}
