use std::fmt;
use std::sync::Arc;

use meterport_core::{Bounds, InstrumentKind, Scope};

use crate::instrument::{
    Counter, Gauge, Histogram, Instrument, InstrumentBuilder, InstrumentError, Observable,
    UpDownCounter, Wanted,
};
use crate::measure::Measure;
use crate::registry::Shared;

/// Makes the instruments of one scope. A clone is the same.
#[derive(Clone)]
pub struct Meter {
    registry: Arc<Shared>,
    /// Where the registry keeps the scope.
    scope: usize,
    described: Arc<Scope>,
}

macro_rules! instruments {
    ($($(#[$doc:meta])* $method:ident $kind:ident $type:ident;)+) => {$(
        $(#[$doc])*
        pub fn $method<T: Measure>(
            &self,
            name: impl Into<Arc<str>>,
        ) -> InstrumentBuilder<'_, $type<T>> {
            let kind = InstrumentKind::$kind;
            InstrumentBuilder::new(self, name.into(), kind, T::KIND, $type::new)
        }
    )+};
}

impl Meter {
    pub(crate) fn new(registry: Arc<Shared>, scope: usize, described: Arc<Scope>) -> Self {
        Self { registry, scope, described }
    }

    /// The scope of the instruments.
    pub fn scope(&self) -> &Scope {
        &self.described
    }

    instruments! {
        /// A sum that only grows.
        counter Counter Counter;
        /// A last value.
        gauge Gauge Gauge;
        /// A distribution of values.
        histogram Histogram Histogram;
        /// A sum that only grows, told by callbacks.
        observable_counter ObservableCounter Observable;
        /// A last value, told by callbacks.
        observable_gauge ObservableGauge Observable;
        /// A sum that may fall, told by callbacks.
        observable_up_down_counter ObservableUpDownCounter Observable;
        /// A sum that may fall.
        up_down_counter UpDownCounter UpDownCounter;
    }

    /// Says what the instruments of a name measure, also after they were made; a unit, if one is
    /// given, is only told and does not tell instruments apart. Says whether there is such an
    /// instrument.
    pub fn describe(&self, name: &str, description: Option<&str>, unit: Option<&str>) -> bool {
        self.registry.describe(self.scope, name, description, unit)
    }

    pub(crate) fn instrument(
        &self,
        wanted: &Wanted,
        bounds: &Bounds,
    ) -> Result<Arc<Instrument>, InstrumentError> {
        self.registry.instrument(self.scope, wanted, bounds)
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Meter").field(&self.described.name).finish()
    }
}
