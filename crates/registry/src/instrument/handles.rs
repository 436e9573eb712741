//! Synchronous instruments and their bound handles.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::Instrument;
use super::bound::Bound;
use crate::attributes::Attributes;
use crate::cells::Block;
use crate::measure::Measure;
use crate::tally::{Tally, count};

macro_rules! instrument {
    ($(#[$doc:meta])* $name:ident, $(#[$bound_doc:meta])* $bound:ident) => {
        $(#[$doc])*
        pub struct $name<T> {
            instrument: Arc<Instrument>,
            number: PhantomData<fn(T)>,
        }

        impl<T: Measure> $name<T> {
            pub(crate) fn new(instrument: Arc<Instrument>) -> Self {
                Self { instrument, number: PhantomData }
            }

            /// The series of these attributes, for recording without a look-up. While the handle
            /// lives, the series keeps its place, and does not expire.
            pub fn bind(&self, attributes: impl Attributes) -> $bound<T> {
                $bound { bound: Bound::new(&self.instrument, &attributes), number: PhantomData }
            }
        }

        /// The same instrument.
        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                Self { instrument: Arc::clone(&self.instrument), number: PhantomData }
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.instrument.identity.name).finish()
            }
        }

        $(#[$bound_doc])*
        pub struct $bound<T> {
            bound: Bound,
            number: PhantomData<fn(T)>,
        }

        impl<T> $bound<T> {
            /// Whether there was no place for the series, so that its measurements go to the
            /// overflow series of the metric. A handle that is made later may find a place.
            pub fn overflows(&self) -> bool {
                self.bound.overflows()
            }
        }

        impl<T> fmt::Debug for $bound<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let name = &self.bound.instrument().identity.name;
                let attributes = self.bound.attributes();
                f.debug_tuple(stringify!($bound)).field(name).field(attributes).finish()
            }
        }
    };
}

instrument! {
    /// A sum that only grows. A clone is the same instrument.
    Counter,
    /// One series of a [`Counter`].
    BoundCounter
}

instrument! {
    /// A sum that may fall. A clone is the same instrument.
    UpDownCounter,
    /// One series of an [`UpDownCounter`].
    BoundUpDownCounter
}

instrument! {
    /// A last value. A clone is the same instrument.
    Gauge,
    /// One series of a [`Gauge`].
    BoundGauge
}

instrument! {
    /// A distribution of values. A clone is the same instrument.
    Histogram,
    /// One series of a [`Histogram`].
    BoundHistogram
}

impl<T: Measure> Counter<T> {
    /// Adds to the series of these attributes. Less than zero, NaN and infinities are refused and
    /// counted ([`RegistryStats::refused`](crate::RegistryStats::refused)).
    #[inline]
    pub fn add(&self, value: T, attributes: impl Attributes) {
        if value < T::default() {
            return count(&self.instrument.tally.refused);
        }
        self.instrument.record(&attributes, value, Block::record);
    }
}

impl<T: Measure> BoundCounter<T> {
    /// Adds to the series; as [`Counter::add`].
    #[inline]
    pub fn add(&self, value: T) {
        if value < T::default() {
            return count(&self.bound.instrument().tally.refused);
        }
        self.bound.record(value, Block::record);
    }
}

impl BoundCounter<u64> {
    /// What was added to the series since it began, by whomever; `None` if no reader wants
    /// cumulative sums of it, so that nothing is kept for so long, or if a view adds several
    /// series up.
    pub fn total(&self) -> Option<u64> {
        self.bound.total()
    }
}

impl<T: Measure> UpDownCounter<T> {
    /// Adds to the series of these attributes. NaN and infinities are refused and counted
    /// ([`RegistryStats::refused`](crate::RegistryStats::refused)).
    #[inline]
    pub fn add(&self, value: T, attributes: impl Attributes) {
        self.instrument.record(&attributes, value, Block::record);
    }
}

impl<T: Measure> BoundUpDownCounter<T> {
    /// Adds to the series; as [`UpDownCounter::add`].
    #[inline]
    pub fn add(&self, value: T) {
        self.bound.record(value, Block::record);
    }
}

impl<T: Measure> Gauge<T> {
    /// Sets the value of the series of these attributes. Any float will do: NaN and infinities
    /// are values.
    #[inline]
    pub fn set(&self, value: T, attributes: impl Attributes) {
        self.instrument.record(&attributes, value, Block::record);
    }

    /// Moves the value by so much, from zero if it was never set. NaN and infinities are refused.
    #[inline]
    pub fn add(&self, by: T, attributes: impl Attributes) {
        self.instrument.record(&attributes, by, Block::add);
    }
}

impl<T: Measure> BoundGauge<T> {
    /// Sets the value; as [`Gauge::set`].
    #[inline]
    pub fn set(&self, value: T) {
        self.bound.record(value, Block::record);
    }

    /// Moves the value; as [`Gauge::add`].
    #[inline]
    pub fn add(&self, by: T) {
        self.bound.record(by, Block::add);
    }
}

impl<T: Measure> Histogram<T> {
    /// Adds a value to the series of these attributes. NaN and infinities are refused and counted
    /// ([`RegistryStats::refused`](crate::RegistryStats::refused)).
    #[inline]
    pub fn record(&self, value: T, attributes: impl Attributes) {
        self.instrument.record(&attributes, value, Block::spread);
    }

    /// Adds a value so many times at once, for the price of one: a snapshot has all of them or
    /// none. One exemplar stands for all.
    pub fn record_many(&self, value: T, times: u64, attributes: impl Attributes) {
        if times > 0 {
            self.instrument.record(&attributes, value, many(times));
        }
    }
}

impl<T: Measure> BoundHistogram<T> {
    /// Adds a value; as [`Histogram::record`].
    #[inline]
    pub fn record(&self, value: T) {
        self.bound.spread(value);
    }

    /// Adds a value so many times at once; as [`Histogram::record_many`].
    pub fn record_many(&self, value: T, times: u64) {
        if times > 0 {
            self.bound.record(value, many(times));
        }
    }
}

fn many<T: Measure>(times: u64) -> impl Fn(&Block, usize, T, &Tally) {
    move |block, row, value, tally| block.record_many(row, value, times, tally)
}
