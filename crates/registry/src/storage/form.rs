//! The values of a series side by side, so that they are compared without leaving a run of bytes.

use crate::attributes::AttributeValue;

/// The values of a series: for each a *head* of its kind and a number, then the texts. The number
/// of a text says where it is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Form(Box<[u8]>);

const HEAD: usize = 1 + size_of::<u64>();

const TEXT: u8 = 5;
const OTHER: u8 = 6;

impl Form {
    /// The form of the values, and whether it says all of them. Arrays, maps and bytes are not in
    /// it, nor are texts of gigabytes.
    pub(crate) fn new<'a>(
        values: impl Iterator<Item = AttributeValue<'a>> + Clone,
    ) -> (Self, bool) {
        let mut start = values.clone().count() * HEAD;
        let texts: usize = values.clone().filter_map(text_of).map(str::len).sum();
        let mut form = Vec::with_capacity(start + texts);
        let mut complete = true;
        for value in values.clone() {
            let (kind, number) = match text_of(value) {
                None => scalar(value),
                Some(text) => {
                    let place = text_place(start, text.len());
                    start += text.len();
                    place.map_or((OTHER, 0), |place| (TEXT, place))
                }
            };
            complete &= kind != OTHER;
            form.push(kind);
            form.extend_from_slice(&number.to_le_bytes());
        }
        values.filter_map(text_of).for_each(|text| form.extend_from_slice(text.as_bytes()));
        (Self(form.into()), complete)
    }

    /// Whether this is the value at a place. To be asked of values that a form says.
    #[inline]
    pub(crate) fn has(&self, place: usize, value: AttributeValue<'_>) -> bool {
        let head = self.0.get(place * HEAD..).and_then(<[u8]>::first_chunk::<HEAD>);
        let Some(&[kind, ref number @ ..]) = head else { return false };
        let number = u64::from_le_bytes(*number);
        match text_of(value) {
            None => (kind, number) == scalar(value),
            Some(text) => {
                let (start, len) = ((number & LOW) as usize, (number >> HALF) as usize);
                kind == TEXT
                    && len == text.len()
                    && self.0.get(start..start + len).is_some_and(|own| same(own, text.as_bytes()))
            }
        }
    }
}

const HALF: u32 = u64::BITS / 2;
const LOW: u64 = u32::MAX as u64;

/// Where a text begins and how long it is, in one number; `None` where it does not fit.
fn text_place(start: usize, len: usize) -> Option<u64> {
    let (start, len) = (u32::try_from(start).ok()?, u32::try_from(len).ok()?);
    Some(u64::from(start) | u64::from(len) << HALF)
}

#[inline]
fn text_of(value: AttributeValue<'_>) -> Option<&str> {
    if let AttributeValue::String(text) = value { Some(text) } else { None }
}

/// The kind of a value, and what it is if it is neither a text nor anything compound.
#[inline]
pub(crate) fn scalar(value: AttributeValue<'_>) -> (u8, u64) {
    use AttributeValue as V;
    match value {
        V::Bool(truth) => (1, truth.into()),
        V::Double(number) => (2, number.to_bits()),
        V::Empty => (3, 0),
        V::Int(number) => (4, number as u64),
        V::String(_) => (TEXT, 0),
        V::Kept(_) | V::Value(_) => (OTHER, 0),
    }
}

/// Whether two texts are equal. Most are short, and a call would cost more than it does.
#[inline]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    // From both ends, which meet or overlap.
    if let (Some(end_a), Some(end_b)) = (a.last_chunk::<16>(), b.last_chunk::<16>()) {
        let (chunks_a, chunks_b) = (a.as_chunks::<16>().0, b.as_chunks::<16>().0);
        end_a == end_b && chunks_a.iter().zip(chunks_b).all(|(a, b)| a == b)
    } else if let Some(equal) = same_ends::<8>(a, b).or_else(|| same_ends::<4>(a, b)) {
        equal
    } else {
        a.iter().zip(b).all(|(a, b)| a == b)
    }
}

/// `None` for what is shorter.
#[inline]
fn same_ends<const N: usize>(a: &[u8], b: &[u8]) -> Option<bool> {
    let starts = a.first_chunk::<N>()? == b.first_chunk::<N>()?;
    Some(starts & (a.last_chunk::<N>()? == b.last_chunk::<N>()?))
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
    fn a_form_has_its_values_at_their_places_alone() {
        use AttributeValue as V;
        let values = [
            V::Bool(true),
            V::Int(1),
            V::Double(1.0),
            V::Double(f64::NAN),
            V::Empty,
            V::String(""),
            V::String("a"),
            V::String("text"),
            V::String("a text of more than sixteen bytes"),
        ];
        let (form, complete) = Form::new(values.into_iter());
        assert!(complete);
        for place in 0..=values.len() {
            for (at, value) in values.into_iter().enumerate() {
                assert_eq!(form.has(place, value), place == at, "{value:?} at {place}");
            }
        }
        assert!(!Form::new([V::Value(&meterport_core::Value::Array(Vec::new()))].into_iter()).1);
    }
}
