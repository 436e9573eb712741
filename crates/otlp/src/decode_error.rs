use std::error::Error;
use std::fmt;

use meterport_core::{BucketsError, MAX_VALUE_DEPTH, bounded_message};

/// Why bytes are no OTLP metrics, and where.
///
/// A batch is decoded whole or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct DecodeError {
    problem: DecodeProblem,
    metric: Option<Box<str>>,
    point: Option<usize>,
}

/// What is wrong with the bytes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum DecodeProblem {
    /// A trace or span id that has neither its length nor none.
    BadId {
        /// The bytes it has.
        len: usize,
    },
    /// A histogram's bounds and counts contradict each other.
    Buckets(BucketsError),
    /// Not the format at all.
    Malformed(Box<str>),
    /// A sum or histogram that does not say whether it is cumulative or delta.
    NoTemporality,
    /// A number without a value and without the flag that says so.
    NoValue,
    /// Attribute values nested deeper than [`MAX_VALUE_DEPTH`].
    TooDeep,
    /// So many empty parts that the batch would take many times the memory of the bytes.
    TooDense,
}

impl DecodeError {
    pub(crate) fn new(problem: DecodeProblem) -> Self {
        Self { problem, metric: None, point: None }
    }

    pub(crate) fn malformed(what: impl AsRef<str>) -> Self {
        Self::new(DecodeProblem::Malformed((*bounded_message(what.as_ref())).into()))
    }

    /// The same, found in the metric `name`.
    #[must_use]
    pub(crate) fn in_metric(mut self, name: &str) -> Self {
        self.metric.get_or_insert_with(|| (*bounded_message(name)).into());
        self
    }

    /// The same, found in the point with this index.
    #[must_use]
    pub(crate) fn in_point(mut self, index: usize) -> Self {
        self.point.get_or_insert(index);
        self
    }

    /// What is wrong.
    pub fn problem(&self) -> &DecodeProblem {
        &self.problem
    }

    /// The metric in which it was found.
    pub fn metric(&self) -> Option<&str> {
        self.metric.as_deref()
    }

    /// The index of the point in which it was found.
    pub fn point(&self) -> Option<usize> {
        self.point
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.metric, self.point) {
            (Some(metric), Some(point)) => write!(f, "metric {metric:?}, point {point}: ")?,
            (Some(metric), None) => write!(f, "metric {metric:?}: ")?,
            (None, Some(point)) => write!(f, "point {point}: ")?,
            (None, None) => {}
        }
        match &self.problem {
            DecodeProblem::BadId { len } => write!(f, "an id of {len} bytes"),
            DecodeProblem::Buckets(error) => error.fmt(f),
            DecodeProblem::Malformed(what) => write!(f, "malformed: {what}"),
            DecodeProblem::NoTemporality => f.write_str("neither cumulative nor delta"),
            DecodeProblem::NoValue => f.write_str("a point without a value"),
            DecodeProblem::TooDeep => {
                write!(f, "attribute values nested deeper than {MAX_VALUE_DEPTH}")
            }
            DecodeProblem::TooDense => f.write_str("too many empty parts for its length"),
        }
    }
}

impl Error for DecodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.problem {
            DecodeProblem::Buckets(error) => Some(error),
            _ => None,
        }
    }
}

impl From<DecodeProblem> for DecodeError {
    fn from(problem: DecodeProblem) -> Self {
        Self::new(problem)
    }
}

impl From<BucketsError> for DecodeError {
    fn from(error: BucketsError) -> Self {
        Self::new(DecodeProblem::Buckets(error))
    }
}
