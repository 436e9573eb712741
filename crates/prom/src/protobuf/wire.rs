//! Protobuf's wire format: fields appended to a buffer. Numbers are written also where they are
//! zero: in proto2, and in a `oneof`, that is not the same as nothing.

use crate::append::append;

/// How a field's value is written.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums, reason = "those that the formats here have")]
pub enum Wire {
    /// A number, seven bits a byte.
    Varint = 0,
    /// Eight bytes.
    Fixed64 = 1,
    /// A length, and so many bytes.
    Len = 2,
}

/// Fields of a lower number have a key of one byte.
const SHORT_KEYS: u32 = 16;

/// What a field begins with: one byte for numbers below 16.
#[inline(always)]
pub const fn key(field: u32, wire: Wire) -> u32 {
    field << 3 | wire as u32
}

/// The bytes that a number takes, seven bits in each.
#[inline(always)]
pub const fn varint_len(number: u64) -> usize {
    // Seven bits a byte, rounded up; zero has one, too.
    ((70 - (number | 1).leading_zeros()) / 7) as usize
}

/// A number, seven bits a byte, without a key.
#[inline(always)]
pub fn put_varint(out: &mut Vec<u8>, number: u64) {
    match number {
        0..0x80 => out.push(number as u8),
        0x80..0x4000 => out.extend_from_slice(&[number as u8 | 0x80, (number >> 7) as u8]),
        number => put_long_varint(out, number),
    }
}

#[inline(never)]
fn put_long_varint(out: &mut Vec<u8>, mut number: u64) {
    let mut bytes = [0; 10];
    let mut len = 0;
    while number >= 0x80 {
        bytes[len] = number as u8 | 0x80;
        number >>= 7;
        len += 1;
    }
    bytes[len] = number as u8;
    append(out, bytes, len + 1);
}

#[inline(always)]
pub(super) fn write_double(out: &mut Vec<u8>, field: u32, number: f64) {
    write_bits(out, field, number.to_bits());
}

/// A float, given by its bits: so that no NaN changes on the way. The number of the field is below
/// 16.
#[inline(always)]
pub fn write_bits(out: &mut Vec<u8>, field: u32, bits: u64) {
    debug_assert!(field < SHORT_KEYS, "the key is one byte");
    let mut all = [0; 9];
    all[0] = key(field, Wire::Fixed64) as u8;
    all[1..].copy_from_slice(&bits.to_le_bytes());
    out.extend_from_slice(&all);
}

/// A number that is not negative.
#[inline(always)]
pub fn write_varint(out: &mut Vec<u8>, field: u32, number: u64) {
    put_varint(out, key(field, Wire::Varint).into());
    put_varint(out, number);
}

/// A number that may be negative, in zigzag form.
pub fn write_sint(out: &mut Vec<u8>, field: u32, number: i64) {
    write_varint(out, field, zigzag(number));
}

/// Bytes, a text or a message that is there.
#[inline(always)]
pub fn write_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    write_prefix(out, field, bytes.len());
    out.extend_from_slice(bytes);
}

/// The beginning of a message of so many bytes.
#[inline(always)]
pub fn write_prefix(out: &mut Vec<u8>, field: u32, len: usize) {
    let (key, low) = (key(field, Wire::Len), len as u32);
    match len {
        _ if field >= SHORT_KEYS => {}
        0..0x80 => return append(out, (key | low << 8).to_le_bytes(), 2),
        0x80..0x4000 => {
            let bytes = key | (low & 0x7f | 0x80) << 8 | low >> 7 << 16;
            return append(out, bytes.to_le_bytes(), 3);
        }
        _ => {}
    }
    put_varint(out, key.into());
    put_varint(out, len as u64);
}

/// What a message of so many bytes takes, with its beginning.
pub(super) const fn message_len(field: u32, len: usize) -> usize {
    varint_len(key(field, Wire::Len) as u64) + varint_len(len as u64) + len
}

