use super::attributes::AttributeSet;
use super::exemplar::Exemplar;
use super::time::Timestamp;

/// One point for itself: what users write and tests compare.
///
/// ```
/// use meterport_core::{AttributeSet, Number, NumberPoint, Timestamp};
///
/// let point = NumberPoint::new(AttributeSet::from([("method", "GET")]), Number::I64(7))
///     .with_start(Timestamp::from_secs(100))
///     .with_time(Timestamp::from_secs(160));
/// assert_eq!(point.value, Number::I64(7));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Point<V> {
    /// Which series it belongs to.
    pub attributes: AttributeSet,
    /// Since when it counts; unset for gauges as a rule.
    pub start: Timestamp,
    /// When it was taken.
    pub time: Timestamp,
    /// OTLP's data point flags.
    pub flags: Flags,
    /// Sampled measurements. Summaries have none.
    pub exemplars: Vec<Exemplar>,
    /// What was measured.
    pub value: V,
}

impl<V> Point<V> {
    /// A point without times, flags and exemplars.
    pub fn new(attributes: AttributeSet, value: V) -> Self {
        Self {
            attributes,
            start: Timestamp::UNSET,
            time: Timestamp::UNSET,
            flags: Flags::default(),
            exemplars: Vec::new(),
            value,
        }
    }

    /// The same, counting since `start`.
    #[must_use]
    pub fn with_start(mut self, start: Timestamp) -> Self {
        self.start = start;
        self
    }

    /// The same, taken at `time`.
    #[must_use]
    pub fn with_time(mut self, time: Timestamp) -> Self {
        self.time = time;
        self
    }

    /// The same with flags.
    #[must_use]
    pub fn with_flags(mut self, flags: Flags) -> Self {
        self.flags = flags;
        self
    }

    /// The same with one more exemplar.
    #[must_use]
    pub fn with_exemplar(mut self, exemplar: Exemplar) -> Self {
        self.exemplars.push(exemplar);
        self
    }
}

/// One point as it lies in [`Points`](super::Points).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct PointRef<'a, V> {
    /// Which series it belongs to.
    pub attributes: &'a AttributeSet,
    /// Since when it counts.
    pub start: Timestamp,
    /// When it was taken.
    pub time: Timestamp,
    /// OTLP's data point flags.
    pub flags: Flags,
    /// Sampled measurements.
    pub exemplars: &'a [Exemplar],
    /// What was measured.
    pub value: V,
}

/// OTLP's data point flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(u32);

impl Flags {
    /// The series has ended: the point has a time and no value.
    pub const NO_RECORDED_VALUE: Self = Self(1);

    /// From OTLP's bits; bits without a meaning yet are kept.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// OTLP's bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether the point has no value.
    pub const fn no_recorded_value(self) -> bool {
        self.0 & 1 != 0
    }
}
