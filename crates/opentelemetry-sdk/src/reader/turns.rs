//! A value that one caller at a time may use, and that others wait for no longer than they want.

use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use meterport_core::Deadline;

pub(super) struct Turns<T> {
    /// `None` while somebody uses it.
    value: Mutex<Option<T>>,
    back: Condvar,
}

impl<T> Turns<T> {
    pub(super) fn new(value: T) -> Self {
        Self { value: Mutex::new(Some(value)), back: Condvar::new() }
    }

    /// The value, or `None` if it is not free by the deadline.
    pub(super) fn take(&self, deadline: Deadline) -> Option<Turn<'_, T>> {
        let mut place = self.place();
        loop {
            if let Some(value) = place.take() {
                return Some(Turn { of: self, value: Some(value) });
            }
            place = match deadline.remaining(Instant::now()) {
                None => self.back.wait(place).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => return None,
                Some(left) => {
                    self.back.wait_timeout(place, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn place(&self) -> MutexGuard<'_, Option<T>> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The value for the time being; goes back when dropped, also by a panic.
pub(super) struct Turn<'a, T> {
    of: &'a Turns<T>,
    value: Option<T>,
}

impl<T> Deref for Turn<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("there until it is dropped")
    }
}

impl<T> DerefMut for Turn<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("there until it is dropped")
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        *self.of.place() = self.value.take();
        self.of.back.notify_one();
    }
}