/// What a number takes, with its key.
pub(super) const fn varint_field_len(field: u32, number: u64) -> usize {
    varint_len(key(field, Wire::Varint) as u64) + varint_len(number)
}

/// A message whose length is known only once it is written, by `write`.
pub(super) fn write_message(out: &mut Vec<u8>, field: u32, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    write(out);
    enclose(out, field, start);
}

/// Makes what is written from `start` on a message: room is made for its beginning.
pub(super) fn enclose(out: &mut Vec<u8>, field: u32, start: usize) {
    let (end, len) = (out.len(), out.len() - start);
    write_prefix(out, field, len);
    let taken = out.len() - end;
    out[start..].rotate_right(taken);
}

/// What is written from `start` on gets its length in front, for which `room` bytes were left.
pub(super) fn delimit(out: &mut Vec<u8>, start: usize, room: usize) {
    let end = out.len();
    let len = end - start - room;
    put_varint(out, len as u64);
    let taken = out.len() - end;
    let mut bytes = [0; 10];
    bytes[..taken].copy_from_slice(&out[end..]);
    out.truncate(end);
    if taken > room {
        out.resize(end + taken - room, 0);
    }
    out.copy_within(start + room..end, start + taken);
    out.truncate(start + taken + len);
    out[start..start + taken].copy_from_slice(&bytes[..taken]);
}

/// Signed numbers side by side, in zigzag form.
pub fn write_packed_sints(
    out: &mut Vec<u8>,
    field: u32,
    numbers: impl Iterator<Item = i64> + Clone,
) {
    let len = numbers.clone().map(|number| varint_len(zigzag(number))).sum();
    write_prefix(out, field, len);
    numbers.for_each(|number| put_varint(out, zigzag(number)));
}

const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers around each length of a varint.
    fn numbers() -> impl Iterator<Item = u64> {
        (0..64).flat_map(|bits| [(1 << bits) - 1, 1 << bits, u64::MAX >> bits])
    }

    #[test]
    fn varints_read_back() {
        for number in numbers() {
            let mut out = Vec::new();
            put_varint(&mut out, number);
            assert_eq!(out.len(), varint_len(number), "{number}");
            let read = out.iter().rev().fold(0, |read, byte| read << 7 | u64::from(byte & 0x7f));
            assert_eq!(read, number);
            let (last, others) = out.split_last().unwrap();
            assert!(*last < 0x80 && others.iter().all(|byte| *byte >= 0x80), "{out:x?}");
        }
    }

    #[test]
    fn beginnings_are_key_and_length() {
        for field in [1, 15, 16, 2_047, 2_048] {
            for len in [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, 1 << 21] {
                let (mut expected, mut out) = (Vec::new(), Vec::new());
                put_varint(&mut expected, u64::from(field << 3 | 2));
                put_varint(&mut expected, len as u64);
                write_prefix(&mut out, field, len);
                assert_eq!(out, expected, "{field}, {len}");
                assert_eq!(message_len(field, len), out.len() + len);
            }
        }
    }

    #[test]
    fn beginnings_come_in_front_of_what_is_there() {
        for len in [0, 1, 0x7f, 0x80, 0x4000, 1 << 21] {
            let body: Vec<_> = (0..len).map(|at| at as u8).collect();
            let mut expected = b"before".to_vec();
            write_bytes(&mut expected, 7, &body);
            let mut out = b"before".to_vec();
            write_message(&mut out, 7, |out| out.extend_from_slice(&body));
            assert_eq!(out, expected);

            let mut expected = b"before".to_vec();
            put_varint(&mut expected, len as u64);
            expected.extend_from_slice(&body);
            for room in 0..5 {
                let mut out = b"before".to_vec();
                out.resize(out.len() + room, 0);
                out.extend_from_slice(&body);
                delimit(&mut out, 6, room);
                assert_eq!(out, expected, "{len} in {room}");
            }
        }
    }
}
