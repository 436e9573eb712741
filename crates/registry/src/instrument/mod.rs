//! Instruments: what measurements are given to.

mod bound;
mod builder;
mod callback;
mod chain;
mod error;
mod handles;
mod stream;

use std::fmt;
use std::sync::Arc;

use meterport_core::{AttributeSet, Clock, InstrumentKind, Timestamp};

pub use builder::InstrumentBuilder;
pub use callback::{CallbackHandle, Observable, Observer};
pub use error::InstrumentError;
pub use handles::{
    BoundCounter, BoundGauge, BoundHistogram, BoundUpDownCounter, Counter, Gauge, Histogram,
    UpDownCounter,
};

pub(crate) use builder::Wanted;
pub(crate) use callback::Callbacks;
pub(crate) use chain::Chain;
pub(crate) use stream::{DEFAULT_BOUNDS, Stream};

use crate::attributes::Attributes;
use crate::cells::Block;
use crate::exemplar::{Offer, Offers, Sampled};
use crate::measure::{Measure, NumberKind};
use crate::storage::Storage;
use crate::tally::Tally;

/// What tells instruments of a scope apart. Names are compared without regard to case.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) name: Arc<str>,
    pub(crate) unit: Arc<str>,
    pub(crate) kind: InstrumentKind,
    pub(crate) number: NumberKind,
}

impl Identity {
    pub(crate) fn has_name_of(&self, other: &Self) -> bool {
        self.name.eq_ignore_ascii_case(&other.name)
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        self.has_name_of(other)
            && (self.kind, self.number) == (other.kind, other.number)
            && self.unit == other.unit
    }
}

/// An instrument with the metrics that views make of it.
pub(crate) struct Instrument {
    pub(crate) identity: Identity,
    pub(crate) created: Timestamp,
    pub(crate) streams: Vec<Stream>,
    /// A store for each metric and each different wish of a reader.
    pub(crate) storages: Chain<Arc<Storage>>,
    pub(crate) callbacks: Callbacks,
    pub(crate) padded: bool,
    /// Which measurements are offered as exemplars, if any.
    pub(crate) offers: Option<Offers>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tally: Tally,
}

impl Instrument {
    pub(crate) fn is_observable(&self) -> bool {
        matches!(
            self.identity.kind,
            InstrumentKind::ObservableCounter
                | InstrumentKind::ObservableGauge
                | InstrumentKind::ObservableUpDownCounter
        )
    }

    /// Of two descriptions the longer one stays.
    pub(crate) fn prefer_description(&self, description: &str) {
        for stream in self.streams.iter().filter(|stream| !stream.described_by_view) {
            if description.len() > stream.descriptor().description.len() {
                stream.describe(|descriptor| descriptor.description = description.into());
            }
        }
    }

    /// Sets what was not said by a view.
    pub(crate) fn describe(&self, description: Option<&str>, unit: Option<&str>) {
        for stream in &self.streams {
            stream.describe(|descriptor| {
                if let Some(description) = description.filter(|_| !stream.described_by_view) {
                    descriptor.description = description.into();
                }
                if let Some(unit) = unit.filter(|_| !stream.unit_by_view) {
                    descriptor.unit = unit.into();
                }
            });
        }
    }

    /// Has `change` change the cell of the attributes' series in every store.
    #[inline]
    fn record<T: Measure>(
        &self,
        attributes: &(impl Attributes + ?Sized),
        value: T,
        change: impl Fn(&Block, usize, T, &Tally),
    ) {
        let offer = self.offer();
        for storage in self.storages.iter().filter(|storage| !storage.is_closed()) {
            storage.with_cell(attributes, |block, row| {
                change(block, row, value, storage.tally());
                if let Some(offer) = offer {
                    let filtered = || storage.keys.dropped(attributes);
                    self.sample(block, row, value, offer, &filtered);
                }
            });
        }
    }

    /// Whether the measurement may become an exemplar. Foreign code is asked, so no lock may be
    /// held.
    #[inline]
    fn offer(&self) -> Option<Offer> {
        self.offers.as_ref().and_then(Offers::offer)
    }

    /// Keeps an exemplar.
    #[cold]
    fn sample<T: Measure>(
        &self,
        block: &Block,
        row: usize,
        value: T,
        Offer(span): Offer,
        filtered: &dyn Fn() -> AttributeSet,
    ) {
        block.sample(row, value, Sampled { span, time: self.clock.wall(), filtered });
    }
}

impl fmt::Debug for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instrument").field("identity", &self.identity).finish_non_exhaustive()
    }
}
