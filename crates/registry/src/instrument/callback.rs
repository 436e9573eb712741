//! Observable instruments: their values are asked for when a reader collects.

use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use meterport_core::InstrumentKind;

use super::Instrument;
use crate::attributes::Attributes;
use crate::measure::Measure;
use crate::storage::Storage;
use crate::tally::count;

/// An instrument whose values callbacks tell, whenever a reader collects. A clone is the same
/// instrument.
pub struct Observable<T> {
    instrument: Arc<Instrument>,
    number: PhantomData<fn(T)>,
}

impl<T: Measure> Observable<T> {
    pub(crate) fn new(instrument: Arc<Instrument>) -> Self {
        Self { instrument, number: PhantomData }
    }

    /// Adds a callback. It stays until [`CallbackHandle::remove`] is called, also when the handle
    /// is dropped.
    ///
    /// It is called once for each collection of each reader, on the thread that collects, and
    /// should be quick. What it does not observe is not reported. It may use instruments; a
    /// snapshot of the producer that calls it would be empty. A panic in it is caught and counted
    /// ([`RegistryStats::panicked`](crate::RegistryStats::panicked)).
    pub fn observe(
        &self,
        callback: impl Fn(&Observer<'_, T>) + Send + Sync + 'static,
    ) -> CallbackHandle {
        let callback: Callback =
            Arc::new(move |round| callback(&Observer { round, number: PhantomData }));
        let handle = CallbackHandle {
            instrument: Arc::downgrade(&self.instrument),
            callback: Arc::downgrade(&callback),
        };
        self.instrument.callbacks.edit(|callbacks| callbacks.push(callback));
        handle
    }
}

impl<T> Clone for Observable<T> {
    fn clone(&self) -> Self {
        Self { instrument: Arc::clone(&self.instrument), number: PhantomData }
    }
}

impl<T> fmt::Debug for Observable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observable").field(&self.instrument.identity.name).finish()
    }
}

/// Takes what a callback observes.
pub struct Observer<'a, T> {
    round: &'a Round<'a>,
    number: PhantomData<fn(T)>,
}

impl<T: Measure> Observer<'_, T> {
    /// Reports the value of a series: for sums the total, not a difference. The last value for a
    /// series counts; where a view makes one series of several, sums add up.
    pub fn observe(&self, value: T, attributes: impl Attributes) {
        if self.round.instrument.identity.kind == InstrumentKind::ObservableCounter
            && value < T::default()
        {
            return count(&self.round.instrument.tally.refused);
        }
        for storage in self.round.storages {
            storage.observe(&attributes, value, storage.since());
        }
    }
}

impl<T> fmt::Debug for Observer<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observer").field(&self.round.instrument.identity.name).finish()
    }
}

/// One reader's collection of one instrument.
pub(crate) struct Round<'a> {
    instrument: &'a Instrument,
    storages: &'a [Arc<Storage>],
}

type Callback = Arc<dyn Fn(&Round<'_>) + Send + Sync>;

/// Removes a callback.
pub struct CallbackHandle {
    instrument: Weak<Instrument>,
    callback: Weak<dyn Fn(&Round<'_>) + Send + Sync>,
}

impl CallbackHandle {
    /// Removes the callback. A collection that is under way may still call it.
    pub fn remove(self) {
        let (Some(instrument), Some(callback)) =
            (self.instrument.upgrade(), self.callback.upgrade())
        else {
            return;
        };
        instrument.callbacks.edit(|all| all.retain(|one| !Arc::ptr_eq(one, &callback)));
    }
}

impl fmt::Debug for CallbackHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackHandle(..)")
    }
}

/// The callbacks of an instrument.
#[derive(Default)]
pub(crate) struct Callbacks(Mutex<Arc<Vec<Callback>>>);

impl Callbacks {
    fn edit(&self, edit: impl FnOnce(&mut Vec<Callback>)) {
        let mut callbacks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        edit(Arc::make_mut(&mut *callbacks));
    }

    /// Has all callbacks observe for the reader that has these stores.
    pub(crate) fn run(&self, instrument: &Instrument, storages: &[Arc<Storage>]) {
        let callbacks = Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for callback in &*callbacks {
            let call = || callback(&Round { instrument, storages });
            if catch_unwind(AssertUnwindSafe(call)).is_err() {
                count(&instrument.tally.panicked);
            }
        }
    }
}
