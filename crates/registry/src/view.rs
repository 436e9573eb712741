use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use meterport_core::{Aggregation, Bounds, BucketsError, InstrumentKind};

use crate::instrument::Identity;
use crate::storage::Filter;

/// Changes what becomes of some instruments: the specification's view.
///
/// An instrument that several views select becomes a metric for each; one that no view selects
/// becomes a metric as it is.
///
/// ```
/// use meterport_core::Aggregation;
/// use meterport_registry::{Registry, View};
///
/// let registry = Registry::builder()
///     .view(View::named("http.*").without_attributes(["url.full"]))
///     .view(View::named("db.duration").with_aggregation(Aggregation::BASE2))
///     .build()?;
/// # Ok::<(), meterport_registry::ViewError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct View {
    pattern: Arc<str>,
    kind: Option<InstrumentKind>,
    unit: Option<Arc<str>>,
    scope: Option<Arc<str>>,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) description: Option<Arc<str>>,
    pub(crate) new_unit: Option<Arc<str>>,
    pub(crate) filter: Filter,
    pub(crate) aggregation: Option<Aggregation>,
    pub(crate) limit: Option<usize>,
}

impl View {
    /// Selects instruments by name, without regard to case: `*` stands for any characters or
    /// none, `?` for one.
    pub fn named(pattern: impl Into<Arc<str>>) -> Self {
        Self {
            pattern: pattern.into(),
            kind: None,
            unit: None,
            scope: None,
            name: None,
            description: None,
            new_unit: None,
            filter: Filter::All,
            aggregation: None,
            limit: None,
        }
    }

    /// Selects instruments of a kind only.
    pub fn of_kind(mut self, kind: InstrumentKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Selects instruments with a unit only.
    pub fn of_unit(mut self, unit: impl Into<Arc<str>>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// Selects instruments of a scope only.
    pub fn of_scope(mut self, name: impl Into<Arc<str>>) -> Self {
        self.scope = Some(name.into());
        self
    }

    /// Gives the metric another name. The pattern must then select one name only.
    pub fn with_name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Gives the metric another description.
    pub fn with_description(mut self, description: impl Into<Arc<str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Gives the metric another unit. Values are not converted.
    pub fn with_unit(mut self, unit: impl Into<Arc<str>>) -> Self {
        self.new_unit = Some(unit.into());
        self
    }

    /// Keeps these attributes only; series that then have the same become one.
    pub fn with_attributes<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        let keys: HashSet<String> = keys.into_iter().map(Into::into).collect();
        self.with_attribute_filter(move |key| keys.contains(key))
    }

    /// Takes these attributes away; series that then have the same become one.
    pub fn without_attributes<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        let keys: HashSet<String> = keys.into_iter().map(Into::into).collect();
        self.with_attribute_filter(move |key| !keys.contains(key))
    }

    /// Keeps the attributes whose key `keep` likes. It must always answer the same.
    pub fn with_attribute_filter(
        mut self,
        keep: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.filter = Filter::Where(Arc::new(keep));
        self
    }

    /// Aggregates so, whatever the reader wishes. [`Aggregation::Drop`] makes no metric.
    pub fn with_aggregation(mut self, aggregation: Aggregation) -> Self {
        self.aggregation = Some(aggregation);
        self
    }

    /// Histograms with these bounds, whatever the instrument and the reader say.
    pub fn with_bounds(self, bounds: impl Into<Arc<[f64]>>) -> Self {
        let boundaries = bounds.into();
        let record_min_max = true;
        self.with_aggregation(Aggregation::ExplicitBucketHistogram { boundaries, record_min_max })
    }

    /// The most series of the metric, before the overflow series takes the rest.
    pub fn with_cardinality_limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    pub(crate) fn selects(&self, scope: &str, identity: &Identity) -> bool {
        self.kind.is_none_or(|kind| kind == identity.kind)
            && self.unit.as_ref().is_none_or(|unit| *unit == identity.unit)
            && self.scope.as_ref().is_none_or(|name| **name == *scope)
            && matches(self.pattern.as_bytes(), identity.name.as_bytes())
    }

    /// What must be right before it is used.
    pub(crate) fn check(&self) -> Result<(), ViewError> {
        let pattern = || Arc::clone(&self.pattern);
        if self.name.is_some() && self.pattern.contains(['*', '?']) {
            return Err(ViewError::NamesMany { pattern: pattern() });
        }
        match &self.aggregation {
            Some(Aggregation::ExplicitBucketHistogram { boundaries, .. }) => {
                let bounds = Bounds::new(Arc::clone(boundaries));
                bounds.map_err(|error| ViewError::Bounds { pattern: pattern(), error })?;
            }
            Some(Aggregation::Base2ExponentialHistogram { max_size, max_scale, .. })
                if *max_size < 2 || !(-10..=20).contains(max_scale) =>
            {
                return Err(ViewError::Exponential { pattern: pattern() });
            }
            _ => {}
        }
        Ok(())
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("pattern", &self.pattern).finish_non_exhaustive()
    }
}

/// Whether a name is like a pattern.
fn matches(mut pattern: &[u8], mut name: &[u8]) -> bool {
    // Where to go on if the last `*` must take one character more.
    let mut retry = None;
    loop {
        match (pattern, name) {
            ([b'*', rest @ ..], _) => {
                retry = Some((rest, name));
                pattern = rest;
            }
            ([p, patterns @ ..], [n, names @ ..]) if *p == b'?' || p.eq_ignore_ascii_case(n) => {
                (pattern, name) = (patterns, names);
            }
            ([], []) => return true,
            _ => match retry {
                Some((after, [_, names @ ..])) => {
                    retry = Some((after, names));
                    (pattern, name) = (after, names);
                }
                _ => return false,
            },
        }
    }
}

/// Why a [`View`] cannot be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ViewError {
    /// The bounds do not ascend, or one is NaN.
    Bounds {
        /// What the view selects.
        pattern: Arc<str>,
        /// What is wrong.
        error: BucketsError,
    },
    /// An exponential histogram needs two buckets at least and a scale from -10 to 20.
    Exponential {
        /// What the view selects.
        pattern: Arc<str>,
    },
    /// A view that gives a name must select one instrument (`metrics/sdk.md`, "View").
    NamesMany {
        /// What the view selects.
        pattern: Arc<str>,
    },
}

impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bounds { pattern, error } => write!(f, "view of {pattern:?}: {error}"),
            Self::Exponential { pattern } => write!(
                f,
                "view of {pattern:?}: an exponential histogram needs two buckets at least and a \
                 scale from -10 to 20"
            ),
            Self::NamesMany { pattern } => {
                write!(f, "view of {pattern:?}: cannot give many instruments one name")
            }
        }
    }
}

impl std::error::Error for ViewError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bounds { error, .. } => Some(error),
            _ => None,
        }
    }
}
