use std::sync::Arc;

use meterport_core::{Exemplar, Flags, MetricData};

use crate::families::Part;
use crate::loss::{Loss, Losses};

/// What sets rows apart from plain ones: they are to be left out, or have exemplars. Read row by
/// row.
#[derive(Clone, Debug)]
pub struct Marks<'a> {
    flags: &'a [(usize, Flags)],
    repeated: &'a [usize],
    exemplars: &'a [(usize, Arc<[Exemplar]>)],
    /// The first row that is marked; `usize::MAX` where there is none.
    next: usize,
}

/// What is to be done with a row.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "an encoder must know every case")]
pub enum Mark<'a> {
    /// Its series has ended: there is no value.
    Ended,
    /// It is to be left out, and counted: an earlier row has the same labels.
    Repeated,
    /// It is written, with these exemplars.
    Written(&'a [Exemplar]),
}

impl<'a> Marks<'a> {
    /// Of a part; its exemplars only where the format has a place for them.
    pub fn new(part: &'a Part, with_exemplars: bool) -> Self {
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

    /// What is to be done with a row. Rows must come in order.
    #[inline(always)]
    pub fn read(&mut self, row: usize) -> Mark<'a> {
        if row < self.next { Mark::Written(&[]) } else { self.read_marked(row) }
    }

    #[inline(never)]
    fn read_marked(&mut self, row: usize) -> Mark<'a> {
        let mut mark = Mark::Written(&[]);
        if let Some(((at, found), rest)) = self.exemplars.split_first()
            && *at == row
        {
            (mark, self.exemplars) = (Mark::Written(found), rest);
        }
        if let Some(((at, flags), rest)) = self.flags.split_first()
            && *at == row
        {
            self.flags = rest;
            if flags.no_recorded_value() {
                mark = Mark::Ended;
            }
        }
        if let Some((at, rest)) = self.repeated.split_first()
            && *at == row
        {
            (mark, self.repeated) = (Mark::Repeated, rest);
        }
        self.find_next();
        mark
    }

    /// The exemplars of a row, or nothing if it is to be left out: what has ended is not to be seen
    /// in a scrape. Rows must come in order.
    #[inline(always)]
    pub(super) fn at(&mut self, row: usize, losses: &mut Losses) -> Option<&'a [Exemplar]> {
        match self.read(row) {
            Mark::Written(exemplars) => Some(exemplars),
            Mark::Repeated => None,
            Mark::Ended => {
                losses.add(Loss::NoRecordedValue, 1);
                None
            }
        }
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
