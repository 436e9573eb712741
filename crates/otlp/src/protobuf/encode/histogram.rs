use meterport_core::{Bounds, HistogramRows, Stretch};

use super::super::field::histogram;
use super::exemplars::write_exemplars;
use super::out::{Out, Wire, bytes_len};
use super::points::{Head, Kind, Plan, Replay};

/// Which stretch the row before was in, and its bounds as they are written.
#[derive(Default)]
pub(super) struct Stretches {
    at: usize,
    bounds: Option<Vec<u8>>,
}

impl Stretches {
    /// The stretch of `row`; rows must come in order.
    fn of<'r>(&mut self, rows: &'r HistogramRows, row: usize) -> &'r Stretch {
        let stretches = rows.stretches();
        while stretches[self.at].rows.end <= row {
            self.at += 1;
            self.bounds = None;
        }
        &stretches[self.at]
    }

    /// The bounds of the present stretch, tag and length included.
    fn bounds(&mut self, bounds: &Bounds) -> &[u8] {
        self.bounds.get_or_insert_with(|| {
            let bounds = bounds.as_slice();
            let mut out = Out::whole(bytes_len(histogram::BOUNDS, bounds.len() * 8));
            if !bounds.is_empty() {
                out.len_prefix(histogram::BOUNDS, bounds.len() * 8);
                out.packed_fixed(bounds, f64::to_bits);
            }
            out.finish()
        })
    }
}

fn stretch(rows: &HistogramRows, row: usize) -> &Stretch {
    let stretches = rows.stretches();
    match stretches {
        [only] => only,
        _ => &stretches[stretches.partition_point(|stretch| stretch.rows.end <= row)],
    }
}

fn value_len(rows: &HistogramRows, row: usize) -> usize {
    let width = stretch(rows, row).width();
    let stats = &rows.stats().numbers()[row];
    let present = rows.stats().present().at(row);
    let fixed = usize::from(stats.count != 0)
        + usize::from(present.sum)
        + usize::from(present.min)
        + usize::from(present.max);
    fixed * 9
        + bytes_len(histogram::COUNTS, width * 8)
        + bytes_len(histogram::BOUNDS, width.saturating_sub(1) * 8)
}

impl Kind for HistogramRows {
    const ATTRIBUTES: u32 = histogram::ATTRIBUTES;
    const EXEMPLARS: Option<u32> = Some(histogram::EXEMPLARS);
    type Scratch = Stretches;

    fn value_len(&self, row: usize, plan: &mut Plan) -> usize {
        plan.dear(value_len(self, row))
    }

    fn value_len_again(replay: &mut Replay<'_>) -> usize {
        replay.dear()
    }

    #[inline(always)]
    fn write(
        &self,
        out: &mut Out<'_>,
        row: usize,
        head: &Head<'_>,
        stretches: &mut Stretches,
        _: &mut Replay<'_>,
    ) -> u64 {
        let stats = &self.stats().numbers()[row];
        let present = self.stats().present().at(row);
        if stats.count != 0 {
            head.begin_with(out, histogram::COUNT, stats.count);
        } else {
            head.begin(out);
        }
        if present.sum {
            out.fixed(histogram::SUM, stats.sum.to_bits());
        }
        let stretch = stretches.of(self, row);
        if let Some(bounds) = &stretch.bounds {
            let width = stretch.width();
            let at = stretch.counts_at + (row - stretch.rows.start) * width;
            out.short_len_prefix(histogram::COUNTS, width * 8);
            out.packed_fixed(&self.counts()[at..at + width], |count| count);
            out.raw(stretches.bounds(bounds));
        }
        let rounded = if head.exemplars.is_empty() {
            0
        } else {
            write_exemplars(out, histogram::EXEMPLARS, head.exemplars)
        };
        out.raw(head.attributes);
        if head.flags != 0 {
            out.tag(histogram::FLAGS, Wire::Varint);
            out.varint(head.flags.into());
        }
        let (min, max) = (stats.min.to_bits(), stats.max.to_bits());
        match (present.min, present.max) {
            (true, true) => out.fixed_pair((histogram::MIN, min), (histogram::MAX, max)),
            (true, false) => out.fixed(histogram::MIN, min),
            (false, true) => out.fixed(histogram::MAX, max),
            (false, false) => {}
        }
        rounded
    }
}
