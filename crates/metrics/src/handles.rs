//! What the facade's macros give.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};

use meterport_registry::{BoundCounter, BoundGauge, BoundHistogram};
use metrics::{CounterFn, GaugeFn, HistogramFn};

/// What the cache keeps.
pub(crate) trait Handle {
    /// Whether the series has no place of its own, which it may find later.
    fn overflows(&self) -> bool;

    /// Whether it knows what another handle of the same series would not.
    fn must_stay(&self) -> bool {
        false
    }
}

pub(crate) struct CounterHandle {
    bound: BoundCounter<u64>,
    /// What was counted: an absolute value adds what is missing. Where the registry has no total,
    /// it is what was counted through the handle.
    total: AtomicU64,
    absolute: AtomicBool,
    overflows: bool,
}

impl CounterHandle {
    pub(crate) fn new(bound: BoundCounter<u64>) -> Self {
        let overflows = bound.overflows();
        let total = AtomicU64::new(bound.total().unwrap_or_default());
        Self { bound, total, absolute: AtomicBool::new(false), overflows }
    }
}

impl Handle for CounterHandle {
    fn overflows(&self) -> bool {
        self.overflows
    }

    fn must_stay(&self) -> bool {
        self.absolute.load(Relaxed) && self.bound.total().is_none()
    }
}

impl CounterFn for CounterHandle {
    fn increment(&self, value: u64) {
        self.total.fetch_add(value, Relaxed);
        self.bound.add(value);
    }

    fn absolute(&self, value: u64) {
        if self.overflows {
            return;
        }
        self.absolute.store(true, Relaxed);
        let before = self.total.fetch_max(value, Relaxed);
        if value > before {
            self.bound.add(value - before);
        }
    }
}

pub(crate) struct GaugeHandle(pub(crate) BoundGauge<f64>);

impl Handle for GaugeHandle {
    fn overflows(&self) -> bool {
        self.0.overflows()
    }
}

impl GaugeFn for GaugeHandle {
    fn increment(&self, value: f64) {
        self.0.add(value);
    }

    fn decrement(&self, value: f64) {
        self.0.add(-value);
    }

    fn set(&self, value: f64) {
        self.0.set(value);
    }
}

pub(crate) struct HistogramHandle(pub(crate) BoundHistogram<f64>);

impl Handle for HistogramHandle {
    fn overflows(&self) -> bool {
        self.0.overflows()
    }
}

impl HistogramFn for HistogramHandle {
    fn record(&self, value: f64) {
        self.0.record(value);
    }

    fn record_many(&self, value: f64, count: usize) {
        // A `usize` has 64 bits at most.
        self.0.record_many(value, count as u64);
    }
}
