use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;

use super::packed::{Entries, write_entries};
use super::value::{Value, ValueRef};

/// Attributes with sorted, unique keys: what tells one series of a metric from another.
///
/// Immutable and one allocation; a clone costs a reference count, an empty set nothing.
/// Equality and hash are those of keys and values, floats by their bits.
///
/// ```
/// use meterport_core::{AttributeSet, Value, ValueRef};
///
/// let set = AttributeSet::from([("method", Value::from("GET")), ("code", Value::from(200))]);
/// assert_eq!(set.get("code"), Some(ValueRef::Int(200)));
/// assert_eq!(set.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["code", "method"]);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct AttributeSet(Arc<str>);

impl AttributeSet {
    /// No attributes.
    pub fn empty() -> Self {
        Self::default()
    }

    /// All attributes, as a map's entries are read.
    pub fn entries(&self) -> Entries<'_> {
        Entries::new(&self.0)
    }

    /// The attributes in the order of their keys.
    pub fn iter(&self) -> impl FusedIterator<Item = (&str, ValueRef<'_>)> + Clone {
        self.entries().iter()
    }

    /// The value under `key`. Walks the set, as sets are short.
    pub fn get(&self, key: &str) -> Option<ValueRef<'_>> {
        self.iter().take_while(|entry| entry.0 <= key).find(|entry| entry.0 == key).map(|e| e.1)
    }

    /// How many attributes there are. Walks the set.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// About how many bytes it takes in memory, where nothing shares it.
    pub fn footprint(&self) -> usize {
        match self.0.len() {
            0 => size_of::<Self>(),
            packed => size_of::<Self>() + 2 * size_of::<usize>() + packed,
        }
    }

    /// The set with one attribute more, or with another value under `key`.
    #[must_use]
    pub fn with(&self, key: &str, value: impl Into<Value>) -> Self {
        let kept = self.iter().map(|(key, value)| (key, value.to_value()));
        kept.chain([(key, value.into())]).collect()
    }

    /// The set of those attributes for which `keep` is true.
    #[must_use]
    pub fn filter(&self, mut keep: impl FnMut(&str, ValueRef<'_>) -> bool) -> Self {
        let kept = self.iter().filter(|(key, value)| keep(key, *value));
        kept.map(|(key, value)| (key, value.to_value())).collect()
    }
}

/// Sorted; of two attributes with one key the last stays. Arrays and maps nested deeper than
/// [`MAX_VALUE_DEPTH`](super::MAX_VALUE_DEPTH) become [`Value::Empty`].
impl<K: AsRef<str>, V: Into<Value>> FromIterator<(K, V)> for AttributeSet {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(attributes: I) -> Self {
        let entries: Vec<_> =
            attributes.into_iter().map(|(key, value)| (key, value.into())).collect();
        if entries.is_empty() {
            return Self::default();
        }
        let mut packed = String::new();
        write_entries(&mut packed, entries);
        Self(packed.into())
    }
}

impl<K: AsRef<str>, V: Into<Value>, const N: usize> From<[(K, V); N]> for AttributeSet {
    fn from(attributes: [(K, V); N]) -> Self {
        attributes.into_iter().collect()
    }
}

impl fmt::Debug for AttributeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::super::MAX_VALUE_DEPTH;
    use super::*;

    fn every_kind() -> Vec<(String, Value)> {
        let map = vec![("z".to_owned(), Value::Int(1)), ("a".to_owned(), Value::Empty)];
        let kinds = [
            Value::Array(vec![Value::from("é"), Value::Int(i64::MIN), Value::Array(vec![])]),
            Value::Bool(true),
            Value::Bool(false),
            Value::Bytes((0..=255).collect()),
            Value::Double(-0.1),
            Value::Double(f64::INFINITY),
            Value::Empty,
            Value::Int(i64::MAX),
            Value::Int(-1),
            Value::Map(map),
            Value::String("\0\u{10ffff}".repeat(50)),
        ];
        kinds.into_iter().enumerate().map(|(i, value)| (format!("key{i:02}"), value)).collect()
    }

    #[test]
    fn every_kind_comes_back_as_it_went_in() {
        let set: AttributeSet = every_kind().into_iter().rev().collect();
        let mut expected = every_kind();
        let Value::Map(map) = &mut expected[9].1 else { unreachable!() };
        map.reverse();
        let back: Vec<_> =
            set.iter().map(|(key, value)| (key.to_owned(), value.to_value())).collect();
        assert_eq!(back, expected);
        assert_eq!(set.len(), 11);
    }

    #[test]
    fn keys_are_sorted_and_the_last_value_stays() {
        let set = AttributeSet::from([("b", 1), ("a", 2), ("b", 3), ("a", 4)]);
        let pairs: Vec<_> = set.iter().collect();
        assert_eq!(pairs, [("a", ValueRef::Int(4)), ("b", ValueRef::Int(3))]);
        assert_eq!(set, AttributeSet::from([("a", 4), ("b", 3)]));
        assert_eq!((set.get("a"), set.get("aa")), (Some(ValueRef::Int(4)), None));
    }

    #[test]
    fn nested_maps_are_sorted_too() {
        let map = |keys: &[&str]| {
            Value::Map(
                keys.iter()
                    .enumerate()
                    .map(|(i, k)| (k.to_string(), Value::Int(i as i64)))
                    .collect(),
            )
        };
        let set = AttributeSet::from([("m", map(&["b", "a", "b"]))]);
        let expected = Value::Map(vec![("a".into(), Value::Int(1)), ("b".into(), Value::Int(2))]);
        assert_eq!(set.get("m").map(ValueRef::to_value), Some(expected));
    }

    #[test]
    fn nesting_is_cut_where_receivers_stop_reading() {
        let nested = |depth| (0..depth).fold(Value::Int(1), |value, _| Value::Array(vec![value]));
        let kept = AttributeSet::from([("k", nested(MAX_VALUE_DEPTH))]);
        assert_eq!(kept.get("k").unwrap().to_value(), nested(MAX_VALUE_DEPTH));
        let cut = AttributeSet::from([("k", nested(MAX_VALUE_DEPTH + 1))]);
        let expected = (0..MAX_VALUE_DEPTH).fold(Value::Empty, |v, _| Value::Array(vec![v]));
        assert_eq!(cut.get("k").unwrap().to_value(), expected);
    }

    #[test]
    fn with_and_filter_make_new_sets() {
        let set = AttributeSet::from([("a", 1), ("b", 2)]);
        assert_eq!(set.with("b", 3).with("0", true).len(), 3);
        assert_eq!(set.filter(|key, _| key == "b"), AttributeSet::from([("b", 2)]));
        assert_eq!(set.filter(|_, _| false), AttributeSet::empty());
    }

    #[test]
    fn floats_are_told_apart_by_their_bits() {
        let set = |number: f64| AttributeSet::from([("n", number)]);
        assert_eq!(set(f64::NAN), set(f64::NAN));
        assert_ne!(set(0.0), set(-0.0));
    }
}
