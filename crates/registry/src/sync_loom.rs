//! The same from loom, which tries every order in which threads can meet.

pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, fence};
pub(crate) use loom::sync::{Mutex, MutexGuard, RwLock};

/// One table of series: which of several is taken depends on a random number, and loom repeats
/// what it found.
pub(crate) const SHARDS: usize = 1;

/// Lets another thread run: loom counts a busy wait as a livelock.
pub(crate) fn pause(_turn: u32) {
    loom::thread::yield_now();
}
