//! The labels of a series: attributes, scope and resource, named for Prometheus, joined where
//! names coincide, in the order of their names.

mod context;
mod value;

#[cfg(test)]
mod tests;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use meterport_core::{AttributeSet, ValueRef};

use crate::escaping::Escaping;
use crate::loss::Loss;
use crate::naming::label_name;
use crate::translation::Strategy;

pub use context::Context;
pub(crate) use context::IDENTIFYING;
pub(crate) use value::write_value;

/// The label names that a kind of point needs for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the labels that Prometheus' formats make")]
pub enum Reserved {
    /// `le`: histograms.
    Le,
    /// None but `__name__`, which no series may have.
    #[default]
    Name,
    /// `quantile`: summaries.
    Quantile,
}

/// All that the labels of a series depend on beside its attributes: equal rules make equal labels
/// of equal attributes, so that they are half of the key under which a chunk remembers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelRules {
    pub(crate) strategy: Strategy,
    pub(crate) escaping: Escaping,
    pub(crate) reserved: Reserved,
    pub(crate) context: Arc<Context>,
}

/// The labels of one series, in the order of their names, which are unique.
///
/// Made to be used again: building labels into it allocates only while it grows.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    text: String,
    /// Where in the text each name ends, and each value.
    ends: Vec<(usize, usize)>,
}

impl Labels {
    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|end| end.1));
        starts
            .zip(&self.ends)
            .map(|(start, &(name, value))| (&self.text[start..name], &self.text[name..value]))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A hash of the labels that are not empty: to Prometheus, an empty label is none.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.filled().for_each(|label| label.hash(&mut hasher));
        hasher.finish()
    }

    /// Those that are not empty.
    pub(crate) fn filled(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|label| !label.1.is_empty())
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    fn push(&mut self, name: &str, value: impl FnOnce(&mut String)) {
        self.text.push_str(name);
        let name = self.text.len();
        value(&mut self.text);
        self.ends.push((name, self.text.len()));
    }

    /// Appends to the value of the last label.
    fn join(&mut self, value: impl FnOnce(&mut String)) {
        self.text.push(';');
        value(&mut self.text);
        if let Some(last) = self.ends.last_mut() {
            last.1 = self.text.len();
        }
    }
}

/// Builds the labels of many series by the same rules. Each key is translated once.
#[derive(Debug)]
pub struct LabelBuilder<'r> {
    rules: &'r LabelRules,
    names: Vec<Known>,
    order: Vec<Place>,
}

/// A key that was met before, and the name that it becomes.
#[derive(Debug)]
struct Known {
    key: Box<str>,
    origin: Origin,
    name: Result<Box<str>, Loss>,
}

/// Names are reserved for the context that attributes must not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Attribute,
    Context,
}

/// One value on its way: which name, and where its text comes from.
#[derive(Clone, Copy, Debug)]
struct Place {
    name: usize,
    source: Source,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Context(usize),
    Attribute(usize),
}

impl<'r> LabelBuilder<'r> {
    /// By these rules.
    pub fn new(rules: &'r LabelRules) -> Self {
        Self { rules, names: Vec::new(), order: Vec::new() }
    }

    /// Builds the labels of a series; `lost` hears of each attribute that becomes none.
    ///
    /// Where several keys become one name, their values are joined by `;` in the order of the keys
    /// (`prometheus_and_openmetrics.md`, "Metric Attributes"); where the keys are equal, too, the
    /// scope's value comes first, then the resource's.
    pub fn build(
        &mut self,
        attributes: &AttributeSet,
        labels: &mut Labels,
        lost: &mut dyn FnMut(Loss),
    ) {
        labels.clear();
        let context = Arc::clone(&self.rules.context);
        let values: Vec<(&str, ValueRef<'_>)> = attributes.iter().collect();
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        let entries = context.entries();
        let sources = (0..entries.len()).map(Source::Context);
        for source in sources.chain((0..values.len()).map(Source::Attribute)) {
            let name = match source {
                Source::Context(at) => self.name(&entries[at].0, Origin::Context),
                Source::Attribute(at) => self.name(values[at].0, Origin::Attribute),
            };
            match self.names[name].name {
                Ok(_) => order.push(Place { name, source }),
                Err(loss) => lost(loss),
            }
        }
        let name = |place: &Place| self.names[place.name].name.as_deref().unwrap_or_default();
        // Stable, and the context comes first.
        order.sort_by(|a, b| {
            let key = |place: &Place| &*self.names[place.name].key;
            name(a).cmp(name(b)).then_with(|| key(a).cmp(key(b)))
        });
        for (at, place) in order.iter().enumerate() {
            let write = |text: &mut String| match place.source {
                Source::Context(at) => text.push_str(&entries[at].1),
                Source::Attribute(at) => write_value(text, values[at].1),
            };
            if at > 0 && name(&order[at - 1]) == name(place) {
                labels.join(write);
            } else {
                labels.push(name(place), write);
            }
        }
        self.order = order;
    }

    /// Which of the names this key becomes.
    fn name(&mut self, key: &str, origin: Origin) -> usize {
        let is_known = |known: &Known| known.origin == origin && *known.key == *key;
        if let Some(at) = self.names.iter().position(is_known) {
            return at;
        }
        let name = label_name(key, self.rules.strategy)
            .map(|name| self.rules.escaping.escape_label(&name))
            .map_err(|_| Loss::InvalidLabelName);
        let name = name.and_then(|name| match self.is_reserved(&name, origin) {
            true => Err(Loss::ReservedLabel),
            false => Ok(name.into()),
        });
        self.names.push(Known { key: key.into(), origin, name });
        self.names.len() - 1
    }

    fn is_reserved(&self, name: &str, origin: Origin) -> bool {
        match (name, self.rules.reserved) {
            ("__name__", _) | ("le", Reserved::Le) | ("quantile", Reserved::Quantile) => true,
            ("job" | "instance", _) => {
                origin == Origin::Attribute && self.rules.context.identifies()
            }
            _ => false,
        }
    }
}
