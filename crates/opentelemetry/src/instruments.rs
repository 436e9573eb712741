//! Instruments of the API, made in the registry.

use std::borrow::Cow;
use std::sync::Arc;

use meterport_registry::{InstrumentBuilder, InstrumentError, Measure, Meter, Observable};
use opentelemetry::metrics::{self as api, AsyncInstrumentBuilder, Callback, InstrumentProvider};

use crate::recording::{Ignored, Observing, Recording};

/// Makes the instruments of one scope.
pub(crate) struct Instruments(Meter);

impl Instruments {
    pub(crate) fn new(meter: Meter) -> Self {
        Self(meter)
    }

    /// What the registry has under these words, or `None` with a warning.
    fn make<'a, I>(
        &'a self,
        begin: impl Fn(&'a Meter) -> InstrumentBuilder<'a, I>,
        description: Option<Cow<'static, str>>,
        unit: Option<Cow<'static, str>>,
    ) -> Option<I> {
        let builder = || {
            let builder = begin(&self.0).unit(unit.clone().unwrap_or_default());
            builder.description(description.clone().unwrap_or_default())
        };
        let scope = &*self.0.scope().name;
        match builder().build() {
            Ok(instrument) => return Some(instrument),
            // The specification has it made all the same (`metrics/sdk.md`, "Duplicate
            // instrument registration").
            Err(conflict @ InstrumentError::Conflict { .. }) => {
                tracing::warn!(scope, %conflict, "two instruments have one name");
            }
            Err(error) => {
                tracing::warn!(scope, %error, "an instrument's measurements are ignored");
                return None;
            }
        }
        builder().allow_conflict().build().ok()
    }
}

/// Hands what the API's callbacks observe to the registry.
fn observe<T: Measure>(observable: Option<Observable<T>>, callbacks: Vec<Callback<T>>) {
    let Some(observable) = observable else { return };
    for callback in callbacks {
        // It stays for good: the API has no way to remove one.
        let _stays = observable.observe(move |observer| callback(&Observing(observer)));
    }
}

macro_rules! synchronous {
    ($($method:ident: $instrument:ident<$number:ty> by $make:ident;)+) => {$(
        fn $method(
            &self,
            builder: api::InstrumentBuilder<'_, api::$instrument<$number>>,
        ) -> api::$instrument<$number> {
            let api::InstrumentBuilder { name, description, unit, .. } = builder;
            let begin = |meter| Meter::$make::<$number>(meter, name.clone());
            match self.make(begin, description, unit) {
                Some(made) => api::$instrument::new(Arc::new(Recording(made))),
                None => api::$instrument::new(Arc::new(Ignored)),
            }
        }
    )+};
}

macro_rules! histograms {
    ($($method:ident: <$number:ty>;)+) => {$(
        fn $method(
            &self,
            builder: api::HistogramBuilder<'_, api::Histogram<$number>>,
        ) -> api::Histogram<$number> {
            let api::HistogramBuilder { name, description, unit, boundaries, .. } = builder;
            let begin = |meter| {
                let builder = Meter::histogram::<$number>(meter, name.clone());
                match &boundaries {
                    Some(bounds) => builder.bounds(bounds.clone()),
                    None => builder,
                }
            };
            match self.make(begin, description, unit) {
                Some(made) => api::Histogram::new(Arc::new(Recording(made))),
                None => api::Histogram::new(Arc::new(Ignored)),
            }
        }
    )+};
}

macro_rules! observable {
    ($($method:ident: $instrument:ident<$number:ty> by $make:ident;)+) => {$(
        fn $method(
            &self,
            builder: AsyncInstrumentBuilder<'_, api::$instrument<$number>, $number>,
        ) -> api::$instrument<$number> {
            let AsyncInstrumentBuilder { name, description, unit, callbacks, .. } = builder;
            let begin = |meter| Meter::$make::<$number>(meter, name.clone());
            observe(self.make(begin, description, unit), callbacks);
            api::$instrument::new()
        }
    )+};
}

#[deny(clippy::missing_trait_methods)]
impl InstrumentProvider for Instruments {
    synchronous! {
        u64_counter: Counter<u64> by counter;
        f64_counter: Counter<f64> by counter;
        i64_up_down_counter: UpDownCounter<i64> by up_down_counter;
        f64_up_down_counter: UpDownCounter<f64> by up_down_counter;
        u64_gauge: Gauge<u64> by gauge;
        i64_gauge: Gauge<i64> by gauge;
        f64_gauge: Gauge<f64> by gauge;
    }

    histograms! {
        u64_histogram: <u64>;
        f64_histogram: <f64>;
    }

    observable! {
        u64_observable_counter: ObservableCounter<u64> by observable_counter;
        f64_observable_counter: ObservableCounter<f64> by observable_counter;
        i64_observable_up_down_counter: ObservableUpDownCounter<i64> by observable_up_down_counter;
        f64_observable_up_down_counter: ObservableUpDownCounter<f64> by observable_up_down_counter;
        u64_observable_gauge: ObservableGauge<u64> by observable_gauge;
        i64_observable_gauge: ObservableGauge<i64> by observable_gauge;
        f64_observable_gauge: ObservableGauge<f64> by observable_gauge;
    }
}
