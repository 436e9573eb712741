use std::borrow::Cow;
use std::fmt;

use serde_core::de::{Error, Visitor};

/// A JSON value that is neither object nor array.
#[derive(Debug)]
pub(super) enum Atom<'de> {
    Bool(bool),
    Double(f64),
    Null,
    Signed(i64),
    Text(Cow<'de, str>),
    Unsigned(u64),
}

/// The largest float up to which every whole number is one.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Atom<'_> {
    /// An unsigned integer, as a number or a string.
    pub(super) fn u64(&self) -> Option<u64> {
        match self {
            Self::Double(number) => whole(*number)?.try_into().ok(),
            Self::Signed(number) => (*number).try_into().ok(),
            Self::Text(text) => text.parse().ok(),
            Self::Unsigned(number) => Some(*number),
            Self::Bool(_) | Self::Null => None,
        }
    }

    /// A signed integer, as a number or a string.
    pub(super) fn i64(&self) -> Option<i64> {
        match self {
            Self::Double(number) => whole(*number),
            Self::Signed(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            Self::Unsigned(number) => (*number).try_into().ok(),
            Self::Bool(_) | Self::Null => None,
        }
    }

    /// A float, as a number or a string; the three that JSON has no number for are strings.
    pub(super) fn f64(&self) -> Option<f64> {
        match self {
            Self::Double(number) => Some(*number),
            Self::Signed(number) => Some(*number as f64),
            Self::Text(text) => match &**text {
                "NaN" => Some(f64::NAN),
                "Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                // Rust would also take `inf`, and make infinity of what is too large.
                text => text.parse().ok().filter(|number: &f64| number.is_finite()),
            },
            Self::Unsigned(number) => Some(*number as f64),
            Self::Bool(_) | Self::Null => None,
        }
    }

    /// The number of an enumeration's value: OTLP does not allow its name.
    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Self::Text(_) => None,
            number => number.i64(),
        }
    }

    pub(super) fn bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }
}

fn whole(number: f64) -> Option<i64> {
    (number.trunc() == number && number.abs() <= EXACT).then_some(number as i64)
}

pub(super) struct AtomVisitor;

impl<'de> Visitor<'de> for AtomVisitor {
    type Value = Atom<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, text, boolean or null")
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Atom<'de>, E> {
        Ok(Atom::Bool(truth))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Atom<'de>, E> {
        Ok(Atom::Signed(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Atom<'de>, E> {
        Ok(Atom::Unsigned(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Atom<'de>, E> {
        Ok(Atom::Double(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Atom<'de>, E> {
        Ok(Atom::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Atom<'de>, E> {
        Ok(Atom::Text(Cow::Borrowed(text)))
    }

    fn visit_unit<E: Error>(self) -> Result<Atom<'de>, E> {
        Ok(Atom::Null)
    }
}
