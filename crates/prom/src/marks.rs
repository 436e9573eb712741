use std::sync::Arc;

use meterport_core::{Exemplar, Flags, MetricData};

use crate::families::Part;
use crate::loss::{Loss, Losses};

/// What sets rows apart from plain ones: they are to be left out, or have exemplars. Read row by
/// row.
pub(crate) struct Marks<'a> {
    flags: &'a [(usize, Flags)],
    repeated: &'a [usize],
    exemplars: &'a [(usize, Arc<[Exemplar]>)],
}

impl<'a> Marks<'a> {
    /// Of a part; its exemplars only where the format has a place for them.
    pub(crate) fn new(part: &'a Part, with_exemplars: bool) -> Self {
        let exemplars = match part.data() {
            MetricData::ExponentialHistogram(data) => data.points.exemplars(),
            MetricData::Histogram(data) => data.points.exemplars(),
            MetricData::Sum(data) if data.monotonic => data.points.exemplars(),
            // A specification has them dropped: `prometheus_and_openmetrics.md`, "Exemplars".
            MetricData::Gauge(_) | MetricData::Sum(_) | MetricData::Summary(_) => &[],
        };
        Self {
            flags: part.flags(),
            repeated: part.repeated(),
            exemplars: if with_exemplars { exemplars } else { &[] },
        }
    }

    /// Whether a row before `end` is marked.
    pub(crate) fn within(&self, end: usize) -> bool {
        self.flags.first().is_some_and(|mark| mark.0 < end)
            || self.repeated.first().is_some_and(|row| *row < end)
            || self.exemplars.first().is_some_and(|mark| mark.0 < end)
    }

    /// The exemplars of a row, or nothing if it is to be left out. Rows must come in order.
    pub(crate) fn at(&mut self, row: usize, losses: &mut Losses) -> Option<&'a [Exemplar]> {
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
        is_kept.then_some(exemplars)
    }
}
