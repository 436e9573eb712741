use meterport_core::{ExponentialHistograms, Histograms};

use super::field::{bucket, histogram, metric, span};
use super::wire::{
    enclose, varint_field_len, write_double, write_message, write_packed_sints, write_prefix,
    write_sint, write_varint,
};
use super::{Rows, Writer, write_start};
use crate::exemplar;
use crate::families::Part;
use crate::histogram::{ExplicitRows, NativeHistogram, Side};
use crate::loss::Loss;

impl Writer<'_, '_> {
    pub(super) fn classic(&mut self, part: &Part, points: &Histograms) {
        let mut values = ExplicitRows::new(points.rows());
        let mut rows = Rows::new(part, true);
        while let Some(row) = rows.next(&mut self.losses) {
            let Some(value) = values.at(row.at) else { break };
            self.value.clear();
            write_varint(&mut self.value, histogram::COUNT, value.total);
            // Without a sum Prometheus would read 0, as if it were one.
            write_double(&mut self.value, histogram::SUM, value.sum.unwrap_or(f64::NAN));
            let mut low = f64::NEG_INFINITY;
            for (bound, count) in value.cumulative() {
                let found = exemplar::newest_within(row.exemplars, low, bound);
                self.bucket(part, bound, count, found);
                low = bound;
            }
            // The infinite bucket goes without saying, but for its exemplar.
            let found = exemplar::newest_within(row.exemplars, low, f64::INFINITY);
            if found.is_some() {
                self.bucket(part, f64::INFINITY, value.total, found);
            }
            write_start(&mut self.value, histogram::START, points.starts().at(row.at));
            self.metric(metric::HISTOGRAM, row.labels);
        }
    }

    fn bucket(
        &mut self,
        part: &Part,
        bound: f64,
        count: u64,
        found: Option<&meterport_core::Exemplar>,
    ) {
        let Some(found) = found else {
            let len = 9 + varint_field_len(bucket::COUNT, count);
            write_prefix(&mut self.value, histogram::BUCKET, len);
            write_varint(&mut self.value, bucket::COUNT, count);
            return write_double(&mut self.value, bucket::BOUND, bound);
        };
        let start = self.value.len();
        write_varint(&mut self.value, bucket::COUNT, count);
        write_double(&mut self.value, bucket::BOUND, bound);
        self.exemplar(bucket::EXEMPLAR, part, found);
        enclose(&mut self.value, histogram::BUCKET, start);
    }

    pub(super) fn native(&mut self, part: &Part, points: &ExponentialHistograms) {
        let mut rows = Rows::new(part, true);
        let mut native = NativeHistogram::default();
        while let Some(row) = rows.next(&mut self.losses) {
            if let Err(loss) = native.read(points.rows().value(row.at)) {
                self.losses.add(loss, 1);
                continue;
            }
            let out = &mut self.value;
            out.clear();
            write_varint(out, histogram::COUNT, native.count);
            write_double(out, histogram::SUM, native.sum);
            write_sint(out, histogram::SCHEMA, native.schema.into());
            write_double(out, histogram::ZERO_THRESHOLD, native.zero_threshold);
            write_varint(out, histogram::ZERO_COUNT, native.zero_count);
            let negative = (histogram::NEGATIVE_SPAN, histogram::NEGATIVE_DELTA);
            write_side(out, negative, &native.negative);
            let positive = (histogram::POSITIVE_SPAN, histogram::POSITIVE_DELTA);
            write_side(out, positive, &native.positive);
            write_start(out, histogram::START, points.starts().at(row.at));
            for one in row.exemplars {
                // "native exemplars MUST have timestamps" (native_histograms.md).
                if one.time.is_set() {
                    self.exemplar(histogram::EXEMPLAR, part, one);
                } else {
                    self.losses.add(Loss::ExemplarWithoutTime, 1);
                }
            }
            self.metric(metric::HISTOGRAM, row.labels);
        }
    }
}

fn write_side(out: &mut Vec<u8>, (spans, deltas): (u32, u32), side: &Side) {
    if side.spans.is_empty() {
        return;
    }
    for one in &side.spans {
        write_message(out, spans, |out| {
            write_sint(out, span::OFFSET, one.offset.into());
            write_varint(out, span::LENGTH, one.length.into());
        });
    }
    write_packed_sints(out, deltas, side.deltas());
}
