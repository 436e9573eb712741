use std::ops::Range;

use super::column::{concat, select};
use super::point::{Point, PointRef};
use super::points::sealed::Columns;
use super::points::{Points, Rows};

/// What a gauge, a sum or an exemplar measured.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "a new kind must break every encoder")]
pub enum Number {
    /// A 64-bit float.
    F64(f64),
    /// A signed integer.
    I64(i64),
    /// An unsigned integer. Those that fit become [`I64`](Self::I64) where points are collected,
    /// so that how a counter was declared makes no difference; OTLP has no form for the others
    /// and gets them as floats.
    U64(u64),
}

impl Number {
    /// The number as a float; integers beyond 2^53 are rounded.
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::F64(number) => number,
            Self::I64(number) => number as f64,
            Self::U64(number) => number as f64,
        }
    }

    /// [`I64`](Self::I64) instead of [`U64`](Self::U64) where it fits.
    #[must_use]
    pub const fn normalised(self) -> Self {
        match self {
            Self::U64(number) if number <= i64::MAX as u64 => Self::I64(number as i64),
            number => number,
        }
    }
}

impl Default for Number {
    fn default() -> Self {
        Self::I64(0)
    }
}

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        Self::F64(number)
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self::I64(number)
    }
}

/// Normalised.
impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self::U64(number).normalised()
    }
}

/// The points of a gauge or a sum.
pub type Numbers = Points<NumberRows>;
/// One point of a gauge or a sum.
pub type NumberPoint = Point<Number>;
/// One point of a gauge or a sum as it lies in [`Numbers`].
pub type NumberRef<'a> = PointRef<'a, Number>;

/// The values of a gauge or a sum. OTLP allows integers and floats in one metric, so there is a
/// form for that.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_enums, reason = "encoders have a loop for each form")]
pub enum NumberRows {
    /// Floats alone.
    F64(Box<[f64]>),
    /// Integers alone.
    I64(Box<[i64]>),
    /// Any kind in any row.
    Mixed(Box<[Number]>),
}

impl Rows for NumberRows {}

impl Columns for NumberRows {
    type Value = Number;
    type Ref<'a> = Number;

    fn from_values(values: Vec<Number>) -> Self {
        let integers = values.iter().map(|value| match value.normalised() {
            Number::I64(number) => Some(number),
            _ => None,
        });
        if let Some(integers) = integers.collect::<Option<_>>() {
            return Self::I64(integers);
        }
        let floats = values.iter().map(|value| match value {
            Number::F64(number) => Some(*number),
            _ => None,
        });
        if let Some(floats) = floats.collect::<Option<_>>() {
            return Self::F64(floats);
        }
        Self::Mixed(values.into_iter().map(Number::normalised).collect())
    }

    fn len(&self) -> usize {
        match self {
            Self::F64(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::Mixed(values) => values.len(),
        }
    }

    #[inline]
    fn at(&self, row: usize) -> Number {
        match self {
            Self::F64(values) => Number::F64(values[row]),
            Self::I64(values) => Number::I64(values[row]),
            Self::Mixed(values) => values[row].normalised(),
        }
    }

    fn to_value(value: Number) -> Number {
        value
    }

    fn select(&self, rows: &[Range<usize>]) -> Self {
        match self {
            Self::F64(values) => Self::F64(select(values, rows)),
            Self::I64(values) => Self::I64(select(values, rows)),
            Self::Mixed(values) => Self::Mixed(select(values, rows)),
        }
    }

    fn footprint(&self) -> usize {
        match self {
            Self::F64(values) => size_of_val(&**values),
            Self::I64(values) => size_of_val(&**values),
            Self::Mixed(values) => size_of_val(&**values),
        }
    }

    fn concat(parts: &[&Self]) -> Self {
        let floats = parts.iter().map(|part| match part {
            Self::F64(values) => Some(&**values),
            _ => None,
        });
        if let (true, Some(floats)) = (!parts.is_empty(), floats.collect::<Option<Vec<_>>>()) {
            return Self::F64(concat(floats.into_iter()));
        }
        let integers = parts.iter().map(|part| match part {
            Self::I64(values) => Some(&**values),
            _ => None,
        });
        if let Some(integers) = integers.collect::<Option<Vec<_>>>() {
            return Self::I64(concat(integers.into_iter()));
        }
        let rows = parts.iter().flat_map(|part| (0..part.len()).map(|row| part.at(row)));
        Self::from_values(rows.collect())
    }
}
