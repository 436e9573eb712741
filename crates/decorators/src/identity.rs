use std::sync::atomic::{AtomicU64, Ordering};

/// Tells decorators apart whose results chunks and batches remember. Two with the same rules do not
/// share them; that costs the work done twice and can never be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity(u64);

impl Identity {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}
