use meterport_core::Timestamp;
use meterport_prom::{NativeHistogram, Side};
use prost::encoding::encoded_len_varint;

use super::stamp::{millis, start_millis};
use super::wire::v2::{histogram, series, span};
use super::wire::{put_bits, put_bytes, put_prefix, put_sint, put_sints, put_uint};
use super::{STALE_NAN, number};

/// A native histogram at a time.
pub(super) struct NativePoint<'a> {
    pub(super) histogram: &'a NativeHistogram,
    pub(super) time: Timestamp,
    pub(super) start: Timestamp,
    /// It goes down as well as up.
    pub(super) is_gauge: bool,
    /// It ends its series: its sum is a stale marker.
    pub(super) is_ended: bool,
}

/// `Histogram.ResetHint`: of a gauge, no decrease is a reset.
const GAUGE: u64 = 3;

/// Makes a field of a series of a native histogram. `out` is replaced, `scratch` is for lengths.
pub(super) fn put_native(point: &NativePoint<'_>, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
    let &NativePoint { histogram: native, time, start, is_gauge, is_ended } = point;
    scratch.clear();
    put_uint(scratch, histogram::COUNT, native.count);
    put_bits(scratch, histogram::SUM, if is_ended { STALE_NAN } else { number(native.sum) });
    if native.schema != 0 {
        put_sint(scratch, histogram::SCHEMA, native.schema.into());
    }
    if native.zero_threshold != 0.0 {
        put_bits(scratch, histogram::ZERO_THRESHOLD, native.zero_threshold.to_bits());
    }
    put_uint(scratch, histogram::ZERO_COUNT, native.zero_count);
    put_side(scratch, histogram::NEGATIVE_SPAN, histogram::NEGATIVE_DELTAS, &native.negative);
    put_side(scratch, histogram::POSITIVE_SPAN, histogram::POSITIVE_DELTAS, &native.positive);
    if is_gauge {
        put_uint(scratch, histogram::RESET_HINT, GAUGE);
    }
    put_uint(scratch, histogram::TIMESTAMP, millis(time));
    if !native.custom_values.is_empty() {
        put_prefix(scratch, histogram::CUSTOM_VALUES, native.custom_values.len() * 8);
        native.custom_values.iter().for_each(|bound| scratch.extend(bound.to_le_bytes()));
    }
    let start = start_millis(start, time);
    if start != 0 {
        put_uint(scratch, histogram::START_TIMESTAMP, start);
    }
    out.clear();
    put_bytes(out, series::HISTOGRAM, scratch);
}

fn put_side(out: &mut Vec<u8>, spans: u32, deltas: u32, side: &Side) {
    if side.spans.is_empty() {
        return;
    }
    for one in &side.spans {
        let offset = (one.offset << 1) ^ (one.offset >> 31);
        let len =
            2 + encoded_len_varint(offset as u32 as u64) + encoded_len_varint(one.length.into());
        put_prefix(out, spans, len);
        put_sint(out, span::OFFSET, one.offset.into());
        put_uint(out, span::LENGTH, one.length.into());
    }
    put_sints(out, deltas, side.deltas());
}
