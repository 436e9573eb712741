use meterport_core::Timestamp;
use meterport_prom::encoding::wire::{
    varint_len, write_bits, write_bytes, write_packed_sints, write_prefix, write_sint, write_varint,
};
use meterport_prom::{NativeHistogram, Side};

use super::stamp::{millis, start_millis};
use super::wire::v2::{histogram, series, span};
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
    write_varint(scratch, histogram::COUNT, native.count);
    write_bits(scratch, histogram::SUM, if is_ended { STALE_NAN } else { number(native.sum) });
    if native.schema != 0 {
        write_sint(scratch, histogram::SCHEMA, native.schema.into());
    }
    if native.zero_threshold != 0.0 {
        write_bits(scratch, histogram::ZERO_THRESHOLD, native.zero_threshold.to_bits());
    }
    write_varint(scratch, histogram::ZERO_COUNT, native.zero_count);
    put_side(scratch, histogram::NEGATIVE_SPAN, histogram::NEGATIVE_DELTAS, &native.negative);
    put_side(scratch, histogram::POSITIVE_SPAN, histogram::POSITIVE_DELTAS, &native.positive);
    if is_gauge {
        write_varint(scratch, histogram::RESET_HINT, GAUGE);
    }
    write_varint(scratch, histogram::TIMESTAMP, millis(time));
    if !native.custom_values.is_empty() {
        write_prefix(scratch, histogram::CUSTOM_VALUES, native.custom_values.len() * 8);
        native.custom_values.iter().for_each(|bound| scratch.extend(bound.to_le_bytes()));
    }
    let start = start_millis(start, time);
    if start != 0 {
        write_varint(scratch, histogram::START_TIMESTAMP, start);
    }
    out.clear();
    write_bytes(out, series::HISTOGRAM, scratch);
}

fn put_side(out: &mut Vec<u8>, spans: u32, deltas: u32, side: &Side) {
    if side.spans.is_empty() {
        return;
    }
    for one in &side.spans {
        let offset = (one.offset << 1) ^ (one.offset >> 31);
        let len = 2 + varint_len(offset as u32 as u64) + varint_len(one.length.into());
        write_prefix(out, spans, len);
        write_sint(out, span::OFFSET, one.offset.into());
        write_varint(out, span::LENGTH, one.length.into());
    }
    write_packed_sints(out, deltas, side.deltas());
}
