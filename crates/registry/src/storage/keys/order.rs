//! The keys of a call site in the order in which it gives them.

use super::hash::Hash;
use crate::attributes::Attributes;
use crate::storage::form::{Plain, same};

/// Measurements with more attributes are looked up as a whole set.
pub(super) const MAX_KEYS: usize = 12;

/// Values at the places of their keys.
pub(super) type Values<'a> = [Plain<'a>; MAX_KEYS];

/// A key list as one call site gives it.
pub(super) struct Order {
    keys: Box<[Key]>,
    /// How many are kept.
    pub(super) kept: usize,
    /// The number of the list of the kept keys.
    pub(super) list: u8,
}

struct Key {
    text: Box<str>,
    /// What its value's hash is multiplied by; zero if the key is not kept.
    factor: u64,
    /// Its place among the kept and sorted keys; beyond all places if it is not kept.
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
                place: place.map_or(u8::MAX, |place| place as u8),
            }
        };
        let keys = given.iter().enumerate().map(key).collect();
        Self { keys, kept: kept.len(), list }
    }

    pub(super) fn is(&self, given: &[&str]) -> bool {
        self.keys.iter().map(|key| &*key.text).eq(given.iter().copied())
    }

    /// Puts the kept values at their places and gives their hash, if the keys are these and no
    /// value is compound.
    #[inline]
    pub(super) fn read<'a>(
        &self,
        attributes: &'a (impl Attributes + ?Sized),
        hash: &Hash,
        values: &mut Values<'a>,
    ) -> Option<u32> {
        let mut sum = 0;
        let mut keys = self.keys.iter();
        for (text, value) in attributes.entries() {
            let key = keys.next().filter(|key| same(key.text.as_bytes(), text.as_bytes()))?;
            let value = Plain::new(value)?;
            sum = hash.add(sum, key.factor, value);
            if let Some(place) = values.get_mut(usize::from(key.place)) {
                *place = value;
            }
        }
        keys.as_slice().is_empty().then(|| hash.finish(sum))
    }
}
