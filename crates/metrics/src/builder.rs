use std::fmt;
use std::sync::Arc;

use meterport_core::{Bounds, BucketsError, Scope};
use meterport_registry::Registry;

use crate::buckets::{BoundsByName, Matcher};
use crate::recorder::{RegistryRecorder, Settings};

/// Settings of a [`RegistryRecorder`].
#[derive(Debug)]
#[must_use]
pub struct RecorderBuilder {
    registry: Registry,
    scope: Option<Scope>,
    labels: Vec<(String, String)>,
    matched: Vec<(Matcher, Arc<[f64]>)>,
    others: Option<Arc<[f64]>>,
}

impl RecorderBuilder {
    pub(crate) fn new(registry: Registry) -> Self {
        Self { registry, scope: None, labels: Vec::new(), matched: Vec::new(), others: None }
    }

    /// One scope for all metrics, instead of one for each target and level: a name that several
    /// modules use is then one metric.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// A label of all metrics that do not have it themselves.
    pub fn global_label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.push((key.into(), value.into()));
        self
    }

    /// The bounds of the histograms that fit.
    pub fn buckets(mut self, matcher: Matcher, bounds: impl Into<Arc<[f64]>>) -> Self {
        self.matched.push((matcher, bounds.into()));
        self
    }

    /// The bounds of all other histograms. Without it they are the specification's, which suit
    /// milliseconds; the facade records durations in seconds.
    pub fn default_buckets(mut self, bounds: impl Into<Arc<[f64]>>) -> Self {
        self.others = Some(bounds.into());
        self
    }

    /// The recorder.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(self) -> Result<RegistryRecorder, BuildError> {
        let matched = self.matched.iter().map(|(matcher, bounds)| (Some(matcher), bounds));
        let others = self.others.iter().map(|bounds| (None, bounds));
        for (matcher, bounds) in matched.chain(others) {
            Bounds::new(Arc::clone(bounds))
                .map_err(|error| BuildError::Bounds { matcher: matcher.cloned(), error })?;
        }
        Ok(RegistryRecorder::new(Settings {
            registry: self.registry,
            scope: self.scope,
            labels: self.labels,
            bounds: BoundsByName::new(self.matched, self.others),
        }))
    }
}

/// Why there is no such recorder.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BuildError {
    /// Bounds do not ascend, or one is NaN.
    Bounds {
        /// Whose bounds; `None` are the default ones.
        matcher: Option<Matcher>,
        /// What is wrong.
        error: BucketsError,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bounds { matcher: Some(matcher), error } => {
                write!(f, "buckets of {matcher:?}: {error}")
            }
            Self::Bounds { matcher: None, error } => write!(f, "default buckets: {error}"),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bounds { error, .. } => Some(error),
        }
    }
}
