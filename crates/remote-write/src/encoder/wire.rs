//! The fields of both versions' messages, and how they are written.

use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};

/// Field numbers of `prometheus.WriteRequest` and what is in it (`prompb/remote.proto` and
/// `prompb/types.proto` of Prometheus).
pub(crate) mod v1 {
    pub(crate) const SERIES: u32 = 1;
    pub(crate) const METADATA: u32 = 3;

    pub(crate) mod series {
        pub(crate) const LABEL: u32 = 1;
        pub(crate) const EXEMPLAR: u32 = 3;
    }
    pub(crate) mod label {
        pub(crate) const NAME: u32 = 1;
        pub(crate) const VALUE: u32 = 2;
    }
    pub(crate) mod exemplar {
        pub(crate) const LABEL: u32 = 1;
    }
    pub(crate) mod metadata {
        pub(crate) const TYPE: u32 = 1;
        pub(crate) const FAMILY: u32 = 2;
        pub(crate) const HELP: u32 = 4;
        pub(crate) const UNIT: u32 = 5;
    }
}

/// Field numbers of `io.prometheus.write.v2.Request` and what is in it (Remote Write 2.0,
/// "Protobuf Message").
pub(crate) mod v2 {
    pub(crate) const SYMBOL: u32 = 4;
    pub(crate) const SERIES: u32 = 5;

    pub(crate) mod series {
        pub(crate) const LABELS: u32 = 1;
        pub(crate) const HISTOGRAM: u32 = 3;
        pub(crate) const EXEMPLAR: u32 = 4;
        pub(crate) const METADATA: u32 = 5;
    }
    pub(crate) mod metadata {
        pub(crate) const TYPE: u32 = 1;
        pub(crate) const HELP: u32 = 3;
        pub(crate) const UNIT: u32 = 4;
    }
    pub(crate) mod histogram {
        pub(crate) const COUNT: u32 = 1;
        pub(crate) const SUM: u32 = 3;
        pub(crate) const SCHEMA: u32 = 4;
        pub(crate) const ZERO_THRESHOLD: u32 = 5;
        pub(crate) const ZERO_COUNT: u32 = 6;
        pub(crate) const NEGATIVE_SPAN: u32 = 8;
        pub(crate) const NEGATIVE_DELTAS: u32 = 9;
        pub(crate) const POSITIVE_SPAN: u32 = 11;
        pub(crate) const POSITIVE_DELTAS: u32 = 12;
        pub(crate) const RESET_HINT: u32 = 14;
        pub(crate) const TIMESTAMP: u32 = 15;
        pub(crate) const CUSTOM_VALUES: u32 = 16;
        pub(crate) const START_TIMESTAMP: u32 = 17;
    }
    pub(crate) mod span {
        pub(crate) const OFFSET: u32 = 1;
        pub(crate) const LENGTH: u32 = 2;
    }
}

/// A sample and an exemplar have these in both versions.
pub(crate) const SAMPLE: u32 = 2;
pub(crate) mod sample {
    pub(crate) const VALUE: u32 = 1;
    pub(crate) const TIMESTAMP: u32 = 2;
    pub(crate) const START_TIMESTAMP: u32 = 3;
}
pub(crate) mod exemplar {
    /// References to symbols, in 2.0.
    pub(crate) const LABELS: u32 = 1;
    pub(crate) const VALUE: u32 = 2;
    pub(crate) const TIMESTAMP: u32 = 3;
}

/// The key of a field whose number is below 16, which is one byte.
pub(crate) const fn key(field: u32, wire: WireType) -> u8 {
    ((field << 3) | wire as u32) as u8
}

#[inline(always)]
pub(crate) fn put_varint(out: &mut Vec<u8>, number: u64) {
    match number {
        0..0x80 => out.push(number as u8),
        0x80..0x4000 => out.extend_from_slice(&[number as u8 | 0x80, (number >> 7) as u8]),
        _ => encode_varint(number, out),
    }
}

pub(crate) fn put_prefix(out: &mut Vec<u8>, field: u32, len: usize) {
    encode_key(field, WireType::LengthDelimited, out);
    encode_varint(len as u64, out);
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    put_prefix(out, field, bytes.len());
    out.extend_from_slice(bytes);
}

/// A number, also where it is zero: a field of a `oneof` is only there if it is written.
pub(crate) fn put_uint(out: &mut Vec<u8>, field: u32, number: u64) {
    encode_key(field, WireType::Varint, out);
    encode_varint(number, out);
}

pub(crate) fn put_sint(out: &mut Vec<u8>, field: u32, number: i64) {
    put_uint(out, field, zigzag(number));
}

/// A float, given by its bits.
pub(crate) fn put_bits(out: &mut Vec<u8>, field: u32, bits: u64) {
    encode_key(field, WireType::SixtyFourBit, out);
    out.extend_from_slice(&bits.to_le_bytes());
}

/// Signed numbers side by side.
pub(crate) fn put_sints(out: &mut Vec<u8>, field: u32, numbers: impl Iterator<Item = i64> + Clone) {
    let len = numbers.clone().map(|number| encoded_len_varint(zigzag(number))).sum();
    put_prefix(out, field, len);
    numbers.for_each(|number| encode_varint(zigzag(number), out));
}

const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

/// A label of 1.0 as a field of what has it.
pub(crate) fn put_label(out: &mut Vec<u8>, field: u32, name: &str, value: &str) {
    let len = |text: &str| 1 + encoded_len_varint(text.len() as u64) + text.len();
    put_prefix(out, field, len(name) + len(value));
    put_bytes(out, v1::label::NAME, name.as_bytes());
    put_bytes(out, v1::label::VALUE, value.as_bytes());
}
