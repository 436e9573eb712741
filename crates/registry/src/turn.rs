//! One collection at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use meterport_core::{Clock, Deadline};

/// Lets one thread in, and the next when it has left. A callback may hang for as long as it
/// likes: whoever waits for it has a deadline.
#[derive(Default)]
pub(crate) struct Turns {
    inside: Mutex<Option<ThreadId>>,
    left: Condvar,
}

/// While it lives nobody else is let in.
pub(crate) struct Turn<'a>(&'a Turns);

/// Why there was no turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTurn {
    /// The deadline passed while somebody else was inside.
    Late,
    /// This thread is inside already, so that waiting would never end.
    Nested,
}

impl Turns {
    pub(crate) fn take(&self, deadline: Deadline, clock: &dyn Clock) -> Result<Turn<'_>, NoTurn> {
        let me = thread::current().id();
        let mut inside = self.inside();
        while let Some(other) = *inside {
            if other == me {
                return Err(NoTurn::Nested);
            }
            let now = clock.now();
            if deadline.has_passed(now) {
                return Err(NoTurn::Late);
            }
            inside = match deadline.remaining(now) {
                None => self.left.wait(inside).unwrap_or_else(PoisonError::into_inner),
                Some(time) => {
                    let waited = self.left.wait_timeout(inside, time);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        *inside = Some(me);
        Ok(Turn(self))
    }

    fn inside(&self) -> MutexGuard<'_, Option<ThreadId>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.inside() = None;
        self.0.left.notify_one();
    }
}
