//! What threads share: from `std`, or from loom where its model checker runs the tests.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, fence};
pub(crate) use std::sync::{Mutex, MutexGuard, RwLock};

use std::sync::atomic::Ordering::Acquire;
use std::time::Duration;

/// How many tables a metric's series lie in.
pub(crate) const SHARDS: usize = 8;

/// Waits for another thread that is inside a cell: a few turns busily, some by letting others run,
/// then in short sleeps, since the holder may have lost its core to a thread of higher priority.
pub(crate) fn pause(turn: u32) {
    match turn {
        0..64 => std::hint::spin_loop(),
        64..128 => std::thread::yield_now(),
        _ => std::thread::sleep(Duration::from_micros(50)),
    }
}

/// Puts `taken` into a cell and gives what was there: if that was `taken` too, somebody else has
/// the cell, and it is as it was.
#[inline]
pub(crate) fn take(cell: &AtomicU64, taken: u64) -> u64 {
    cell.swap(taken, Acquire)
}
