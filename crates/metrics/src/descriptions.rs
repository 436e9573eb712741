//! What the program says of its metrics, before they are there or after.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use meterport_registry::Meter;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Description {
    pub(crate) text: Option<String>,
    pub(crate) unit: Option<&'static str>,
}

impl Description {
    /// Says it of the instruments of a meter.
    pub(crate) fn apply(&self, meter: &Meter, name: &str) {
        meter.describe(name, self.text.as_deref(), self.unit);
    }
}

/// By kind and name.
#[derive(Debug, Default)]
pub(crate) struct Descriptions(Mutex<HashMap<(Kind, String), Description>>);

impl Descriptions {
    /// Adds what is said now to what was said before.
    pub(crate) fn put(&self, kind: Kind, name: &str, said: Description) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.entry((kind, name.to_owned())).or_default();
        known.text = said.text.or_else(|| known.text.take());
        known.unit = said.unit.or(known.unit);
    }

    pub(crate) fn get(&self, kind: Kind, name: &str) -> Option<Description> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(kind, name.to_owned())).cloned()
    }
}
