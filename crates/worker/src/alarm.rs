//! Wakes a task at a moment, without the executor's help: one thread for the whole process,
//! which lives while anything is waited for.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;
use std::{process, thread};

static BOOK: Mutex<Book> = Mutex::new(Book { entries: BTreeMap::new(), next: 0, thread: None });
static CHANGED: Condvar = Condvar::new();

struct Book {
    entries: BTreeMap<Key, Waker>,
    next: u64,
    /// The process that the thread runs in, if it runs: after a fork, the child has none.
    thread: Option<u32>,
}

type Key = (Instant, u64);

fn book() -> MutexGuard<'static, Book> {
    BOOK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A wake-up call at one moment, withdrawn when dropped.
#[derive(Debug)]
pub(crate) struct Alarm {
    at: Instant,
    key: Option<Key>,
}

impl Alarm {
    pub(crate) fn at(at: Instant) -> Self {
        Self { at, key: None }
    }

    /// Wakes `waker` at the moment, and no longer the waker given before.
    pub(crate) fn set(&mut self, waker: &Waker) {
        let mut book = book();
        let key = *self.key.get_or_insert_with(|| {
            book.next += 1;
            (self.at, book.next)
        });
        let before = match book.entries.get(&key) {
            Some(known) if known.will_wake(waker) => None,
            _ => book.entries.insert(key, waker.clone()),
        };
        let running = book.ensure_thread();
        drop(book);
        // Dropped outside the lock: a waker is foreign code.
        drop(before);
        if running {
            CHANGED.notify_one();
        } else {
            // No thread to be had: the deadline is kept by polling again.
            thread::yield_now();
            waker.wake_by_ref();
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let waker = book().entries.remove(&key);
        drop(waker);
        CHANGED.notify_one();
    }
}

impl Book {
    fn ensure_thread(&mut self) -> bool {
        let process = process::id();
        if self.thread != Some(process) {
            let started = thread::Builder::new().name("deadline-alarm".into()).spawn(ring);
            self.thread = started.is_ok().then_some(process);
        }
        self.thread.is_some()
    }
}

fn ring() {
    let mut guard = book();
    loop {
        let Some((&key, _)) = guard.entries.first_key_value() else {
            guard.thread = None;
            return;
        };
        let left = key.0.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let waker = guard.entries.remove(&key);
            drop(guard);
            let _ = catch_unwind(AssertUnwindSafe(|| waker.map(Waker::wake)));
            guard = book();
        } else {
            guard = match CHANGED.wait_timeout(guard, left) {
                Ok((guard, _)) => guard,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}
