use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use super::super::attributes::AttributeSet;
use super::super::value::ValueRef;

/// Attributes as a source gives them, in order of their keys, each key once.
pub(super) type Pairs<'v> = [(&'v str, ValueRef<'v>)];

/// The attribute sets of all rows, and where each is found.
#[derive(Debug, Default)]
pub(super) struct RowTable {
    hasher: RandomState,
    sets: Vec<AttributeSet>,
    hashes: Vec<u64>,
    /// Rows by hash; of those that share one, the first has number 0, the next 1.
    index: HashMap<(u64, u32), u32>,
}

impl RowTable {
    pub(super) fn sets(&self) -> &[AttributeSet] {
        &self.sets
    }

    pub(super) fn len(&self) -> usize {
        self.sets.len()
    }

    /// The row of these attributes; a new one if there is none yet.
    pub(super) fn row_of(&mut self, pairs: &Pairs<'_>) -> u32 {
        let hash = self.hash(pairs);
        let mut nth = 0;
        while let Some(row) = self.index.get(&(hash, nth)) {
            if is_same(&self.sets[*row as usize], pairs.iter().copied()) {
                return *row;
            }
            nth += 1;
        }
        self.push(pairs.iter().copied().collect(), hash)
    }

    /// A table of these rows alone, in this order.
    pub(super) fn retain(&mut self, rows: &[u32]) {
        let old = std::mem::take(self);
        self.hasher = old.hasher;
        for row in rows {
            let row = *row as usize;
            self.push(old.sets[row].clone(), old.hashes[row]);
        }
    }

    fn push(&mut self, set: AttributeSet, hash: u64) -> u32 {
        let row = self.sets.len() as u32;
        let mut nth = 0;
        while self.index.contains_key(&(hash, nth)) {
            nth += 1;
        }
        self.index.insert((hash, nth), row);
        self.sets.push(set);
        self.hashes.push(hash);
        row
    }

    fn hash(&self, pairs: &Pairs<'_>) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        for (key, value) in pairs {
            key.hash(&mut hasher);
            hash_value(*value, &mut hasher);
        }
        hasher.finish()
    }
}

fn hash_value(value: ValueRef<'_>, hasher: &mut impl Hasher) {
    std::mem::discriminant(&value).hash(hasher);
    match value {
        ValueRef::Array(items) => items.hash(hasher),
        ValueRef::Bool(truth) => truth.hash(hasher),
        ValueRef::Bytes(bytes) => bytes.hash(hasher),
        ValueRef::Double(number) => number.to_bits().hash(hasher),
        ValueRef::Empty => {}
        ValueRef::Int(number) => number.hash(hasher),
        ValueRef::Map(entries) => entries.hash(hasher),
        ValueRef::String(text) => text.hash(hasher),
    }
}

/// Whether the set holds these attributes in this order, and no other. Floats are compared by
/// their bits, as sets compare them.
pub(super) fn is_same<'v>(
    set: &AttributeSet,
    mut pairs: impl Iterator<Item = (&'v str, ValueRef<'v>)>,
) -> bool {
    set.iter().all(|(key, value)| {
        pairs.next().is_some_and(|pair| {
            pair.0 == key
                && match (value, pair.1) {
                    (ValueRef::Double(a), ValueRef::Double(b)) => a.to_bits() == b.to_bits(),
                    (a, b) => a == b,
                }
        })
    }) && pairs.next().is_none()
}
