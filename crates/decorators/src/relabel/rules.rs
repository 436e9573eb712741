use std::fmt;
use std::sync::Arc;

use meterport_core::{AttributeSet, Value};

use crate::pattern::Pattern;

/// What is done to names and attributes, step by step.
///
/// Texts are patterns where the documentation says so: `*` stands for any characters, or none, `?`
/// for one.
///
/// ```
/// use meterport_decorators::RelabelRules;
///
/// let rules = RelabelRules::new()
///     .add("cluster", "eu-1")
///     .rename_metric("requests", "http.requests")
///     .for_metrics("http.*")
///     .remove("user.*");
/// # let _ = rules;
/// ```
#[derive(Clone, Debug, Default)]
pub struct RelabelRules {
    steps: Vec<(Option<Pattern>, Step)>,
    names: Vec<(Arc<str>, Arc<str>)>,
    present: Option<Pattern>,
}

#[derive(Clone)]
enum Step {
    Add(Arc<str>, Value),
    Keep(Vec<Pattern>),
    Map(Arc<dyn Fn(&AttributeSet) -> AttributeSet + Send + Sync>),
    Remove(Pattern),
    Rename(Arc<str>, Arc<str>),
    Set(Arc<str>, Value),
}

impl RelabelRules {
    /// Nothing is done.
    pub fn new() -> Self {
        Self::default()
    }

    /// The steps on attributes that follow are for metrics whose name is like the pattern.
    #[must_use]
    pub fn for_metrics(mut self, pattern: &str) -> Self {
        self.present = Some(Pattern::new(pattern));
        self
    }

    /// An attribute more, where there is none of this key: Prometheus' external label.
    #[must_use]
    pub fn add(self, key: &str, value: impl Into<Value>) -> Self {
        self.step(Step::Add(key.into(), value.into()))
    }

    /// This value for the attribute, whatever it was.
    #[must_use]
    pub fn set(self, key: &str, value: impl Into<Value>) -> Self {
        self.step(Step::Set(key.into(), value.into()))
    }

    /// Another key for the attribute, where it is there. One that has that key already goes.
    #[must_use]
    pub fn rename(self, from: &str, to: &str) -> Self {
        self.step(Step::Rename(from.into(), to.into()))
    }

    /// Without the attributes whose key is like the pattern.
    #[must_use]
    pub fn remove(self, pattern: &str) -> Self {
        self.step(Step::Remove(Pattern::new(pattern)))
    }

    /// Without the attributes whose key is not like one of the patterns.
    #[must_use]
    pub fn keep<'a>(self, patterns: impl IntoIterator<Item = &'a str>) -> Self {
        self.step(Step::Keep(patterns.into_iter().map(Pattern::new).collect()))
    }

    /// As the function says, which is asked once in the life of a series and must answer the same
    /// for the same attributes.
    #[must_use]
    pub fn map(self, map: impl Fn(&AttributeSet) -> AttributeSet + Send + Sync + 'static) -> Self {
        self.step(Step::Map(Arc::new(map)))
    }

    /// Another name for a metric, before any step on attributes. A scope should not have a metric
    /// of that name: the two would be one to a receiver.
    #[must_use]
    pub fn rename_metric(mut self, from: &str, to: &str) -> Self {
        self.names.push((from.into(), to.into()));
        self
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push((self.present.clone(), step));
        self
    }

    /// The new name of a metric, if it gets one.
    pub(super) fn name(&self, name: &str) -> Option<Arc<str>> {
        let renamed = |name: Option<Arc<str>>, (from, to): &(Arc<str>, Arc<str>)| match &name {
            Some(present) if present == from => Some(Arc::clone(to)),
            _ => name,
        };
        let new = self.names.iter().fold(Some(name.into()), renamed);
        new.filter(|new| **new != *name)
    }

    /// Which steps are for a metric of this name; none if no step is.
    pub(super) fn steps(&self, name: &str) -> Option<Arc<[bool]>> {
        let is_meant =
            |(of, _): &(Option<Pattern>, _)| of.as_ref().is_none_or(|of| of.matches(name));
        let steps: Arc<[bool]> = self.steps.iter().map(is_meant).collect();
        steps.contains(&true).then_some(steps)
    }

    /// What these steps make of attributes.
    pub(super) fn apply(&self, steps: &[bool], attributes: &AttributeSet) -> AttributeSet {
        let mut set = attributes.clone();
        for ((_, step), _) in self.steps.iter().zip(steps).filter(|entry| *entry.1) {
            set = step.apply(set);
        }
        set
    }
}

impl Step {
    fn apply(&self, set: AttributeSet) -> AttributeSet {
        match self {
            Self::Add(key, value) if set.get(key).is_none() => set.with(key, value.clone()),
            Self::Add(..) => set,
            Self::Keep(patterns) => {
                set.filter(|key, _| patterns.iter().any(|pattern| pattern.matches(key)))
            }
            Self::Map(map) => map(&set),
            Self::Remove(pattern) => set.filter(|key, _| !pattern.matches(key)),
            Self::Rename(from, to) => match set.get(from).map(|value| value.to_value()) {
                Some(value) => set.filter(|key, _| *key != **from).with(to, value),
                None => set,
            },
            Self::Set(key, value) => set.with(key, value.clone()),
        }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add(key, value) => write!(f, "add {key:?} {value:?}"),
            Self::Keep(patterns) => write!(f, "keep {patterns:?}"),
            Self::Map(_) => f.write_str("map"),
            Self::Remove(pattern) => write!(f, "remove {pattern:?}"),
            Self::Rename(from, to) => write!(f, "rename {from:?} {to:?}"),
            Self::Set(key, value) => write!(f, "set {key:?} {value:?}"),
        }
    }
}
