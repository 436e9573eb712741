//! Handles by key: each call of a macro asks for one.

use std::hash::BuildHasher;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError, RwLock};

use hashbrown::{DefaultHashBuilder, HashTable};
use metrics::{Key, Level};

use crate::handles::Handle;

/// Where a measurement is made, if that tells series apart.
pub(crate) type Origin<'a> = Option<(&'a str, Level)>;

pub(crate) struct Cache<H> {
    hasher: DefaultHashBuilder,
    /// Several tables, so that threads seldom meet at a lock.
    shards: [Shard<H>; SHARDS],
    /// Whether a series found no place since handles were last let go.
    full: AtomicBool,
}

const SHARDS: usize = 16;

/// A cache line apart from one another; processors fetch lines in pairs.
#[repr(align(128))]
struct Shard<H>(RwLock<HashTable<Entry<H>>>);

struct Entry<H> {
    key: Key,
    origin: Option<(Box<str>, Level)>,
    handle: Arc<H>,
    /// Since the last collection.
    used: AtomicBool,
}

impl<H> Entry<H> {
    fn is(&self, key: &Key, origin: Origin<'_>) -> bool {
        let same_origin = match (&self.origin, origin) {
            (Some((target, level)), Some(other)) => (&**target, *level) == other,
            (None, None) => true,
            _ => false,
        };
        same_origin && self.key == *key
    }
}

impl<H: Handle> Cache<H> {
    pub(crate) fn new() -> Self {
        Self {
            hasher: DefaultHashBuilder::default(),
            shards: [(); SHARDS].map(|()| Shard(RwLock::new(HashTable::new()))),
            full: AtomicBool::new(false),
        }
    }

    /// The handle of a key, made if there is none. One that overflows is not kept: the next call
    /// may find a place, and keys without end must not fill the memory.
    pub(crate) fn get(
        &self,
        key: &Key,
        origin: Origin<'_>,
        make: impl FnOnce() -> Option<H>,
    ) -> Option<Arc<H>> {
        let hash = self.hasher.hash_one(key);
        // Bits that the table itself does not go by.
        let Shard(shard) = &self.shards[(hash >> 32) as usize % SHARDS];
        {
            let table = shard.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = table.find(hash, |entry| entry.is(key, origin)) {
                if !known.used.load(Relaxed) {
                    known.used.store(true, Relaxed);
                }
                return Some(Arc::clone(&known.handle));
            }
        }
        let mut table = shard.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = table.find(hash, |entry| entry.is(key, origin)) {
            return Some(Arc::clone(&known.handle));
        }
        let handle = Arc::new(make()?);
        if handle.overflows() {
            self.full.store(true, Relaxed);
            return Some(handle);
        }
        let entry = Entry {
            key: key.clone(),
            origin: origin.map(|(target, level)| (target.into(), level)),
            handle: Arc::clone(&handle),
            used: AtomicBool::new(true),
        };
        table.insert_unique(hash, entry, |entry| self.hasher.hash_one(&entry.key));
        Some(handle)
    }

    /// Lets go of handles that were not asked for since the last time and that nobody holds, if
    /// their series should be able to go or if others found no place.
    pub(crate) fn collected(&self, series_expire: bool) {
        if !(self.full.swap(false, Relaxed) || series_expire) {
            return;
        }
        for Shard(shard) in &self.shards {
            let mut table = shard.write().unwrap_or_else(PoisonError::into_inner);
            table.retain(|entry| {
                let used = entry.used.swap(false, Relaxed);
                used || Arc::strong_count(&entry.handle) > 1 || entry.handle.must_stay()
            });
        }
    }
}
