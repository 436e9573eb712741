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
        use AttributeValue as V;
        match value {
            V::Bool(truth) => Some(Self::Scalar(1, truth.into())),
            V::Double(number) => Some(Self::Scalar(2, number.to_bits())),
            V::Empty => Some(Self::EMPTY),
            V::Int(number) => Some(Self::Scalar(4, number as u64)),
            V::String(text) => Some(Self::Text(text)),
            V::Value(value) => Self::of(value),
            V::Kept(_) => None,
        }
    }

    #[inline(never)]
    fn of(value: &'a Value) -> Option<Self> {
        match value {
            Value::Bool(truth) => Self::new((*truth).into()),
            Value::Double(number) => Self::new((*number).into()),
            Value::Empty => Some(Self::EMPTY),
            Value::Int(number) => Self::new((*number).into()),
            Value::String(text) => Some(Self::Text(text)),
            Value::Array(_) | Value::Bytes(_) | Value::Map(_) => None,
        }
    }

    fn text(self) -> &'a [u8] {
        match self {
            Self::Scalar(..) => &[],
            Self::Text(text) => text.as_bytes(),
        }
    }
}

/// The values of a series: the heads of all, then the texts of all.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Form(Box<[u8]>);

/// A kind, and a scalar's number or where a text begins and how long it is.
const HEAD: usize = 1 + size_of::<u64>();

impl Form {
    /// `None` if the texts are too long to be told where they are.
    pub(crate) fn new(values: &[Plain<'_>]) -> Option<Self> {
        let heads = values.len() * HEAD;
        let texts = values.iter().map(|value| value.text().len());
        let mut form = Vec::with_capacity(heads + texts.sum::<usize>());
        let mut start = heads;
        for value in values {
            let (kind, number) = match *value {
                Plain::Scalar(kind, number) => (kind, number),
                Plain::Text(text) => (TEXT, place_of(start, text.len())?),
            };
            form.push(kind);
            form.extend_from_slice(&number.to_le_bytes());
            start += value.text().len();
        }
        values.iter().for_each(|value| form.extend_from_slice(value.text()));
        Some(Self(form.into()))
    }

    /// Whether this is the value at a place.
    #[inline]
    pub(crate) fn has(&self, place: usize, value: Plain<'_>) -> bool {
        let Some(&[kind, ref number @ ..]) = self.0.as_chunks::<HEAD>().0.get(place) else {
            return false;
        };
        let number = u64::from_le_bytes(*number);
        match value {
            Plain::Scalar(own, bits) => (own, bits) == (kind, number),
            Plain::Text(text) => {
                let (start, len) = ((number >> u32::BITS) as usize, number as u32 as usize);
                let own = self.0.get(start..).and_then(|rest| rest.get(..len));
                kind == TEXT && own.is_some_and(|own| same(own, text.as_bytes()))
            }
        }
    }
}

fn place_of(start: usize, len: usize) -> Option<u64> {
    let (start, len) = (u32::try_from(start).ok()?, u32::try_from(len).ok()?);
    Some(u64::from(start) << u32::BITS | u64::from(len))
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
        let form = Form::new(&plain).unwrap();
        for at in 0..plain.len() {
            for (other, value) in plain.iter().enumerate() {
                assert_eq!(form.has(at, *value), at == other, "{value:?} for {:?}", plain[at]);
            }
        }
        assert!(!form.has(plain.len(), Plain::EMPTY));
        assert!(Plain::new(AttributeValue::Value(&Value::Array(Vec::new()))).is_none());
    }
}
