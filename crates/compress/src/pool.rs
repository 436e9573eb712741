use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// States of one codec that wait to be used again, each for one level.
///
/// Bounded: more than [`CAPACITY`] are never kept, nor any that has grown beyond what the codec's
/// module allows. Which level a state was made for is part of its key, because changing the level
/// costs as much as making it.
pub(crate) struct Pool<S: 'static> {
    idle: Mutex<Vec<(i32, S)>>,
    keep: fn(&S) -> bool,
}

/// As many as there are exports under way at one time in most programs, and then some.
pub(crate) const CAPACITY: usize = 8;

impl<S> Pool<S> {
    /// An empty pool, which keeps only states that satisfy `keep`.
    pub(crate) const fn new(keep: fn(&S) -> bool) -> Self {
        Self { idle: Mutex::new(Vec::new()), keep }
    }

    /// An idle state for this level, to be reset by the caller, or one made now.
    pub(crate) fn take<E>(
        &'static self,
        level: i32,
        make: impl FnOnce() -> Result<S, E>,
    ) -> Result<Lease<S>, E> {
        let idle = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            // The last one used is the one whose memory is warm.
            idle.iter().rposition(|entry| entry.0 == level).map(|at| idle.swap_remove(at).1)
        };
        let state = match idle {
            Some(state) => state,
            None => make()?,
        };
        Ok(Lease { pool: self, level, state })
    }

    /// How many states wait for this level.
    #[cfg(test)]
    pub(crate) fn idle(&self, level: i32) -> usize {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.iter().filter(|entry| entry.0 == level).count()
    }

    fn give_back(&self, level: i32, state: S) {
        if !(self.keep)(&state) {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = (idle.len() == CAPACITY).then(|| idle.remove(0));
        idle.push((level, state));
        drop(idle);
        drop(oldest);
    }
}

/// A state that is in use. It goes back by [`give_back`](Self::give_back) alone, when its body
/// has ended well: zlib-rs 0.6 does not reset a state wholly that stopped in the middle of one,
/// and then writes bodies that nobody can read.
pub(crate) struct Lease<S: 'static> {
    pool: &'static Pool<S>,
    level: i32,
    state: S,
}

impl<S> Lease<S> {
    /// Ends the use of a state that is fit to be used again.
    pub(crate) fn give_back(self) {
        self.pool.give_back(self.level, self.state);
    }
}

impl<S> Deref for Lease<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.state
    }
}

impl<S> DerefMut for Lease<S> {
    fn deref_mut(&mut self) -> &mut S {
        &mut self.state
    }
}

impl<S> fmt::Debug for Lease<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lease(level {})", self.level)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    struct State {
        number: usize,
        heavy: bool,
    }

    fn pool() -> &'static Pool<State> {
        Box::leak(Box::new(Pool::new(|state: &State| !state.heavy)))
    }

    fn take(pool: &'static Pool<State>, level: i32, number: usize) -> Lease<State> {
        pool.take(level, || Ok::<_, Infallible>(State { number, heavy: false })).unwrap()
    }

    #[test]
    fn a_state_comes_back_for_its_own_level() {
        let pool = pool();
        take(pool, 1, 10).give_back();
        assert_eq!(take(pool, 2, 20).number, 20);
        let first = take(pool, 1, 30);
        assert_eq!(first.number, 10);
        assert_eq!(take(pool, 1, 40).number, 40);
    }

    #[test]
    fn no_more_are_kept_than_the_capacity_and_the_oldest_go() {
        let pool = pool();
        let many: Vec<_> = (0..CAPACITY + 3).map(|number| take(pool, 1, number)).collect();
        many.into_iter().for_each(Lease::give_back);
        let kept: Vec<_> = (0..CAPACITY + 3).map(|_| take(pool, 1, 99)).collect();
        assert_eq!(kept.iter().filter(|state| state.number == 99).count(), 3);
        assert!(!kept.iter().any(|state| state.number < 3));
    }

    #[test]
    fn a_state_that_is_dropped_does_not_come_back() {
        let pool = pool();
        {
            let _unfinished = take(pool, 1, 1);
        }
        assert_eq!(take(pool, 1, 2).number, 2);
    }

    #[test]
    fn a_state_that_has_grown_too_heavy_is_let_go() {
        let pool = pool();
        let mut state = take(pool, 1, 1);
        state.heavy = true;
        state.give_back();
        assert_eq!(take(pool, 1, 2).number, 2);
    }
}
