//! The keys of a call site in the order in which it gives them.

use super::hash::Hash;
use crate::attributes::Attributes;
use crate::storage::form::{Form, Plain, same};

/// Measurements with more attributes are looked up as a whole set.
pub(super) const MAX_KEYS: usize = 12;

/// In the place of a key that is not kept.
const DROPPED: u8 = u8::MAX;

/// A key list as one call site gives it.
pub(super) struct Order {
    keys: Box<[Key]>,
    /// The number of the list of the kept keys.
    pub(super) list: u8,
}

struct Key {
    text: Box<str>,
    /// What its value's hash is multiplied by; zero if the key is not kept.
    factor: u64,
    /// Its place among the kept and sorted keys; [`DROPPED`] if it is not kept.
    place: u8,
}

impl Order {
    /// `kept` are keys with the positions where they were given, in the order of the list.
    pub(super) fn new(given: &[&str], kept: &[u8], list: u8, hash: &Hash) -> Self {
        let key = |(at, &text): (usize, &&str)| {
            let place = kept.iter().position(|&kept| usize::from(kept) == at);
            Key {
                text: text.into(),
                factor: place.map_or(0, |_| hash.factor(text)),
                // No more than were given.
                place: place.map_or(DROPPED, |place| place as u8),
            }
        };
        let keys = given.iter().enumerate().map(key).collect();
        Self { keys, list }
    }

    pub(super) fn is(&self, given: &[&str]) -> bool {
        self.keys.iter().map(|key| &*key.text).eq(given.iter().copied())
    }

    /// The hash of the kept values, if the keys are these and no value is compound.
    #[inline]
    pub(super) fn hash(&self, attributes: &(impl Attributes + ?Sized), hash: &Hash) -> Option<u32> {
        let mut sum = 0;
        let mut keys = self.keys.iter();
        for (text, value) in attributes.entries() {
            // At once, so that the compiler makes one step of this and what the entries do.
            let value = Plain::new(value)?;
            let key = keys.next().filter(|key| same(key.text.as_bytes(), text.as_bytes()))?;
            sum = hash.add(sum, key.factor, value);
        }
        keys.as_slice().is_empty().then(|| hash.finish(sum))
    }

    /// Whether a form is that of the kept values; the keys are these.
    #[inline]
    pub(super) fn fits(&self, attributes: &(impl Attributes + ?Sized), form: &Form) -> bool {
        self.keys.iter().zip(attributes.entries()).all(|(key, (_, value))| {
            let place = usize::from(key.place);
            key.place == DROPPED || Plain::new(value).is_some_and(|value| form.has(place, value))
        })
    }
}
