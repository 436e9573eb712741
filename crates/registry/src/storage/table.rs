use std::sync::Arc;

use hashbrown::HashTable;
use meterport_core::AttributeSet;

use super::form::Form;
use crate::cells::Block;
use crate::lock::{read, write};
use crate::sync::{RwLock, SHARDS};

/// Series by attributes, in several tables, so that threads that record different series seldom
/// meet at a lock.
pub(crate) struct Table {
    shards: Box<[Shard]>,
}

/// Locks a cache line apart from one another; processors fetch lines in pairs.
#[derive(Default)]
#[repr(align(128))]
struct Shard(RwLock<HashTable<Entry>>);

/// A series: where its cell is.
pub(crate) struct Entry {
    pub(crate) set: AttributeSet,
    /// Its values, as they are compared.
    pub(crate) form: Form,
    pub(crate) block: Arc<Block>,
    pub(crate) hash: u32,
    pub(crate) row: u16,
    /// The number of its key list.
    pub(crate) list: Option<u8>,
}

/// What a series is looked up by.
pub(crate) trait Query {
    /// The same for all queries for one series.
    fn hash(&self) -> u32;

    /// Whether this is the series, if the hash is its own.
    fn is(&self, entry: &Entry) -> bool;
}

impl Table {
    pub(crate) fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Shard::default()).collect() }
    }

    #[inline]
    fn shard(&self, hash: u32) -> &RwLock<HashTable<Entry>> {
        &self.shards[hash as usize % SHARDS].0
    }

    /// Calls `then` with the series, which does not go meanwhile; `None` if there is no such.
    #[inline]
    pub(crate) fn with<R>(&self, query: &impl Query, then: impl FnOnce(&Entry) -> R) -> Option<R> {
        let shard = read(self.shard(query.hash()));
        shard.find(spread(query.hash()), is(query)).map(then)
    }

    /// The same, after `make` made the series if there was none; `None` if it made none.
    pub(crate) fn with_new<R>(
        &self,
        query: &impl Query,
        make: impl FnOnce() -> Option<Entry>,
        then: impl FnOnce(&Entry) -> R,
    ) -> Option<R> {
        let mut shard = write(self.shard(query.hash()));
        if let Some(entry) = shard.find(spread(query.hash()), is(query)) {
            return Some(then(entry));
        }
        let new = shard.insert_unique(spread(query.hash()), make()?, |entry| spread(entry.hash));
        Some(then(new.get()))
    }

    /// Removes the series if `really`, which is called when nobody can reach it through the
    /// table. Says whether it was removed.
    pub(crate) fn remove(&self, query: &impl Query, really: impl FnOnce(&Entry) -> bool) -> bool {
        let mut shard = write(self.shard(query.hash()));
        match shard.find_entry(spread(query.hash()), is(query)) {
            Ok(entry) if really(entry.get()) => {
                entry.remove();
                true
            }
            _ => false,
        }
    }
}

#[inline]
fn is(query: &impl Query) -> impl Fn(&Entry) -> bool {
    |entry| entry.hash == query.hash() && query.is(entry)
}

/// The table takes the place from the low bits and a tag from the highest.
#[inline]
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
