use std::ops::Range;

use meterport_core::{Number, NumberRows, Numbers, Timestamp};

use super::line::{Head, write_time};
use super::names::Announced;
use super::{Block, Version, Writer};
use crate::exemplar;
use crate::families::{FamilyKind, Part};
use crate::loss::Loss;
use crate::marks::Marks;
use crate::number::{is_rounded, write_f64, write_i64, write_u64};

/// A family of single values, with what is the same for all of its rows.
struct Sheet<'a> {
    part: &'a Part,
    points: &'a Numbers,
    head: Head,
    created: Head,
    is_counter: bool,
}

impl Writer<'_, '_> {
    pub(super) fn numbers(
        &mut self,
        announced: Announced<'_>,
        name: &str,
        part: &Part,
        points: &Numbers,
    ) {
        let is_counter = announced.kind == FamilyKind::Counter;
        let sheet = Sheet {
            part,
            points,
            head: Head::new(name, ""),
            created: if self.created {
                Head::new(announced.name, "_created")
            } else {
                Head::default()
            },
            is_counter,
        };
        let has_exemplars = is_counter && self.version != Version::Plain;
        let mut marks = Marks::new(part, has_exemplars);
        // Where each row may have something of its own.
        let is_odd = is_counter && (self.created || self.version == Version::OpenMetrics2);
        let mut row = 0;
        for run in points.series().runs() {
            let block = Self::labels(run, part);
            let rows = row..row + run.len();
            row = rows.end;
            if is_odd || marks.within(rows.end) {
                self.odd_run(&sheet, &block, run.rows(), rows, &mut marks);
                continue;
            }
            match points.rows() {
                NumberRows::F64(values) => {
                    self.plain_run(&sheet, block.rows(run.rows()), &values[rows], Number::F64);
                }
                NumberRows::I64(values) => {
                    self.plain_run(&sheet, block.rows(run.rows()), &values[rows], Number::I64);
                }
                NumberRows::Mixed(values) => {
                    self.plain_run(&sheet, block.rows(run.rows()), &values[rows], |value| value);
                }
            }
        }
    }

    /// Rows of which each is a line. Compiled for each form of values, so that nothing is chosen
    /// per row.
    #[inline(always)]
    fn plain_run<'b, T: Copy>(
        &mut self,
        sheet: &Sheet<'_>,
        labels: impl Iterator<Item = &'b [u8]>,
        values: &[T],
        number: impl Fn(T) -> Number,
    ) {
        for (labels, value) in labels.zip(values) {
            let value = number(*value);
            if !self.is_allowed(sheet, value) {
                continue;
            }
            sheet.head.write(&mut self.out.bytes, labels);
            self.number(value);
            self.out.bytes.push(b'\n');
            self.out.pause();
        }
    }

    fn odd_run(
        &mut self,
        sheet: &Sheet<'_>,
        block: &Block,
        in_chunk: Range<usize>,
        rows: Range<usize>,
        marks: &mut Marks<'_>,
    ) {
        for (row, labels) in rows.zip(block.rows(in_chunk)) {
            let Some(exemplars) = marks.at(row, &mut self.losses) else { continue };
            let value = match sheet.points.rows() {
                NumberRows::F64(values) => Number::F64(values[row]),
                NumberRows::I64(values) => Number::I64(values[row]),
                NumberRows::Mixed(values) => values[row],
            };
            if !self.is_allowed(sheet, value) {
                continue;
            }
            let start = sheet.points.starts().at(row);
            sheet.head.write(&mut self.out.bytes, labels);
            self.number(value);
            if self.version == Version::OpenMetrics2 {
                if sheet.is_counter {
                    self.start_time(start);
                }
                self.exemplars(sheet.part, exemplars);
            } else if let Some(newest) = exemplar::newest(exemplars) {
                self.exemplar(sheet.part, newest);
            }
            self.out.bytes.push(b'\n');
            if sheet.is_counter {
                self.created_line(&sheet.created, labels, start);
            }
            self.out.pause();
        }
    }

    /// ` st@1520430000.123`, of OpenMetrics 2.0.
    pub(super) fn start_time(&mut self, start: Timestamp) {
        if start.is_set() {
            self.out.bytes.extend_from_slice(b" st@");
            write_time(&mut self.out.bytes, start);
        }
    }

    /// OpenMetrics has no counters that are negative or NaN ("Counter").
    #[inline(always)]
    fn is_allowed(&mut self, sheet: &Sheet<'_>, value: Number) -> bool {
        if !sheet.is_counter || self.version == Version::Plain {
            return true;
        }
        let is_allowed = match value {
            Number::F64(value) => value >= 0.0,
            Number::I64(value) => value >= 0,
            Number::U64(_) => true,
        };
        if !is_allowed {
            self.losses.add(Loss::ForbiddenValue, 1);
        }
        is_allowed
    }

    #[inline(always)]
    fn number(&mut self, value: Number) {
        let (out, style) = (&mut self.out.bytes, self.style);
        match value {
            Number::F64(value) => write_f64(out, value, style),
            Number::I64(value) => {
                self.rounded += u64::from(is_rounded(value));
                write_i64(out, value, style);
            }
            Number::U64(value) => {
                self.rounded += u64::from(value as f64 as u128 != u128::from(value));
                write_u64(out, value, style);
            }
        }
    }
}
