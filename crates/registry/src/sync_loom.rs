//! The same from loom, which tries every order in which threads can meet.

pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, fence};
pub(crate) use loom::sync::{Mutex, MutexGuard, RwLock};

/// Lets another thread run: loom counts a busy wait as a livelock.
pub(crate) fn pause(_turn: u32) {
    loom::thread::yield_now();
}
