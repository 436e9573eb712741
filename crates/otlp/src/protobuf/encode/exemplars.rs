use meterport_core::{Exemplar, Flags, Number, Points, Rows};

use super::super::field::exemplar;
use super::attributes::{attributes_len, write_attributes};
use super::out::{Out, message_len};

/// OTLP has signed integers and floats: what is too large for the one becomes the other.
/// The flag says that this was so.
#[inline(always)]
pub(super) fn number_bits(number: Number) -> (NumberField, u64, bool) {
    match number.normalised() {
        Number::F64(number) => (NumberField::AsDouble, number.to_bits(), false),
        Number::I64(number) => (NumberField::AsInt, number as u64, false),
        Number::U64(number) => (NumberField::AsDouble, (number as f64).to_bits(), true),
    }
}

#[derive(Clone, Copy)]
pub(super) enum NumberField {
    AsDouble,
    AsInt,
}

pub(super) fn exemplars_len(field: u32, exemplars: &[Exemplar]) -> usize {
    exemplars.iter().map(|exemplar| message_len(field, exemplar_len(exemplar))).sum()
}

/// An id has at most 16 bytes, so that its length is one byte.
fn exemplar_len(exemplar: &Exemplar) -> usize {
    let time = if exemplar.time.is_set() { 9 } else { 0 };
    let span = if exemplar.span_id.is_some() { 2 + 8 } else { 0 };
    let trace = if exemplar.trace_id.is_some() { 2 + 16 } else { 0 };
    time + 9 + span + trace + attributes_len(exemplar::ATTRIBUTES, &exemplar.filtered_attributes)
}

/// Writes exemplars and says how many of their numbers were rounded.
pub(super) fn write_exemplars(out: &mut Out<'_>, field: u32, exemplars: &[Exemplar]) -> u64 {
    let mut rounded = 0;
    for exemplar in exemplars {
        out.len_prefix(field, exemplar_len(exemplar));
        if exemplar.time.is_set() {
            out.fixed(exemplar::TIME, exemplar.time.as_nanos());
        }
        let (kind, bits, was_rounded) = number_bits(exemplar.value);
        let number = match kind {
            NumberField::AsDouble => exemplar::AS_DOUBLE,
            NumberField::AsInt => exemplar::AS_INT,
        };
        out.fixed(number, bits);
        rounded += u64::from(was_rounded);
        if let Some(id) = &exemplar.span_id {
            out.bytes(exemplar::SPAN_ID, id.as_bytes());
        }
        if let Some(id) = &exemplar.trace_id {
            out.bytes(exemplar::TRACE_ID, id.as_bytes());
        }
        write_attributes(out, exemplar::ATTRIBUTES, &exemplar.filtered_attributes);
    }
    rounded
}

/// Flags and exemplars row by row; few rows have any.
pub(super) struct Marks<'a> {
    flags: std::slice::Iter<'a, (usize, Flags)>,
    exemplars: std::slice::Iter<'a, (usize, std::sync::Arc<[Exemplar]>)>,
    /// The next row that has flags or exemplars.
    next: usize,
}

impl<'a> Marks<'a> {
    pub(super) fn new<R: Rows>(points: &'a Points<R>) -> Self {
        let mut marks =
            Self { flags: points.flags().iter(), exemplars: points.exemplars().iter(), next: 0 };
        marks.advance();
        marks
    }

    fn advance(&mut self) {
        let row = |row: Option<usize>| row.unwrap_or(usize::MAX);
        let flags = row(self.flags.as_slice().first().map(|entry| entry.0));
        self.next = flags.min(row(self.exemplars.as_slice().first().map(|entry| entry.0)));
    }

    /// Whether a row before `row` has flags or exemplars still to come.
    pub(super) fn within(&self, row: usize) -> bool {
        self.next < row
    }

    /// The flags and exemplars of `row`; rows must be asked for in order.
    #[inline(always)]
    pub(super) fn at(&mut self, row: usize) -> (u32, &'a [Exemplar]) {
        if row == self.next { self.found(row) } else { (0, &[]) }
    }

    #[cold]
    fn found(&mut self, row: usize) -> (u32, &'a [Exemplar]) {
        let mut found: (u32, &'a [Exemplar]) = (0, &[]);
        if let Some((_, flags)) = self.flags.as_slice().first().filter(|entry| entry.0 == row) {
            found.0 = flags.bits();
            self.flags.next();
        }
        let exemplars = self.exemplars.as_slice().first().filter(|entry| entry.0 == row);
        if let Some((_, exemplars)) = exemplars {
            found.1 = exemplars;
            self.exemplars.next();
        }
        self.advance();
        found
    }
}
