use std::sync::Arc;

use hashbrown::HashTable;
use meterport_core::AttributeSet;

use super::keys::Query;
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
    /// What a query for it looks like: read beside the table, in one go.
    pub(crate) form: Box<[u8]>,
    pub(crate) block: Arc<Block>,
    pub(crate) hash: u32,
    pub(crate) row: u16,
    pub(crate) list: Option<u8>,
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
    pub(crate) fn with<R>(&self, query: &Query<'_>, then: impl FnOnce(&Entry) -> R) -> Option<R> {
        let shard = read(self.shard(query.hash));
        shard.find(spread(query.hash), is(query)).map(then)
    }

    /// The same, after `make` made the series if there was none; `None` if it made none.
    pub(crate) fn with_new<R>(
        &self,
        query: &Query<'_>,
        make: impl FnOnce() -> Option<Entry>,
        then: impl FnOnce(&Entry) -> R,
    ) -> Option<R> {
        let mut shard = write(self.shard(query.hash));
        if let Some(entry) = shard.find(spread(query.hash), is(query)) {
            return Some(then(entry));
        }
        let new = shard.insert_unique(spread(query.hash), make()?, |entry| spread(entry.hash));
        Some(then(new.get()))
    }

    /// Removes the series if `really`, which is called when nobody can reach it through the
    /// table. Says whether it was removed.
    pub(crate) fn remove(&self, query: &Query<'_>, really: impl FnOnce(&Entry) -> bool) -> bool {
        let mut shard = write(self.shard(query.hash));
        match shard.find_entry(spread(query.hash), is(query)) {
            Ok(entry) if really(entry.get()) => {
                entry.remove();
                true
            }
            _ => false,
        }
    }
}

#[inline]
fn is<'q>(query: &'q Query<'_>) -> impl Fn(&Entry) -> bool + 'q {
    |entry| entry.hash == query.hash && query.is(&entry.form, entry.list, &entry.set)
}

/// The table takes the place from the low bits and a tag from the highest.
#[inline]
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
