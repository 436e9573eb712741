//! Generated families with names, labels and helps on which writers stumble, and what a reader
//! has to find of them.
//!
//! A page of a [`Case`] is to be written without any translation, names in UTF-8.

use std::collections::{BTreeMap, HashSet};

use meterport_core::{
    AttributeSet, Gauge, Metric, MetricBatch, Number, NumberPoint, Resource, ResourceMetrics,
    Scope, ScopeMetrics, Sum,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::client;
use super::text::{self, Dialect};
use crate::strategy::{Numbers, double};

/// Gauges and counters, and their batch.
#[derive(Clone, Debug)]
pub struct Case {
    families: Vec<Generated>,
}

/// A family as it should be read.
#[derive(Clone, Debug)]
struct Generated {
    name: String,
    help: String,
    is_counter: bool,
    /// Labels, which differ from series to series, and values.
    series: Vec<(BTreeMap<String, String>, f64)>,
}

/// A series as it was read.
struct Found<'p> {
    name: &'p str,
    help: &'p str,
    labels: Vec<(&'p str, &'p str)>,
    value: f64,
}

/// Up to six families of up to three series.
pub fn case() -> impl Strategy<Value = Case> {
    case_of(hostile())
}

/// The same with names and labels that were legal before Prometheus 3, and are reserved for
/// nothing: for readers that stumble over others. Helps and values of labels are as in [`case`].
pub fn case_of_legal_names() -> impl Strategy<Value = Case> {
    case_of("[a-zA-Z][a-zA-Z0-9_]{0,6}")
}

fn case_of(names: impl Strategy<Value = String> + Clone + 'static) -> impl Strategy<Value = Case> {
    let labels = vec((names.clone(), hostile()), 0..4);
    let series = vec((labels, double(Numbers::Any)), 1..4);
    let family = (names, hostile(), any::<bool>(), series);
    vec(family, 1..7).prop_map(|families| {
        let mut names = HashSet::new();
        let families = families.into_iter().map(|(name, help, is_counter, series)| {
            let mut known = HashSet::new();
            let series = series.into_iter().map(|(labels, value)| {
                let is_legal = |(name, _): &(String, String)| !matches!(&**name, "" | "__name__");
                let labels: BTreeMap<_, _> = labels.into_iter().filter(is_legal).collect();
                // A counter is neither negative nor NaN, and zero has no sign in text.
                let is_plain = !value.is_nan() && value != 0.0;
                (labels, if is_counter && !is_plain { 0.0 } else { value + 0.0 })
            });
            let series = series
                .map(|(labels, value)| (labels, if is_counter { value.abs() } else { value }))
                .filter(|(labels, _)| {
                    // An empty label is none.
                    let filled = labels.clone().into_iter().filter(|label| !label.1.is_empty());
                    known.insert(filled.collect::<Vec<_>>())
                });
            Generated { name, help, is_counter, series: series.collect() }
        });
        let is_new =
            |family: &Generated| !family.name.is_empty() && names.insert(family.name.clone());
        Case { families: families.filter(is_new).collect() }
    })
}

/// A text of characters that mean something on a page, and of others.
fn hostile() -> impl Strategy<Value = String> + Clone {
    const PARTS: [&str; 24] = [
        "\"",
        "\\",
        "\n",
        "\r",
        "{",
        "}",
        ",",
        "=",
        "#",
        " ",
        "_",
        ":",
        "\t",
        "\0",
        "a",
        "0",
        "é",
        "🦀",
        "_total",
        "# EOF\n",
        "\u{2028}",
        "x{y=\"z\"} 1\n",
        "# TYPE ",
        "__name__",
    ];
    prop_oneof![
        6 => vec(select(&PARTS[..]), 0..6).prop_map(|parts| parts.concat()),
        1 => vec(any::<char>(), 0..6).prop_map(String::from_iter),
    ]
}

impl Case {
    /// The batch.
    pub fn batch(&self) -> MetricBatch {
        let mut scope = ScopeMetrics::new(Scope::default());
        scope.metrics = self.families.iter().map(Generated::metric).collect();
        ResourceMetrics::new(Resource::default()).with_scope(scope).into()
    }

    /// How many names, helps, labels and values there are.
    pub fn texts(&self) -> u64 {
        let series = |family: &Generated| {
            family.series.iter().map(|(labels, _)| 1 + 2 * labels.len() as u64).sum::<u64>()
        };
        self.families.iter().map(|family| 2 + series(family)).sum()
    }

