//! The messages of `io.prometheus.client`, field by field in ascending order.

use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len};

/// Field numbers, as `io/prometheus/client/metrics.proto` of Prometheus gives them.
pub(super) mod field {
    macro_rules! fields {
        ($($message:ident { $($field:ident = $number:literal),+ $(,)? })+) => {$(
            pub(in super::super) mod $message {
                $(pub(in super::super::super) const $field: u32 = $number;)+
            }
        )+};
    }

    fields! {
        family { NAME = 1, HELP = 2, TYPE = 3, METRIC = 4, UNIT = 5 }
        metric { LABEL = 1, GAUGE = 2, COUNTER = 3, SUMMARY = 4, UNTYPED = 5, HISTOGRAM = 7 }
        label { NAME = 1, VALUE = 2 }
        number { VALUE = 1 }
        counter { EXEMPLAR = 2, START = 3 }
        summary { COUNT = 1, SUM = 2, QUANTILE = 3, START = 4 }
        quantile { QUANTILE = 1, VALUE = 2 }
        histogram {
            COUNT = 1, SUM = 2, BUCKET = 3, SCHEMA = 5, ZERO_THRESHOLD = 6, ZERO_COUNT = 7,
            NEGATIVE_SPAN = 9, NEGATIVE_DELTA = 10, POSITIVE_SPAN = 12, POSITIVE_DELTA = 13,
            START = 15, EXEMPLAR = 16,
        }
        bucket { COUNT = 1, BOUND = 2, EXEMPLAR = 3 }
        span { OFFSET = 1, LENGTH = 2 }
        exemplar { LABEL = 1, VALUE = 2, TIMESTAMP = 3 }
        timestamp { SECONDS = 1, NANOS = 2 }
    }
}

/// Numbers are written also where they are zero: in proto2, which others read these messages
/// with, that is not the same as nothing.
pub(super) fn write_double(out: &mut Vec<u8>, field: u32, number: f64) {
    encode_key(field, WireType::SixtyFourBit, out);
    out.extend_from_slice(&number.to_le_bytes());
}

pub(super) fn write_varint(out: &mut Vec<u8>, field: u32, number: u64) {
    encode_key(field, WireType::Varint, out);
    encode_varint(number, out);
}

pub(super) fn write_sint(out: &mut Vec<u8>, field: u32, number: i64) {
    write_varint(out, field, zigzag(number));
}

pub(super) fn write_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    write_prefix(out, field, bytes.len());
    out.extend_from_slice(bytes);
}

/// The beginning of a message of so many bytes.
#[inline(always)]
pub(super) fn write_prefix(out: &mut Vec<u8>, field: u32, len: usize) {
    encode_key(field, WireType::LengthDelimited, out);
    encode_varint(len as u64, out);
}

/// What a message of so many bytes takes, with its beginning.
pub(super) fn message_len(field: u32, len: usize) -> usize {
    key_len(field) + encoded_len_varint(len as u64) + len
}

/// A message whose length is known only once it is written, by `write`.
pub(super) fn write_message(out: &mut Vec<u8>, field: u32, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    write(out);
    enclose(out, field, start);
}

/// Makes what is written from `start` on a message: room is made for its beginning.
pub(super) fn enclose(out: &mut Vec<u8>, field: u32, start: usize) {
    let len = out.len() - start;
    let prefix = message_len(field, len) - len;
    out.resize(out.len() + prefix, 0);
    out.copy_within(start..start + len, start + prefix);
    let mut beginning = &mut out[start..start + prefix];
    encode_key(field, WireType::LengthDelimited, &mut beginning);
    encode_varint(len as u64, &mut beginning);
}

/// Signed numbers side by side.
pub(super) fn write_packed_sints(
    out: &mut Vec<u8>,
    field: u32,
    numbers: impl Iterator<Item = i64> + Clone,
) {
    let len = numbers.clone().map(|number| encoded_len_varint(zigzag(number))).sum();
    write_prefix(out, field, len);
    numbers.for_each(|number| encode_varint(zigzag(number), out));
}

const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}
