use std::fmt;
use std::sync::Arc;

use meterport_core::{AttributeSet, Metric, ResourceMetrics, ScopeMetrics, Value, ValueRef};

use crate::pattern::Pattern;

pub(super) type Judge =
    dyn Fn(&ResourceMetrics, &ScopeMetrics, &Metric, &AttributeSet) -> bool + Send + Sync;

/// Which points are meant: those that meet all its conditions, so all points for a fresh one.
///
/// Texts are patterns: `*` stands for any characters, or none, `?` for one.
///
/// ```
/// use meterport_decorators::Selector;
///
/// let selector = Selector::metric("http.server.*").and_attribute("http.route", "/health*");
/// # let _ = selector;
/// ```
#[derive(Clone, Default)]
pub struct Selector {
    name: Option<Pattern>,
    scope: Option<Pattern>,
    attributes: Vec<(Arc<str>, Wanted)>,
    judge: Option<Arc<Judge>>,
}

#[derive(Clone)]
enum Wanted {
    Any,
    Like(Pattern),
    Same(Value),
}

impl Selector {
    /// All points.
    pub fn all() -> Self {
        Self::default()
    }

    /// The points of metrics with such a name.
    pub fn metric(pattern: &str) -> Self {
        Self { name: Some(Pattern::new(pattern)), ..Self::default() }
    }

    /// The points of instrumentation scopes with such a name.
    pub fn scope(pattern: &str) -> Self {
        Self { scope: Some(Pattern::new(pattern)), ..Self::default() }
    }

    /// The points that have this attribute, with a text like the pattern.
    pub fn attribute(key: &str, pattern: &str) -> Self {
        Self::default().and_attribute(key, pattern)
    }

    /// The points of which the function says so. It is asked for every point of every export.
    pub fn custom(
        judge: impl Fn(&ResourceMetrics, &ScopeMetrics, &Metric, &AttributeSet) -> bool
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self { judge: Some(Arc::new(judge)), ..Self::default() }
    }

    /// Of those, the points of instrumentation scopes with such a name.
    #[must_use]
    pub fn and_scope(mut self, pattern: &str) -> Self {
        self.scope = Some(Pattern::new(pattern));
        self
    }

    /// Of those, the points that have this attribute, with a text like the pattern.
    #[must_use]
    pub fn and_attribute(mut self, key: &str, pattern: &str) -> Self {
        self.attributes.push((key.into(), Wanted::Like(Pattern::new(pattern))));
        self
    }

    /// Of those, the points that have this attribute with this value.
    #[must_use]
    pub fn and_value(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.attributes.push((key.into(), Wanted::Same(value.into())));
        self
    }

    /// Of those, the points that have this attribute.
    #[must_use]
    pub fn and_has(mut self, key: &str) -> Self {
        self.attributes.push((key.into(), Wanted::Any));
        self
    }

    /// Whether points of this metric can be meant.
    pub(super) fn admits(&self, scope: &ScopeMetrics, metric: &Metric) -> bool {
        let is_like =
            |pattern: &Option<Pattern>, text| pattern.as_ref().is_none_or(|p| p.matches(text));
        is_like(&self.name, &metric.descriptor.name) && is_like(&self.scope, &scope.scope.name)
    }

    /// Whether it looks at attributes, or leaves it at [`admits`](Self::admits).
    pub(super) fn has_conditions(&self) -> bool {
        !self.attributes.is_empty()
    }

    /// Whether points with these attributes can be meant.
    pub(super) fn holds(&self, attributes: &AttributeSet) -> bool {
        self.attributes.iter().all(|(key, wanted)| match (attributes.get(key), wanted) {
            (None, _) => false,
            (Some(_), Wanted::Any) => true,
            (Some(ValueRef::String(text)), Wanted::Like(pattern)) => pattern.matches(text),
            (Some(_), Wanted::Like(_)) => false,
            (Some(value), Wanted::Same(wanted)) => value.to_value() == *wanted,
        })
    }

    pub(super) fn judge(&self) -> Option<&Judge> {
        self.judge.as_deref()
    }
}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut conditions = f.debug_list();
        self.name.iter().for_each(|name| _ = conditions.entry(&format_args!("metric {name:?}")));
        self.scope.iter().for_each(|scope| _ = conditions.entry(&format_args!("scope {scope:?}")));
        for (key, wanted) in &self.attributes {
            match wanted {
                Wanted::Any => conditions.entry(&format_args!("{key:?}")),
                Wanted::Like(pattern) => {
                    conditions.entry(&format_args!("{key:?} like {pattern:?}"))
                }
                Wanted::Same(value) => conditions.entry(&format_args!("{key:?} is {value:?}")),
            };
        }
        self.judge.iter().for_each(|_| _ = conditions.entry(&format_args!("custom")));
        conditions.finish()
    }
}
