use meterport_core::{ExponentialRows, ExponentialValueRef};

use super::super::field::{buckets, data, exponential};
use super::exemplars::write_exemplars;
use super::out::{Out, Wire, bytes_len, message_len, packed_varints_len, varint_field_len, zigzag};
use super::points::{Head, Kind, Plan, Replay};

type Buckets<'a> = (i32, &'a [u64]);

/// Without bucket and offset there is nothing to say, and the field is left out.
fn is_empty(buckets: Buckets<'_>) -> bool {
    buckets == (0, &[])
}

fn buckets_len((offset, _): Buckets<'_>, counts_len: usize) -> usize {
    varint_field_len(buckets::OFFSET, zigzag(offset)) + bytes_len(buckets::COUNTS, counts_len)
}

fn write_buckets(out: &mut Out<'_>, field: u32, buckets: Buckets<'_>, counts_len: usize) {
    if is_empty(buckets) {
        return;
    }
    let (offset, counts) = buckets;
    out.len_prefix(field, buckets_len(buckets, counts_len));
    if offset != 0 {
        out.tag(buckets::OFFSET, Wire::Varint);
        out.varint(zigzag(offset));
    }
    if !counts.is_empty() {
        out.len_prefix(buckets::COUNTS, counts_len);
        out.packed_varints(counts);
    }
}

fn value_len(value: &ExponentialValueRef<'_>, [positive, negative]: [usize; 2]) -> usize {
    let ExponentialValueRef { stats, .. } = value;
    let fixed = usize::from(stats.count != 0)
        + usize::from(stats.sum.is_some())
        + usize::from(stats.min.is_some())
        + usize::from(stats.max.is_some())
        + usize::from(value.zero_count != 0)
        + usize::from(value.zero_threshold != 0.0);
    let side = |field, buckets: Buckets<'_>, counts_len| {
        if is_empty(buckets) { 0 } else { message_len(field, buckets_len(buckets, counts_len)) }
    };
    fixed * 9
        + varint_field_len(exponential::SCALE, zigzag(value.scale))
        + side(exponential::POSITIVE, value.positive, positive)
        + side(exponential::NEGATIVE, value.negative, negative)
}

impl Kind for ExponentialRows {
    const ATTRIBUTES: u32 = exponential::ATTRIBUTES;
    const EXEMPLARS: Option<u32> = Some(exponential::EXEMPLARS);
    type Scratch = ();

    fn value_len(&self, row: usize, plan: &mut Plan) -> usize {
        let value = self.value(row);
        let sides = [value.positive, value.negative].map(|side| packed_varints_len(side.1));
        let len = plan.dear(value_len(&value, sides));
        plan.dear.extend(sides);
        len
    }

    fn value_len_again(replay: &mut Replay<'_>) -> usize {
        replay.dear()
    }

    fn write(
        &self,
        out: &mut Out<'_>,
        row: usize,
        head: &Head<'_>,
        (): &mut (),
        replay: &mut Replay<'_>,
    ) -> u64 {
        let value = self.value(row);
        out.short_len_prefix(data::POINTS, head.len);
        out.raw(head.attributes);
        head.times.write(out);
        if value.stats.count != 0 {
            out.fixed(exponential::COUNT, value.stats.count);
        }
        let optional = |out: &mut Out<'_>, field, number: Option<f64>| {
            if let Some(number) = number {
                out.fixed(field, number.to_bits());
            }
        };
        optional(out, exponential::SUM, value.stats.sum);
        if value.scale != 0 {
            out.tag(exponential::SCALE, Wire::Varint);
            out.varint(zigzag(value.scale));
        }
        if value.zero_count != 0 {
            out.fixed(exponential::ZERO_COUNT, value.zero_count);
        }
        write_buckets(out, exponential::POSITIVE, value.positive, replay.dear());
        write_buckets(out, exponential::NEGATIVE, value.negative, replay.dear());
        if head.flags != 0 {
            out.tag(exponential::FLAGS, Wire::Varint);
            out.varint(head.flags.into());
        }
        let rounded = write_exemplars(out, exponential::EXEMPLARS, head.exemplars);
        optional(out, exponential::MIN, value.stats.min);
        optional(out, exponential::MAX, value.stats.max);
        if value.zero_threshold != 0.0 {
            out.fixed(exponential::ZERO_THRESHOLD, value.zero_threshold.to_bits());
        }
        rounded
    }
}
