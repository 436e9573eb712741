use std::fmt;
use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Handle, Id};

use crate::runtime::Lacking;
use crate::{SendErrorKind, ServiceError};

/// A value for each tokio runtime that asks for one: connections, in most cases.
///
/// A connection is driven by a task of the runtime that opened it. Taken by another runtime it
/// would fail once its own has ended, and hang while its own is blocked.
///
/// The values of the last four runtimes that asked are kept. tokio may give the id of a runtime
/// that has ended to a new one, which then finds the old value: what is kept must notice that its
/// connections are closed.
pub struct PerRuntime<T> {
    /// The last one used stands last.
    values: Mutex<Vec<(Id, T)>>,
}

const KEPT_RUNTIMES: usize = 4;

impl<T: Clone> PerRuntime<T> {
    /// No runtime has asked yet.
    pub const fn new() -> Self {
        Self { values: Mutex::new(Vec::new()) }
    }

    /// The value of the present runtime, made by `make` if there is none.
    ///
    /// # Errors
    /// Called outside a tokio runtime: [`SendErrorKind::NoRuntime`].
    pub fn current(&self, make: impl FnOnce() -> T) -> Result<T, ServiceError> {
        let id = Handle::try_current().map_err(|_| Lacking::Runtime)?.id();
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let mut evicted = None;
        let entry = match values.iter().position(|entry| entry.0 == id) {
            Some(at) => values.remove(at),
            None => {
                evicted = (values.len() == KEPT_RUNTIMES).then(|| values.remove(0));
                (id, make())
            }
        };
        let value = entry.1.clone();
        values.push(entry);
        // Closing connections is done without the lock.
        drop(values);
        drop(evicted);
        Ok(value)
    }
}

impl<T: Clone> Default for PerRuntime<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for PerRuntime<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerRuntime").finish_non_exhaustive()
    }
}

impl From<Lacking> for ServiceError {
    fn from(lacking: Lacking) -> Self {
        Self::with_detail(SendErrorKind::NoRuntime, lacking.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn runtimes(count: usize) -> Vec<Runtime> {
        (0..count).map(|_| Builder::new_current_thread().build().unwrap()).collect()
    }

    #[test]
    fn each_runtime_has_its_own_and_the_last_four_are_kept() {
        let values = PerRuntime::new();
        let runtimes = runtimes(5);
        let ask = |at: usize| runtimes[at].block_on(async { values.current(|| Arc::new(at)) });
        let first = ask(0).unwrap();
        assert_eq!((*ask(1).unwrap(), *ask(0).unwrap()), (1, 0));
        (2..5).for_each(|at| drop(ask(at)));
        assert!(Arc::ptr_eq(&first, &ask(0).unwrap()), "used after 1, so 1 made room");
        let gone = runtimes[1].block_on(async { values.current(|| Arc::new(100)) });
        assert_eq!(*gone.unwrap(), 100);
    }

    #[test]
    fn outside_a_runtime_there_is_none() {
        let error = PerRuntime::new().current(|| ()).unwrap_err();
        assert_eq!(error.kind(), SendErrorKind::NoRuntime);
        assert!(error.to_string().contains("meterport-reader"));
    }
}
