//! The same from loom, which tries every order in which threads can meet.

use std::sync::atomic::Ordering::{Acquire, Relaxed};

pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, fence};
pub(crate) use loom::sync::{Mutex, MutexGuard, RwLock};

/// One table of series: which of several is taken depends on a random number, and loom repeats
/// what it found.
pub(crate) const SHARDS: usize = 1;

/// Lets another thread run: loom counts a busy wait as a livelock.
pub(crate) fn pause(_turn: u32) {
    loom::thread::yield_now();
}

/// The same without a store where the cell is taken: loom does not know that the exchange comes
/// before what the holder stores later, and would let the cell stay taken.
pub(crate) fn take(cell: &AtomicU64, taken: u64) -> u64 {
    let exchange = |now| (now != taken).then_some(taken);
    cell.fetch_update(Acquire, Relaxed, exchange).unwrap_or(taken)
}
