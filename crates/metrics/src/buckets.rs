use std::cmp::Reverse;
use std::sync::Arc;

/// Which histograms have certain bounds, by name.
///
/// Where several fit, a full name goes before a prefix and that before a suffix; of two prefixes or
/// suffixes the longer one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "what metrics-exporter-prometheus has")]
pub enum Matcher {
    /// The whole name.
    Full(String),
    /// What the name begins with.
    Prefix(String),
    /// What the name ends with.
    Suffix(String),
}

impl Matcher {
    /// Whether a name fits.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::Full(whole) => name == whole,
            Self::Prefix(begin) => name.starts_with(begin),
            Self::Suffix(end) => name.ends_with(end),
        }
    }

    fn rank(&self) -> (u8, Reverse<usize>) {
        match self {
            Self::Full(whole) => (0, Reverse(whole.len())),
            Self::Prefix(begin) => (1, Reverse(begin.len())),
            Self::Suffix(end) => (2, Reverse(end.len())),
        }
    }
}

/// The bounds of histograms.
#[derive(Debug, Default)]
pub(crate) struct BoundsByName {
    /// In the order in which they are tried.
    matched: Vec<(Matcher, Arc<[f64]>)>,
    others: Option<Arc<[f64]>>,
}

impl BoundsByName {
    pub(crate) fn new(mut matched: Vec<(Matcher, Arc<[f64]>)>, others: Option<Arc<[f64]>>) -> Self {
        // What is said last counts.
        matched.reverse();
        matched.sort_by_key(|(matcher, _)| matcher.rank());
        Self { matched, others }
    }

    /// The bounds of one histogram, if anybody said some.
    pub(crate) fn of(&self, name: &str) -> Option<&Arc<[f64]>> {
        let fits = self.matched.iter().find(|(matcher, _)| matcher.matches(name));
        fits.map(|(_, bounds)| bounds).or(self.others.as_ref())
    }
}
