use std::fmt;
use std::sync::Arc;

/// Bounds of buckets, strictly ascending, without NaN. Shared by the points that have them.
///
/// With `n` bounds there are `n + 1` buckets: bucket `i` holds the measurements above bound
/// `i - 1` and up to bound `i`.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds(Arc<[f64]>);

impl Bounds {
    /// Checked bounds; none at all means one bucket for everything.
    ///
    /// # Errors
    /// [`BucketsError::NotAscending`].
    pub fn new(bounds: impl Into<Arc<[f64]>>) -> Result<Self, BucketsError> {
        let bounds = bounds.into();
        let ascending = bounds.windows(2).all(|pair| pair[0] < pair[1]);
        // A single NaN has no neighbour to be compared with.
        if ascending && !bounds.iter().any(|bound| bound.is_nan()) {
            Ok(Self(bounds))
        } else {
            Err(BucketsError::NotAscending)
        }
    }

    /// The bounds.
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }

    /// How many buckets they make.
    pub fn buckets(&self) -> usize {
        self.0.len() + 1
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

/// Why buckets cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BucketsError {
    /// The bounds do not ascend, or one is NaN.
    NotAscending,
    /// Counts that should add up from bucket to bucket fall.
    NotCumulative,
    /// The number of counts is not the number of bounds and one.
    WrongCount {
        /// How many bounds.
        bounds: usize,
        /// How many counts.
        counts: usize,
    },
}

impl fmt::Display for BucketsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAscending => f.write_str("bucket bounds must ascend and not be NaN"),
            Self::NotCumulative => f.write_str("counts of cumulative buckets must not fall"),
            Self::WrongCount { bounds, counts } => {
                write!(f, "{bounds} bounds make {} buckets, not {counts}", bounds + 1)
            }
        }
    }
}

impl std::error::Error for BucketsError {}

/// The counts of a histogram's buckets; or no buckets at all, which OTLP allows too.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buckets(Option<(Bounds, Vec<u64>)>);

impl Buckets {
    /// One count for each bucket, not added up.
    ///
    /// # Errors
    /// [`BucketsError::WrongCount`].
    pub fn new(bounds: Bounds, counts: Vec<u64>) -> Result<Self, BucketsError> {
        if counts.len() == bounds.buckets() {
            Ok(Self(Some((bounds, counts))))
        } else {
            let bounds = bounds.as_slice().len();
            Err(BucketsError::WrongCount { bounds, counts: counts.len() })
        }
    }

    /// As they lie in columns, where they have been checked.
    pub(super) fn from_parts(parts: Option<(Bounds, Vec<u64>)>) -> Self {
        Self(parts)
    }

    /// No buckets: count, sum and extremes alone.
    pub const fn none() -> Self {
        Self(None)
    }

    /// The bounds, if there are buckets.
    pub fn bounds(&self) -> Option<&Bounds> {
        self.0.as_ref().map(|parts| &parts.0)
    }

    /// The counts; empty where there are no buckets.
    pub fn counts(&self) -> &[u64] {
        self.0.as_ref().map_or(&[], |parts| &parts.1)
    }

    /// Bounds and counts, if there are buckets.
    pub fn into_parts(self) -> Option<(Bounds, Vec<u64>)> {
        self.0
    }

    /// The measurements in all buckets.
    pub fn total(&self) -> u64 {
        self.counts().iter().fold(0, |total, count| total.saturating_add(*count))
    }
}
