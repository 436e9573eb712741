use std::ops::Range;
use std::sync::Arc;

use super::attributes::AttributeSet;
use super::exponential::ExponentialHistograms;
use super::histogram::Histograms;
use super::number::Numbers;
use super::points::LengthMismatch;
use super::series::Series;
use super::summary::Summaries;
use crate::Temporality;

/// A named metric with its points.
///
/// ```
/// use meterport_core::{AttributeSet, Metric, Number, NumberPoint, Sum};
///
/// let point = NumberPoint::new(AttributeSet::from([("method", "GET")]), Number::I64(7));
/// let metric = Metric::new("http.requests", Sum::counter([point]))
///     .with_description("Requests answered.")
///     .with_unit("{request}");
/// assert_eq!(metric.data.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// What it is called. Shared, so that a snapshot does not copy names.
    pub descriptor: Arc<Descriptor>,
    /// Its points.
    pub data: MetricData,
}

/// What a metric is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Descriptor {
    /// The name.
    pub name: Arc<str>,
    /// What it measures, for people.
    pub description: Arc<str>,
    /// The unit, in UCUM's notation.
    pub unit: Arc<str>,
    /// OTLP's `Metric.metadata`: remarks that do not tell series apart.
    pub metadata: AttributeSet,
}

impl Metric {
    /// A metric without description and unit.
    pub fn new(name: impl Into<Arc<str>>, data: impl Into<MetricData>) -> Self {
        let descriptor = Descriptor { name: name.into(), ..Descriptor::default() };
        Self { descriptor: Arc::new(descriptor), data: data.into() }
    }

    /// The same with a description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<Arc<str>>) -> Self {
        Arc::make_mut(&mut self.descriptor).description = description.into();
        self
    }

    /// The same with a unit.
    #[must_use]
    pub fn with_unit(mut self, unit: impl Into<Arc<str>>) -> Self {
        Arc::make_mut(&mut self.descriptor).unit = unit.into();
        self
    }

    /// The same with metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: AttributeSet) -> Self {
        Arc::make_mut(&mut self.descriptor).metadata = metadata;
        self
    }

    pub(super) fn map(&self, change: impl FnOnce(&MetricData) -> MetricData) -> Self {
        Self { descriptor: Arc::clone(&self.descriptor), data: change(&self.data) }
    }
}

/// The points of a metric, by kind.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "OTLP's list; a new kind must break every encoder")]
pub enum MetricData {
    /// Base-2 exponential histograms.
    ExponentialHistogram(ExponentialHistogram),
    /// Last values.
    Gauge(Gauge),
    /// Histograms with explicit bounds.
    Histogram(Histogram),
    /// Sums.
    Sum(Sum),
    /// Quantiles computed by a client.
    Summary(Summary),
}

/// Last values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gauge {
    /// The points.
    pub points: Numbers,
}

/// Sums.
#[derive(Clone, Debug, PartialEq)]
pub struct Sum {
    /// The points.
    pub points: Numbers,
    /// Whether each point counts from a fixed start or from the point before.
    pub temporality: Temporality,
    /// Whether it never falls but at a reset.
    pub monotonic: bool,
}

impl Sum {
    /// A cumulative, monotonic sum.
    pub fn counter(points: impl IntoIterator<Item = super::NumberPoint>) -> Self {
        let points = points.into_iter().collect();
        Self { points, temporality: Temporality::Cumulative, monotonic: true }
    }

    /// A cumulative sum that may fall.
    pub fn up_down(points: impl IntoIterator<Item = super::NumberPoint>) -> Self {
        Self { monotonic: false, ..Self::counter(points) }
    }
}

/// Histograms with explicit bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// The points.
    pub points: Histograms,
    /// Whether each point counts from a fixed start or from the point before.
    pub temporality: Temporality,
}

/// Base-2 exponential histograms.
#[derive(Clone, Debug, PartialEq)]
pub struct ExponentialHistogram {
    /// The points.
    pub points: ExponentialHistograms,
    /// Whether each point counts from a fixed start or from the point before.
    pub temporality: Temporality,
}

/// Quantiles computed by a client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// The points.
    pub points: Summaries,
}

macro_rules! data_from {
    ($($kind:ident)+) => {$(
        impl From<$kind> for MetricData {
            fn from(data: $kind) -> Self {
                Self::$kind(data)
            }
        }
    )+};
}
data_from!(ExponentialHistogram Gauge Histogram Sum Summary);

/// The same data with other points: `with_points!(data, |points| new points)`.
macro_rules! with_points {
    ($data:expr, |$points:ident| $new:expr) => {
        match $data {
            MetricData::ExponentialHistogram(ExponentialHistogram {
                points: $points,
                temporality,
            }) => ExponentialHistogram { points: $new, temporality: *temporality }.into(),
            MetricData::Gauge(Gauge { points: $points }) => Gauge { points: $new }.into(),
            MetricData::Histogram(Histogram { points: $points, temporality }) => {
                Histogram { points: $new, temporality: *temporality }.into()
            }
            MetricData::Sum(Sum { points: $points, temporality, monotonic }) => {
                Sum { points: $new, temporality: *temporality, monotonic: *monotonic }.into()
            }
            MetricData::Summary(Summary { points: $points }) => Summary { points: $new }.into(),
        }
    };
}

impl MetricData {
    /// How many points.
    pub fn len(&self) -> usize {
        self.series().len()
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The attribute sets of the points.
    pub fn series(&self) -> &Series {
        match self {
            Self::ExponentialHistogram(data) => data.points.series(),
            Self::Gauge(data) => data.points.series(),
            Self::Histogram(data) => data.points.series(),
            Self::Sum(data) => data.points.series(),
            Self::Summary(data) => data.points.series(),
        }
    }

    /// The temporality, for the kinds that have one.
    pub fn temporality(&self) -> Option<Temporality> {
        match self {
            Self::ExponentialHistogram(data) => Some(data.temporality),
            Self::Histogram(data) => Some(data.temporality),
            Self::Sum(data) => Some(data.temporality),
            Self::Gauge(_) | Self::Summary(_) => None,
        }
    }

    /// The points whose attributes `keep` likes.
    #[must_use]
    pub fn filter(&self, keep: impl FnMut(&AttributeSet) -> bool) -> Self {
        with_points!(self, |points| points.filter(keep))
    }

    /// The points whose rows `keep` likes; it is asked once for each row, in order.
    #[must_use]
    pub fn filter_rows(&self, keep: impl FnMut(usize) -> bool) -> Self {
        with_points!(self, |points| points.filter_rows(keep))
    }

    /// The same points under other attributes, row by row.
    ///
    /// # Errors
    /// There are not as many rows as points.
    pub fn with_series(&self, series: Series) -> Result<Self, LengthMismatch> {
        Ok(with_points!(self, |points| points.clone().with_series(series)?))
    }

    /// About how many bytes the points take in memory, without their attribute sets, which
    /// chunks share.
    pub fn footprint(&self) -> usize {
        match self {
            Self::ExponentialHistogram(data) => data.points.footprint(),
            Self::Gauge(data) => data.points.footprint(),
            Self::Histogram(data) => data.points.footprint(),
            Self::Sum(data) => data.points.footprint(),
            Self::Summary(data) => data.points.footprint(),
        }
    }

    /// The points of these rows; rows that do not exist are left out.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> Self {
        with_points!(self, |points| points.slice(rows))
    }
}
