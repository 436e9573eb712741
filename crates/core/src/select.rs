//! What an exporter asks of a source: temporality and aggregation by instrument kind.

use std::sync::Arc;

/// The seven instrument kinds of the OpenTelemetry metrics API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_enums, reason = "the specification's list is closed")]
pub enum InstrumentKind {
    /// A synchronous monotonic sum.
    Counter,
    /// A synchronous last value.
    Gauge,
    /// A synchronous distribution.
    Histogram,
    /// A monotonic sum observed by callback.
    ObservableCounter,
    /// A last value observed by callback.
    ObservableGauge,
    /// A sum observed by callback that may fall.
    ObservableUpDownCounter,
    /// A synchronous sum that may fall.
    UpDownCounter,
}

impl InstrumentKind {
    /// All seven.
    pub const ALL: [Self; 7] = [
        Self::Counter,
        Self::Gauge,
        Self::Histogram,
        Self::ObservableCounter,
        Self::ObservableGauge,
        Self::ObservableUpDownCounter,
        Self::UpDownCounter,
    ];
}

/// Whether a point counts since a fixed start or since the previous export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_enums, reason = "OTLP has these two, and forbids to send neither")]
pub enum Temporality {
    /// Since a start that stays: each point replaces the one before.
    Cumulative,
    /// Since the previous point: the points add up.
    Delta,
}

/// A choice of temporality for each instrument kind: the specification's three preferences, or
/// a function of one's own.
///
/// ```
/// use meterport_core::{InstrumentKind, Temporality, TemporalitySelector};
///
/// let low_memory = TemporalitySelector::LowMemory;
/// assert_eq!(low_memory.of(InstrumentKind::Counter), Temporality::Delta);
/// assert_eq!(low_memory.of(InstrumentKind::ObservableCounter), Temporality::Cumulative);
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum TemporalitySelector {
    /// Cumulative for all kinds.
    #[default]
    Cumulative,
    /// A function of one's own.
    Custom(Arc<dyn Fn(InstrumentKind) -> Temporality + Send + Sync>),
    /// Delta for counters and histograms, cumulative for both up-down counters.
    Delta,
    /// Delta for synchronous counters and histograms, cumulative for everything else: no state
    /// needs to be kept for either.
    LowMemory,
}

impl TemporalitySelector {
    /// The temporality for `kind`: the table of the OpenTelemetry specification,
    /// `metrics/sdk_exporters/otlp.md`, "temporality preference". Gauges have no temporality;
    /// they answer cumulative under every preset.
    pub fn of(&self, kind: InstrumentKind) -> Temporality {
        use InstrumentKind as K;
        match (self, kind) {
            (Self::Custom(choose), kind) => choose(kind),
            (Self::Delta, K::Counter | K::Histogram | K::ObservableCounter)
            | (Self::LowMemory, K::Counter | K::Histogram) => Temporality::Delta,
            _ => Temporality::Cumulative,
        }
    }
}

impl std::fmt::Debug for TemporalitySelector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Cumulative => "Cumulative",
            Self::Custom(_) => "Custom(..)",
            Self::Delta => "Delta",
            Self::LowMemory => "LowMemory",
        })
    }
}

/// How the measurements of an instrument become points.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Aggregation {
    /// A base-2 exponential histogram.
    Base2ExponentialHistogram {
        /// The most buckets of each sign; 160 by default.
        max_size: u32,
        /// The scale to start from, -10 to 20; 20 by default.
        max_scale: i8,
        /// Whether the smallest and the largest value are kept.
        record_min_max: bool,
    },
    /// The one that the specification gives the instrument's kind: sums for counters, last value
    /// for gauges, explicit buckets for histograms.
    #[default]
    Default,
    /// Nothing is kept.
    Drop,
    /// Buckets between given bounds.
    ExplicitBucketHistogram {
        /// The bounds, ascending.
        boundaries: Arc<[f64]>,
        /// Whether the smallest and the largest value are kept.
        record_min_max: bool,
    },
    /// The last value.
    LastValue,
    /// The sum.
    Sum,
}

impl Aggregation {
    /// The exponential histogram with the specification's defaults: 160 buckets, scale 20,
    /// smallest and largest value kept.
    pub const BASE2: Self =
        Self::Base2ExponentialHistogram { max_size: 160, max_scale: 20, record_min_max: true };
}

/// A choice of aggregation for each instrument kind.
///
/// ```
/// use meterport_core::{Aggregation, AggregationSelector, InstrumentKind};
///
/// let selector = AggregationSelector::histograms(Aggregation::BASE2);
/// assert_eq!(selector.of(InstrumentKind::Histogram), Aggregation::BASE2);
/// assert_eq!(selector.of(InstrumentKind::Counter), Aggregation::Default);
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum AggregationSelector {
    /// A function of one's own.
    Custom(Arc<dyn Fn(InstrumentKind) -> Aggregation + Send + Sync>),
    /// The specification's default for every kind.
    #[default]
    Default,
    /// This one for histograms, the default for every other kind.
    Histograms(Aggregation),
}

impl AggregationSelector {
    /// `aggregation` for histograms, the default for every other kind.
    pub const fn histograms(aggregation: Aggregation) -> Self {
        Self::Histograms(aggregation)
    }

    /// The aggregation for `kind`.
    pub fn of(&self, kind: InstrumentKind) -> Aggregation {
        match (self, kind) {
            (Self::Custom(choose), kind) => choose(kind),
            (Self::Histograms(chosen), InstrumentKind::Histogram) => chosen.clone(),
            _ => Aggregation::Default,
        }
    }
}

impl std::fmt::Debug for AggregationSelector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Custom(_) => f.write_str("Custom(..)"),
            Self::Default => f.write_str("Default"),
            Self::Histograms(chosen) => f.debug_tuple("Histograms").field(chosen).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{InstrumentKind as K, Temporality as T, *};

    #[test]
    fn presets_follow_the_specification_table() {
        let (c, d) = (T::Cumulative, T::Delta);
        #[rustfmt::skip]
        let table = [
            //                          cumulative delta low-memory
            (K::Counter,                 c, d, d),
            (K::Gauge,                   c, c, c),
            (K::Histogram,               c, d, d),
            (K::ObservableCounter,       c, d, c),
            (K::ObservableGauge,         c, c, c),
            (K::ObservableUpDownCounter, c, c, c),
            (K::UpDownCounter,           c, c, c),
        ];
        assert_eq!(table.map(|row| row.0), K::ALL);
        for (kind, cumulative, delta, low_memory) in table {
            assert_eq!(TemporalitySelector::Cumulative.of(kind), cumulative, "{kind:?}");
            assert_eq!(TemporalitySelector::Delta.of(kind), delta, "{kind:?}");
            assert_eq!(TemporalitySelector::LowMemory.of(kind), low_memory, "{kind:?}");
        }
    }
}
