use std::fmt;
use std::sync::Arc;

use meterport_core::{Bounds, InstrumentKind};

use super::{DEFAULT_BOUNDS, Histogram, Identity, Instrument, InstrumentError};
use crate::Meter;
use crate::measure::NumberKind;

/// Settings of an instrument. [`build`](Self::build) makes it, or gives the one that is there.
#[must_use]
pub struct InstrumentBuilder<'a, I> {
    meter: &'a Meter,
    wanted: Wanted,
    make: fn(Arc<Instrument>) -> I,
}

/// An instrument that is asked for.
pub(crate) struct Wanted {
    pub(crate) identity: Identity,
    pub(crate) description: Arc<str>,
    pub(crate) bounds: Arc<[f64]>,
    pub(crate) padded: bool,
    allow_any_name: bool,
    pub(crate) allow_conflict: bool,
}

impl<'a, I> InstrumentBuilder<'a, I> {
    pub(crate) fn new(
        meter: &'a Meter,
        name: Arc<str>,
        kind: InstrumentKind,
        number: NumberKind,
        make: fn(Arc<Instrument>) -> I,
    ) -> Self {
        let wanted = Wanted {
            identity: Identity { name, unit: Arc::default(), kind, number },
            description: Arc::default(),
            bounds: DEFAULT_BOUNDS.into(),
            padded: false,
            allow_any_name: false,
            allow_conflict: false,
        };
        Self { meter, wanted, make }
    }

    /// What is measured, for people.
    pub fn description(mut self, description: impl Into<Arc<str>>) -> Self {
        self.wanted.description = description.into();
        self
    }

    /// The unit, in UCUM's notation.
    pub fn unit(mut self, unit: impl Into<Arc<str>>) -> Self {
        self.wanted.identity.unit = unit.into();
        self
    }

    /// A cache line for each series' number: for few series that many threads record at the same
    /// time. Without it, threads that record different series may still wait for one another.
    /// Costs 56 bytes a series; histograms have such a distance anyway.
    pub fn padded(mut self) -> Self {
        self.wanted.padded = true;
        self
    }

    /// Takes names and units that are not the specification's, for sources with rules of their
    /// own. An empty name is still refused.
    pub fn allow_any_name(mut self) -> Self {
        self.wanted.allow_any_name = true;
        self
    }

    /// Makes a second metric of the same name, where the scope has one of another kind, unit or
    /// type, as the specification demands of its API. Such a pair is counted
    /// ([`RegistryStats::conflicts`](crate::RegistryStats::conflicts)); receivers may refuse it.
    pub fn allow_conflict(mut self) -> Self {
        self.wanted.allow_conflict = true;
        self
    }

    /// The instrument. The same name, kind, unit and type in a scope give the same instrument; of
    /// two descriptions the longer one stays.
    ///
    /// # Errors
    /// [`InstrumentError`].
    pub fn build(self) -> Result<I, InstrumentError> {
        let Wanted { identity, bounds, allow_any_name, .. } = &self.wanted;
        let name = || Arc::clone(&identity.name);
        if identity.name.is_empty() || !(*allow_any_name || is_name(&identity.name)) {
            return Err(InstrumentError::Name { name: name() });
        }
        if !(*allow_any_name || identity.unit.is_ascii() && identity.unit.len() <= 63) {
            return Err(InstrumentError::Unit { name: name(), unit: Arc::clone(&identity.unit) });
        }
        let bounds = Bounds::new(Arc::clone(bounds))
            .map_err(|error| InstrumentError::Bounds { name: name(), error })?;
        Ok((self.make)(self.meter.instrument(&self.wanted, &bounds)?))
    }
}

impl<T> InstrumentBuilder<'_, Histogram<T>> {
    /// The bounds of the buckets, unless a view or a reader wishes something else. By default the
    /// specification's, which suit milliseconds.
    pub fn bounds(mut self, bounds: impl Into<Arc<[f64]>>) -> Self {
        self.wanted.bounds = bounds.into();
        self
    }
}

impl<I> fmt::Debug for InstrumentBuilder<'_, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InstrumentBuilder").field(&self.wanted.identity).finish()
    }
}

/// `metrics/api.md`, "Instrument name syntax".
fn is_name(name: &str) -> bool {
    name.len() <= 255
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-/".contains(c))
}
