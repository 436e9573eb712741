use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Names one remembered encoding: which encoder made it, and under which configuration.
///
/// The key's type stands for the encoder, its value for point kind and configuration. Two keys
/// that are equal must lead to the same bytes.
pub trait MemoKey: Any + Clone + Eq + Send + Sync {
    /// What is remembered.
    type Value: Any + Send + Sync;
}

/// Remembered encodings of an immutable thing.
///
/// Core knows that encodings can be remembered, never which exist: keys and values belong to the
/// encoders. A clone is empty: a memo stays with the very thing it was made for.
#[derive(Default)]
pub struct Memo(Mutex<Vec<Entry>>);

struct Entry {
    /// `(K, Arc<OnceLock<Arc<K::Value>>>)`
    cell: Box<dyn Any + Send + Sync>,
}

type Cell<K> = (K, Arc<OnceLock<Arc<<K as MemoKey>::Value>>>);

/// An endpoint or two, each in a format or two: more keys than this on one thing means that a
/// key changes with every export, and then the oldest go.
const CAPACITY: usize = 16;

impl Memo {
    /// What is remembered under `key`, made now if nothing is. Concurrent callers wait for the
    /// one that makes it.
    pub fn remember<K: MemoKey>(&self, key: &K, make: impl FnOnce() -> K::Value) -> Arc<K::Value> {
        let cell = {
            let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let known = entries
                .iter()
                .filter_map(|entry| entry.cell.downcast_ref::<Cell<K>>())
                .find(|cell| cell.0 == *key);
            match known {
                Some((_, cell)) => match cell.get() {
                    Some(value) => return Arc::clone(value),
                    None => Arc::clone(cell),
                },
                None => {
                    if entries.len() == CAPACITY {
                        entries.remove(0);
                    }
                    let cell: Cell<K> = (key.clone(), Arc::default());
                    let shared = Arc::clone(&cell.1);
                    entries.push(Entry { cell: Box::new(cell) });
                    shared
                }
            }
        };
        Arc::clone(cell.get_or_init(|| Arc::new(make())))
    }

    /// How many encodings are remembered.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Clone for Memo {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memo({})", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, PartialEq, Eq)]
    struct Text(u32);
    impl MemoKey for Text {
        type Value = String;
    }
    #[derive(Clone, PartialEq, Eq)]
    struct Wire(u32);
    impl MemoKey for Wire {
        type Value = Vec<u8>;
    }

    #[test]
    fn each_key_is_made_once_and_kinds_do_not_mix() {
        let memo = Memo::default();
        let first = memo.remember(&Text(1), || "one".into());
        assert!(Arc::ptr_eq(&first, &memo.remember(&Text(1), || unreachable!())));
        assert_eq!(*memo.remember(&Text(2), || "two".into()), "two");
        assert_eq!(*memo.remember(&Wire(1), || vec![1]), [1]);
        assert_eq!((memo.len(), memo.clone().len()), (3, 0));
    }

    #[test]
    fn keys_that_keep_changing_do_not_grow_it() {
        let memo = Memo::default();
        for i in 0..1_000 {
            memo.remember(&Text(i), || i.to_string());
        }
        assert_eq!(memo.len(), CAPACITY);
        assert_eq!(*memo.remember(&Text(999), || unreachable!()), "999");
    }

    #[test]
    fn a_panicking_maker_leaves_it_usable() {
        let memo = Memo::default();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            memo.remember(&Text(1), || panic!("no"))
        }));
        assert!(panicked.is_err());
        assert_eq!(*memo.remember(&Text(1), || "yes".into()), "yes");
    }
}
