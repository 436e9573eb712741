use meterport_core::{Exemplar, Number, Numbers, Timestamp};

use super::head::Head;
use super::line::write_time;
use super::names::Announced;
use super::{Rows, Version, Writer};
use crate::exemplar;
use crate::families::{FamilyKind, Part};
use crate::loss::Loss;
use crate::number::{is_rounded, write_f64, write_i64, write_u64};

impl Writer<'_, '_> {
    pub(super) fn numbers(
        &mut self,
        announced: Announced<'_>,
        name: &str,
        part: &Part,
        points: &Numbers,
    ) {
        let is_counter = announced.kind == FamilyKind::Counter;
        let head = Head::new(name, "");
        let created = match self.created && is_counter {
            true => Some(Head::new(announced.name, "_created")),
            false => None,
        };
        let has_start = is_counter && self.version == Version::OpenMetrics2;
        // OpenMetrics has no counters that are negative or NaN ("Counter").
        let is_strict = is_counter && self.version != Version::Plain;
        let mut rows = Rows::new(part, is_strict);
        while let Some(row) = rows.next(&mut self.losses) {
            let value = points.value(row.at);
            if is_strict && !is_count(value) {
                self.losses.add(Loss::ForbiddenValue, 1);
                continue;
            }
            head.write(&mut self.out.bytes, row.labels);
            self.number(value);
            if has_start {
                self.start_time(points.starts().at(row.at));
            }
            if !row.exemplars.is_empty() {
                self.exemplars_of_counter(part, row.exemplars);
            }
            self.out.bytes.push(b'\n');
            if let Some(created) = &created {
                self.created_line(created, row.labels, points.starts().at(row.at));
            }
            self.out.pause();
        }
    }

    /// OpenMetrics 1.0 has a place for one.
    #[inline(never)]
    fn exemplars_of_counter(&mut self, part: &Part, exemplars: &[Exemplar]) {
        if self.version == Version::OpenMetrics2 {
            self.exemplars(part, exemplars);
        } else if let Some(newest) = exemplar::newest(exemplars) {
            self.exemplar(part, newest);
        }
    }

    /// ` st@1520430000.123`, of OpenMetrics 2.0.
    pub(super) fn start_time(&mut self, start: Timestamp) {
        if start.is_set() {
            self.out.bytes.extend_from_slice(b" st@");
            write_time(&mut self.out.bytes, start);
        }
    }

    #[inline(always)]
    fn number(&mut self, value: Number) {
        let (out, style) = (&mut self.out.bytes, self.style);
        self.rounded += u64::from(is_rounded(value));
        match value {
            Number::F64(value) => write_f64(out, value, style),
            Number::I64(value) => write_i64(out, value, style),
            Number::U64(value) => write_u64(out, value, style),
        }
    }
}

#[inline(always)]
fn is_count(value: Number) -> bool {
    match value {
        Number::F64(value) => value >= 0.0,
        Number::I64(value) => value >= 0,
        Number::U64(_) => true,
    }
}
