use std::sync::Arc;

use meterport_core::{Exemplar, Flags, MetricData};

use crate::families::Part;
use crate::loss::{Loss, Losses};

/// What sets rows apart from plain ones: they are to be left out, or have exemplars. Read row by
/// row.
pub(super) struct Marks<'a> {
    flags: &'a [(usize, Flags)],
    repeated: &'a [usize],
    exemplars: &'a [(usize, Arc<[Exemplar]>)],
    /// The first row that is marked; `usize::MAX` where there is none.
    next: usize,
}

impl<'a> Marks<'a> {
    /// Of a part; its exemplars only where the format has a place for them.
    pub(super) fn new(part: &'a Part, with_exemplars: bool) -> Self {
        let exemplars = match part.data() {
            MetricData::ExponentialHistogram(data) => data.points.exemplars(),
            MetricData::Histogram(data) => data.points.exemplars(),
            MetricData::Sum(data) if data.monotonic => data.points.exemplars(),
            // A specification has them dropped: `prometheus_and_openmetrics.md`, "Exemplars".
            MetricData::Gauge(_) | MetricData::Sum(_) | MetricData::Summary(_) => &[],
        };
        let mut marks = Self {
            flags: part.flags(),
            repeated: part.repeated(),
            exemplars: if with_exemplars { exemplars } else { &[] },
            next: 0,
        };
        marks.find_next();
        marks
    }

    /// The exemplars of a row, or nothing if it is to be left out. Rows must come in order.
    #[inline(always)]
    pub(super) fn at(&mut self, row: usize, losses: &mut Losses) -> Option<&'a [Exemplar]> {
        if row < self.next { Some(&[]) } else { self.marked(row, losses) }
    }

    /// Of the row that is marked next.
    #[inline(never)]
    fn marked(&mut self, row: usize, losses: &mut Losses) -> Option<&'a [Exemplar]> {
        let mut exemplars: &[Exemplar] = &[];
        if let Some(((at, found), rest)) = self.exemplars.split_first()
            && *at == row
        {
            (exemplars, self.exemplars) = (found, rest);
        }
        let mut is_kept = true;
        if let Some((at, rest)) = self.repeated.split_first()
            && *at == row
        {
            (is_kept, self.repeated) = (false, rest);
        }
        if let Some(((at, flags), rest)) = self.flags.split_first()
            && *at == row
        {
            self.flags = rest;
            if is_kept && flags.no_recorded_value() {
                losses.add(Loss::NoRecordedValue, 1);
                is_kept = false;
            }
        }
        self.find_next();
        is_kept.then_some(exemplars)
    }

    fn find_next(&mut self) {
        let firsts = [
            self.flags.first().map(|mark| mark.0),
            self.repeated.first().copied(),
            self.exemplars.first().map(|mark| mark.0),
        ];
        self.next = firsts.into_iter().flatten().min().unwrap_or(usize::MAX);
    }
}