    /// Compares a page of a text format with what is wanted.
    ///
    /// # Errors
    /// It cannot be read, or differs.
    pub fn check_text(&self, page: &str, dialect: Dialect) -> Result<(), String> {
        let families = text::parse(page, dialect)?;
        let found = families.iter().flat_map(|family| {
            family.samples.iter().map(|sample| Found {
                name: &sample.name,
                help: family.help.as_deref().unwrap_or_default(),
                labels: borrowed(&sample.labels),
                value: sample.value,
            })
        });
        self.check(found.collect())
    }

    /// Compares delimited messages with what is wanted.
    ///
    /// # Errors
    /// They cannot be read, or differ.
    pub fn check_messages(&self, bytes: &[u8]) -> Result<(), String> {
        let families = client::decode(bytes).map_err(|error| error.to_string())?;
        let found = families.iter().flat_map(|family| {
            family.metric.iter().map(|metric| {
                let counter = metric.counter.as_ref().and_then(|counter| counter.value);
                let gauge = metric.gauge.as_ref().and_then(|gauge| gauge.value);
                Found {
                    name: family.name.as_deref().unwrap_or_default(),
                    help: family.help.as_deref().unwrap_or_default(),
                    labels: metric.label.iter().map(|one| (one.name(), one.value())).collect(),
                    value: counter.or(gauge).unwrap_or(f64::NAN),
                }
            })
        });
        self.check(found.collect())
    }

    fn check(&self, found: Vec<Found<'_>>) -> Result<(), String> {
        let wanted = self.families.iter().flat_map(|family| {
            family.series.iter().map(|(labels, value)| Found {
                name: &family.name,
                help: &family.help,
                labels: labels.iter().map(|(name, value)| (&**name, &**value)).collect(),
                value: *value,
            })
        });
        let wanted: Vec<_> = wanted.collect();
        if wanted.len() != found.len() {
            return Err(format!("{} series, not {}", found.len(), wanted.len()));
        }
        match wanted.iter().zip(&found).find(|(wanted, found)| !wanted.is_same(found)) {
            None => Ok(()),
            Some((wanted, found)) => {
                Err(format!("{:?}\nis not\n{:?}", found.parts(), wanted.parts()))
            }
        }
    }
}

fn borrowed(labels: &[(String, String)]) -> Vec<(&str, &str)> {
    labels.iter().map(|(name, value)| (&**name, &**value)).collect()
}

impl Generated {
    fn metric(&self) -> Metric {
        let points = self.series.iter().map(|(labels, value)| {
            let attributes = labels.iter().map(|(name, value)| (&**name, &**value));
            NumberPoint::new(attributes.collect::<AttributeSet>(), Number::F64(*value))
        });
        let metric = if self.is_counter {
            Metric::new(&*self.name, Sum::counter(points))
        } else {
            Metric::new(&*self.name, Gauge { points: points.collect() })
        };
        metric.with_description(&*self.help)
    }
}

impl Found<'_> {
    fn parts(&self) -> (&str, &str, &[(&str, &str)], f64) {
        (self.name, self.help, &self.labels, self.value)
    }

    fn is_same(&self, other: &Self) -> bool {
        let is_number = self.value == other.value || self.value.is_nan() && other.value.is_nan();
        is_number && (self.name, self.help, &self.labels) == (other.name, other.help, &other.labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(value: f64) -> Case {
        let labels = BTreeMap::from([("b\"".to_owned(), "c\n".to_owned())]);
        let series = vec![(labels, value)];
        let (name, help) = ("a".to_owned(), "h\\".to_owned());
        Case { families: vec![Generated { name, help, is_counter: false, series }] }
    }

    #[test]
    fn a_page_is_right_or_wrong() {
        let page = "# HELP a h\\\\\n# TYPE a gauge\na{\"b\\\"\"=\"c\\n\"} NaN\n";
        let check = |case: &Case, page: &str| case.check_text(page, Dialect::Text);
        assert_eq!(check(&case(f64::NAN), page), Ok(()));
        assert_eq!(case(1.0).texts(), 5);
        for wrong in [
            page.replace("NaN", "1"),
            page.replace("h\\\\", "h"),
            page.replace("c\\n", "c"),
            page.replace("gauge\na", "gauge\na{} 1\na"),
            page.replace("\\\"", "\""),
        ] {
            assert!(check(&case(f64::NAN), &wrong).is_err(), "{wrong}");
        }
        assert_eq!(case(1.0).check_messages(&[]), Err("0 series, not 1".into()));
    }
}
