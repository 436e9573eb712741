use std::fmt;
use std::sync::atomic::Ordering::Relaxed;

use meterport_core::Number;

use crate::sync::AtomicU64;

/// The types of number that an instrument may measure: `u64`, `i64` and `f64`. Sealed.
pub trait Measure: sealed::Sealed {}

impl Measure for f64 {}
impl Measure for i64 {}
impl Measure for u64 {}

/// How the bits of a number cell are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the types of number are closed")]
pub enum NumberKind {
    /// 64-bit floats.
    F64,
    /// Signed integers.
    I64,
    /// Unsigned integers.
    U64,
}

impl NumberKind {
    pub(crate) fn read(self, bits: u64) -> Number {
        match self {
            Self::F64 => f64::from_bits(bits).into(),
            Self::I64 => (bits as i64).into(),
            Self::U64 => bits.into(),
        }
    }
}

/// The type's own name.
impl fmt::Display for NumberKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F64 => "f64",
            Self::I64 => "i64",
            Self::U64 => "u64",
        })
    }
}

pub(crate) mod sealed {
    use super::*;

    pub trait Sealed: Copy + fmt::Debug + PartialOrd + Default + Send + Sync + 'static {
        const KIND: NumberKind;

        fn bits(self) -> u64;
        fn as_f64(self) -> f64;
        fn is_finite(self) -> bool;
        /// Adds to a cell, and says whether that went past the end of the range: integers wrap,
        /// floats stay there.
        fn add(self, cell: &AtomicU64) -> bool;
        /// So many times the value, and whether that went past the end of the range.
        fn times(self, times: u64) -> (Self, bool);
    }

    impl Sealed for u64 {
        const KIND: NumberKind = NumberKind::U64;

        fn bits(self) -> u64 {
            self
        }

        fn as_f64(self) -> f64 {
            self as f64
        }

        fn is_finite(self) -> bool {
            true
        }

        #[inline]
        fn add(self, cell: &AtomicU64) -> bool {
            let before = cell.fetch_add(self, Relaxed);
            before.checked_add(self).is_none()
        }

        fn times(self, times: u64) -> (Self, bool) {
            self.overflowing_mul(times)
        }
    }

    impl Sealed for i64 {
        const KIND: NumberKind = NumberKind::I64;

        fn bits(self) -> u64 {
            self as u64
        }

        fn as_f64(self) -> f64 {
            self as f64
        }

        fn is_finite(self) -> bool {
            true
        }

        #[inline]
        fn add(self, cell: &AtomicU64) -> bool {
            let before = cell.fetch_add(self as u64, Relaxed) as Self;
            before.checked_add(self).is_none()
        }

        fn times(self, times: u64) -> (Self, bool) {
            let exact = i128::from(self) * i128::from(times);
            (exact as Self, Self::try_from(exact).is_err())
        }
    }

    impl Sealed for f64 {
        const KIND: NumberKind = NumberKind::F64;

        fn bits(self) -> u64 {
            self.to_bits()
        }

        fn as_f64(self) -> f64 {
            self
        }

        fn is_finite(self) -> bool {
            Self::is_finite(self)
        }

        #[inline]
        fn add(self, cell: &AtomicU64) -> bool {
            let mut before = cell.load(Relaxed);
            loop {
                let (sum, exceeded) = finite_sum(Self::from_bits(before), self);
                match cell.compare_exchange_weak(before, sum.to_bits(), Relaxed, Relaxed) {
                    Ok(_) => return exceeded,
                    Err(now) => before = now,
                }
            }
        }

        fn times(self, times: u64) -> (Self, bool) {
            finite(self * times as Self)
        }
    }
}

/// The sum of two finite floats: at most the largest float, and whether it would have been more.
#[inline]
pub(crate) fn finite_sum(a: f64, b: f64) -> (f64, bool) {
    finite(a + b)
}

#[inline]
fn finite(number: f64) -> (f64, bool) {
    if number.is_finite() { (number, false) } else { (f64::MAX.copysign(number), true) }
}
