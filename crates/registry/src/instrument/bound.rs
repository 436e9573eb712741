use std::sync::{Arc, Mutex};

use meterport_core::AttributeSet;

use super::{Chain, Instrument};
use crate::attributes::Attributes;
use crate::cells::Block;
use crate::exemplar::Offer;
use crate::measure::Measure;
use crate::storage::Slot;
use crate::tally::Tally;

/// The cells of one series in all stores of an instrument.
pub(crate) struct Bound {
    instrument: Arc<Instrument>,
    attributes: AttributeSet,
    /// In the first store, mostly the only one, if there was one and exemplars are not kept.
    first: Option<Slot>,
    /// In the stores after that. Readers that come later add to them.
    others: Chain<Slot>,
    growing: Mutex<()>,
}

impl Bound {
    pub(crate) fn new(instrument: &Arc<Instrument>, attributes: &impl Attributes) -> Self {
        let pairs = attributes.entries().map(|(key, value)| (key, value.to_value()));
        let attributes: AttributeSet = pairs.collect();
        // Where measurements may become exemplars, none is as quick as this is for.
        let first = instrument.storages.iter().next().filter(|_| instrument.offers.is_none());
        let first = first.map(|storage| storage.bind(&attributes));
        let new = Self {
            instrument: Arc::clone(instrument),
            attributes,
            first,
            others: Chain::default(),
            growing: Mutex::default(),
        };
        new.grow();
        new
    }

    #[inline]
    pub(crate) fn record<T: Measure>(&self, value: T, change: impl Fn(&Block, usize, T, &Tally)) {
        match &self.first {
            Some(only) if self.instrument.storages.len() == 1 => only.change(value, &change),
            _ => self.record_in_all(value, &change),
        }
    }

    /// The same where it most likely is a histogram. All that may come in the way is one call at
    /// the end, which needs nothing of what was found here.
    #[inline]
    pub(crate) fn spread<T: Measure>(&self, value: T) {
        match &self.first {
            Some(only) if self.instrument.storages.len() == 1 && only.try_spread(value) => {}
            _ => self.record_in_all(value, &Block::record),
        }
    }

    /// Apart, so that the common case is small.
    #[inline(never)]
    fn record_in_all<T: Measure>(&self, value: T, change: &impl Fn(&Block, usize, T, &Tally)) {
        if self.others.len() + usize::from(self.first.is_some()) < self.instrument.storages.len() {
            self.grow();
        }
        let offer = self.instrument.offer();
        let slots = || self.first.iter().chain(self.others.iter());
        let open = slots().filter(|slot| !slot.storage().is_closed());
        open.for_each(|slot| slot.change(value, change));
        if let Some(offer) = offer {
            self.sample(value, offer);
        }
    }

    #[cold]
    fn sample<T: Measure>(&self, value: T, offer: Offer) {
        for slot in self.first.iter().chain(self.others.iter()) {
            let filtered = || slot.storage().keys.dropped(&self.attributes);
            self.instrument.sample(slot.block(), slot.row(), value, offer, &filtered);
        }
    }

    /// Takes a cell in every store that has come since.
    #[cold]
    fn grow(&self) {
        let _one = lock_std(&self.growing);
        let known = self.others.len() + usize::from(self.first.is_some());
        for storage in self.instrument.storages.iter().skip(known) {
            self.others.push(storage.bind(&self.attributes));
        }
    }

    /// Whether the series shares its place with others in some store.
    pub(crate) fn overflows(&self) -> bool {
        let mut slots = self.first.iter().chain(self.others.iter());
        slots.any(|slot| slot.storage().is_overflow(slot.block(), slot.row()))
    }

    /// The bits of the sum since the series began, if a store keeps that.
    pub(crate) fn total(&self) -> Option<u64> {
        self.first.iter().chain(self.others.iter()).find_map(Slot::total)
    }

    pub(crate) fn instrument(&self) -> &Instrument {
        &self.instrument
    }

    pub(crate) fn attributes(&self) -> &AttributeSet {
        &self.attributes
    }
}

fn lock_std(mutex: &Mutex<()>) -> std::sync::MutexGuard<'_, ()> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
