//! The values of a series side by side, so that they are compared without leaving a run of bytes.

use meterport_core::Value;

use crate::attributes::AttributeValue;

/// A value that is neither compound nor owned.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plain<'a> {
    /// Its kind, and a number that tells it from others of the kind.
    Scalar(u8, u64),
    Text(&'a str),
}

const TEXT: u8 = 5;

impl<'a> Plain<'a> {
    pub(crate) const EMPTY: Self = Self::Scalar(0, 0);

    /// What stands in a form for an array, a map or bytes.
    pub(crate) const COMPOUND: Self = Self::Scalar(6, 0);

    /// `None` for arrays, maps and bytes.
    #[inline]
    pub(crate) fn new(value: AttributeValue<'a>) -> Option<Self> {
        match value {
            // First: most are texts.
            AttributeValue::String(text) => Some(Self::Text(text)),
            other => Self::other(other),
        }
    }

    fn other(value: AttributeValue<'a>) -> Option<Self> {
        use AttributeValue as V;
        Some(match value {
            V::Bool(truth) | V::Value(&Value::Bool(truth)) => Self::Scalar(1, truth.into()),
            V::Double(number) | V::Value(&Value::Double(number)) => {
                Self::Scalar(2, number.to_bits())
            }
            V::Empty | V::Value(Value::Empty) => Self::EMPTY,
            V::Int(number) | V::Value(&Value::Int(number)) => Self::Scalar(4, number as u64),
            V::String(text) => Self::Text(text),
            V::Value(Value::String(text)) => Self::Text(text),
            V::Kept(_) | V::Value(Value::Array(_) | Value::Bytes(_) | Value::Map(_)) => {
                return None;
            }
        })
    }

    /// Its kind, and its number or the length of its text.
    #[inline]
    fn head(self) -> (u8, u64) {
        match self {
            Self::Scalar(kind, number) => (kind, number),
            Self::Text(text) => (TEXT, text.len() as u64),
        }
    }

    #[inline]
    fn text(self) -> &'a [u8] {
        match self {
            Self::Scalar(..) => &[],
            Self::Text(text) => text.as_bytes(),
        }
    }
}

/// The values of a series: the heads of all, then the texts of all.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Form(Box<[u8]>);

const HEAD: usize = 1 + size_of::<u64>();

impl Form {
    pub(crate) fn new(values: &[Plain<'_>]) -> Self {
        let texts: usize = values.iter().map(|value| value.text().len()).sum();
        let mut form = Vec::with_capacity(values.len() * HEAD + texts);
        for (kind, number) in values.iter().map(|value| value.head()) {
            form.push(kind);
            form.extend_from_slice(&number.to_le_bytes());
        }
        values.iter().for_each(|value| form.extend_from_slice(value.text()));
        Self(form.into())
    }

    /// Whether it is the form of these values, if it is one of so many.
    #[inline]
    pub(crate) fn is(&self, values: &[Plain<'_>]) -> bool {
        let Some((heads, mut texts)) = self.0.split_at_checked(values.len() * HEAD) else {
            return false;
        };
        for (&[kind, ref number @ ..], value) in heads.as_chunks::<HEAD>().0.iter().zip(values) {
            if (kind, u64::from_le_bytes(*number)) != value.head() {
                return false;
            }
            if let Plain::Text(text) = value {
                let Some((own, rest)) = texts.split_at_checked(text.len()) else { return false };
                if !same(own, text.as_bytes()) {
                    return false;
                }
                texts = rest;
            }
        }
        true
    }
}

/// Whether two texts are equal. Most are short, and a call would cost more than it does.
#[inline]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        33.. => a == b,
        17..=32 => same_ends::<16>(a, b),
        8..=16 => same_ends::<8>(a, b),
        4..=7 => same_ends::<4>(a, b),
        _ => a.iter().zip(b).all(|(a, b)| a == b),
    }
}

/// Compares so many bytes from both ends, which meet or overlap.
#[inline]
fn same_ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
    a.first_chunk::<N>() == b.first_chunk::<N>() && a.last_chunk::<N>() == b.last_chunk::<N>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_all_lengths_are_compared_whole() {
        let text: Vec<u8> = (0..70).collect();
        for len in 0..text.len() {
            let a = &text[..len];
            assert!(same(a, &text.clone()[..len]));
            assert!(!same(a, &text[..=len]));
            for at in 0..len {
                let mut b = a.to_vec();
                b[at] ^= 0x80;
                assert!(!same(a, &b), "{len} bytes, another one at {at}");
            }
        }
    }

    #[test]
    fn a_form_is_that_of_its_values_alone() {
        let long = Value::from("a text of more than sixteen bytes");
        let values = [
            AttributeValue::Bool(true),
            AttributeValue::Int(1),
            AttributeValue::Double(1.0),
            AttributeValue::Double(f64::NAN),
            AttributeValue::Empty,
            AttributeValue::String(""),
            AttributeValue::String("a"),
            AttributeValue::String("text"),
            AttributeValue::Value(&long),
        ];
        let plain = values.map(|value| Plain::new(value).unwrap());
        let form = Form::new(&plain);
        assert!(form.is(&plain));
        for at in 0..plain.len() {
            for other in (0..plain.len()).filter(|other| *other != at) {
                let mut values = plain;
                values[at] = plain[other];
                assert!(!form.is(&values), "{:?} in the place of {:?}", plain[other], plain[at]);
            }
        }
        assert!(Plain::new(AttributeValue::Value(&Value::Array(Vec::new()))).is_none());
    }
}
