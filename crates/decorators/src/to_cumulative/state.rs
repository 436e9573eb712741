use meterport_core::{DropReason, Timestamp};

use super::Gaps;
use crate::arithmetic::Additive;

/// The cumulative value of a series.
#[derive(Debug)]
pub(super) struct State<V> {
    /// Since when it counts.
    start: Timestamp,
    /// The window of the delta that came last.
    last: (Timestamp, Timestamp),
    value: V,
}

/// A cumulative point.
pub(super) struct Total<V> {
    pub(super) start: Timestamp,
    pub(super) value: V,
}

impl<V: Additive> State<V> {
    /// What begins with a delta.
    pub(super) fn begin(window: (Timestamp, Timestamp), value: V) -> Self {
        Self { start: window.0, last: window, value }
    }

    pub(super) fn total(&self) -> Total<V> {
        Total { start: self.start, value: self.value.clone() }
    }

    /// Adds a delta. The algorithm of the OpenTelemetry specification, `metrics/data-model.md`,
    /// "Sums: Delta-to-Cumulative".
    pub(super) fn add(
        &mut self,
        window: (Timestamp, Timestamp),
        value: &V,
        gaps: Gaps,
    ) -> Result<(), DropReason> {
        let (start, time) = window;
        let seen = self.last.1;
        if time.is_set() && seen.is_set() {
            if window == self.last {
                // The same delta once more: the export before did not end well, and it was given
                // to us again.
                return Ok(());
            }
            if time <= seen || (start.is_set() && start < self.start) {
                return Err(DropReason::OutOfOrder);
            }
        }
        let gap = start.is_set() && seen.is_set() && start > seen;
        if (gap && gaps == Gaps::Reset) || !self.value.add(value) {
            *self = Self::begin(window, value.clone());
        }
        self.last = window;
        Ok(())
    }
}
