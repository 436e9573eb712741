//! The registry's instruments behind the API's traits.

use meterport_registry::{Counter, Gauge, Histogram, Measure, Observer, UpDownCounter};
use opentelemetry::metrics::{AsyncInstrument, SyncInstrument};
use opentelemetry::{Context, KeyValue};

use crate::attributes::Given;

/// An instrument that is recorded where the context does not suppress telemetry.
pub(crate) struct Recording<I>(pub(crate) I);

/// Whether what happens on this thread at present is an exporter's own doing.
#[inline]
pub(crate) fn is_suppressed() -> bool {
    Context::is_current_telemetry_suppressed()
}

macro_rules! recorded {
    ($($instrument:ident by $method:ident;)+) => {$(
        impl<T: Measure> SyncInstrument<T> for Recording<$instrument<T>> {
            #[inline]
            fn measure(&self, measurement: T, attributes: &[KeyValue]) {
                if !is_suppressed() {
                    self.0.$method(measurement, Given::new(attributes));
                }
            }

            #[cfg(feature = "experimental_metrics_bound_instruments")]
            fn bind(&self, attributes: &[KeyValue]) -> crate::bound::Handle<T> {
                Box::new(Recording(self.0.bind(Given::new(attributes))))
            }
        }
    )+};
}

recorded! {
    Counter by add;
    Gauge by set;
    Histogram by record;
    UpDownCounter by add;
}

/// An instrument that cannot be.
pub(crate) struct Ignored;

impl<T> SyncInstrument<T> for Ignored {
    fn measure(&self, _measurement: T, _attributes: &[KeyValue]) {}
}

/// What a callback of the API is given.
pub(crate) struct Observing<'a, T>(pub(crate) &'a Observer<'a, T>);

impl<T: Measure> AsyncInstrument<T> for Observing<'_, T> {
    fn observe(&self, measurement: T, attributes: &[KeyValue]) {
        self.0.observe(measurement, Given::new(attributes));
    }
}
