//! Bound instruments, which the API has as an experiment.

use meterport_registry::{BoundCounter, BoundGauge, BoundHistogram, BoundUpDownCounter, Measure};
use opentelemetry::metrics::BoundSyncInstrument;

use crate::recording::{Recording, is_suppressed};

/// What the API's `bind` gives.
pub(crate) type Handle<T> = Box<dyn BoundSyncInstrument<T> + Send + Sync>;

macro_rules! recorded {
    ($($instrument:ident by $method:ident;)+) => {$(
        impl<T: Measure> BoundSyncInstrument<T> for Recording<$instrument<T>> {
            #[inline]
            fn measure(&self, measurement: T) {
                if !is_suppressed() {
                    self.0.$method(measurement);
                }
            }
        }
    )+};
}

recorded! {
    BoundCounter by add;
    BoundGauge by set;
    BoundHistogram by record;
    BoundUpDownCounter by add;
}
