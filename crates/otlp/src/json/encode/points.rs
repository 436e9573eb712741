use meterport_core::{
    Bounds, Exemplar, ExponentialRows, ExponentialValueRef, HistogramRows, HistogramValueRef,
    Number, NumberRows, Points, Rows, Stats, SummaryRows, SummaryValueRef, Timestamp,
};

use super::attributes::{AttributesKey, Remembered, write_attributes};
use super::writer::{Writer, name};

/// A kind of point.
pub(super) trait Kind: Rows {
    fn write<'a>(value: Self::Ref<'a>, out: &mut Writer<'_>, bounds: &mut BoundsText<'a>);
}

/// The points of a metric, left out if there is none.
pub(super) fn write_points<R: Kind>(out: &mut Writer<'_>, points: &Points<R>) {
    if points.is_empty() {
        return;
    }
    out.open(name!("dataPoints"), b'[');
    let mut times = TimesText::default();
    let mut bounds = BoundsText::default();
    let mut rest = points.iter();
    for run in points.series().runs() {
        let chunk = run.chunk();
        let attributes = chunk.memo().remember(&AttributesKey, || Remembered::of(chunk));
        for (row, point) in run.rows().zip(&mut rest) {
            out.raw(b"{");
            out.raw(attributes.row(row));
            times.write(out, point.start, point.time);
            R::write(point.value, out, &mut bounds);
            write_exemplars(out, point.exemplars);
            out.i32(name!("flags"), point.flags.bits().into());
            out.close(b'}');
            out.pause();
        }
    }
    out.close(b']');
}

/// Most points of a metric have the times of the point before.
#[derive(Default)]
struct TimesText {
    of: Option<(Timestamp, Timestamp)>,
    text: Vec<u8>,
}

impl TimesText {
    fn write(&mut self, out: &mut Writer<'_>, start: Timestamp, time: Timestamp) {
        if self.of != Some((start, time)) {
            let from = out.len();
            out.u64(name!("startTimeUnixNano"), start.as_nanos());
            out.u64(name!("timeUnixNano"), time.as_nanos());
            self.of = Some((start, time));
            self.text.clear();
            self.text.extend_from_slice(out.since(from));
        } else {
            out.raw(&self.text);
        }
    }
}

/// Most points of a histogram have the bounds of the point before.
#[derive(Default)]
pub(super) struct BoundsText<'a> {
    of: Option<&'a Bounds>,
    text: Vec<u8>,
}

impl<'a> BoundsText<'a> {
    fn write(&mut self, out: &mut Writer<'_>, bounds: &'a Bounds) {
        let same = |of: &Bounds| std::ptr::eq(of.as_slice(), bounds.as_slice());
        if self.of.is_some_and(same) {
            out.raw(&self.text);
        } else {
            let from = out.len();
            out.doubles(name!("explicitBounds"), bounds.as_slice());
            self.of = Some(bounds);
            self.text.clear();
            self.text.extend_from_slice(out.since(from));
        }
    }
}

/// OTLP has signed integers and floats: what is too large for the one becomes the other.
fn write_number(out: &mut Writer<'_>, number: Number) {
    match number.normalised() {
        Number::F64(number) => out.double(name!("asDouble"), number),
        Number::I64(number) => {
            out.raw(name!("asInt").as_bytes());
            out.quoted(number);
        }
        Number::U64(number) => {
            out.double(name!("asDouble"), number as f64);
            out.rounded += 1;
        }
    }
}

fn write_exemplars(out: &mut Writer<'_>, exemplars: &[Exemplar]) {
    if exemplars.is_empty() {
        return;
    }
    out.open(name!("exemplars"), b'[');
    for exemplar in exemplars {
        out.raw(b"{");
        let filtered = &exemplar.filtered_attributes;
        write_attributes(out, name!("filteredAttributes"), filtered.entries());
        out.u64(name!("timeUnixNano"), exemplar.time.as_nanos());
        write_number(out, exemplar.value);
        if let Some(id) = &exemplar.span_id {
            out.hex(name!("spanId"), id.as_bytes());
        }
        if let Some(id) = &exemplar.trace_id {
            out.hex(name!("traceId"), id.as_bytes());
        }
        out.close(b'}');
    }
    out.close(b']');
}

fn write_stats(out: &mut Writer<'_>, stats: Stats) {
    out.u64(name!("count"), stats.count);
    out.optional(name!("sum"), stats.sum);
    out.optional(name!("min"), stats.min);
    out.optional(name!("max"), stats.max);
}

impl Kind for NumberRows {
    fn write<'a>(number: Number, out: &mut Writer<'_>, _: &mut BoundsText<'a>) {
        write_number(out, number);
    }
}

impl Kind for HistogramRows {
    fn write<'a>(value: HistogramValueRef<'a>, out: &mut Writer<'_>, text: &mut BoundsText<'a>) {
        let HistogramValueRef { stats, buckets, .. } = value;
        write_stats(out, stats);
        if let Some((bounds, counts)) = buckets {
            out.u64s(name!("bucketCounts"), counts);
            text.write(out, bounds);
        }
    }
}

impl Kind for ExponentialRows {
    fn write<'a>(value: ExponentialValueRef<'a>, out: &mut Writer<'_>, _: &mut BoundsText<'a>) {
        write_stats(out, value.stats);
        out.i32(name!("scale"), value.scale.into());
        out.u64(name!("zeroCount"), value.zero_count);
        let mut side = |name, (offset, counts): (i32, &[u64])| {
            if offset != 0 || !counts.is_empty() {
                out.open(name, b'{');
                out.i32(name!("offset"), offset.into());
                out.u64s(name!("bucketCounts"), counts);
                out.close(b'}');
            }
        };
        side(name!("positive"), value.positive);
        side(name!("negative"), value.negative);
        out.nonzero(name!("zeroThreshold"), value.zero_threshold);
    }
}

impl Kind for SummaryRows {
    fn write<'a>(value: SummaryValueRef<'a>, out: &mut Writer<'_>, _: &mut BoundsText<'a>) {
        let SummaryValueRef { count, sum, quantiles, .. } = value;
        out.u64(name!("count"), count);
        out.nonzero(name!("sum"), sum);
        if quantiles.is_empty() {
            return;
        }
        out.open(name!("quantileValues"), b'[');
        for quantile in quantiles {
            out.raw(b"{");
            out.nonzero(name!("quantile"), quantile.quantile);
            out.nonzero(name!("value"), quantile.value);
            out.close(b'}');
        }
        out.close(b']');
    }
}
