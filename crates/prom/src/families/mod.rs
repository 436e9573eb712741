//! Families: the metrics of all resources and scopes, grouped by the name that Prometheus sees.
//!
//! What every format writes from. Names are final here, conflicts are settled and counted; labels
//! are rules yet, as their texts are remembered with the series, in each format's own way.

mod duplicates;
mod identity;
mod kind;
mod named;
mod part;
mod target;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use meterport_core::{Metric, MetricBatch, ResourceMetrics, ScopeMetrics, Temporality};

use self::duplicates::Verdict;
use self::named::Named;
use self::part::reserved;
use crate::escaping::Escaping;
use crate::labels::{Context, LabelRules};
use crate::loss::{Loss, Losses};
use crate::translation::Translation;

pub use identity::Identity;
pub use kind::FamilyKind;
pub use part::Part;

/// The metrics of a batch, by final name.
///
/// ```
/// use std::sync::Arc;
/// use meterport_core::{
///     AttributeSet, Metric, MetricBatch, Number, NumberPoint, Resource, ResourceMetrics, Scope,
///     ScopeMetrics, Sum,
/// };
/// use meterport_prom::{Escaping, Families, FamilyKind, Translation};
///
/// let point = NumberPoint::new(AttributeSet::from([("method", "GET")]), Number::I64(7));
/// let batch = MetricBatch::from(
///     ResourceMetrics::new(Resource::default()).with_scope(
///         ScopeMetrics::new(Scope::new("shop"))
///             .with_metric(Metric::new("http.requests", Sum::counter([point]))),
///     ),
/// );
/// let families = Families::of(&batch, &Arc::new(Translation::default()), Escaping::default());
/// let family = families.iter().next().unwrap();
/// assert_eq!((family.name(), family.kind()), ("http_requests_total", FamilyKind::Counter));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Families {
    families: Vec<Family>,
    losses: Losses,
}

/// The metrics that share a name.
#[derive(Clone, Debug)]
pub struct Family {
    name: Arc<str>,
    kind: FamilyKind,
    help: Arc<str>,
    unit: Arc<str>,
    parts: Vec<Part>,
}

impl Family {
    /// The name, that of its samples in text 0.0.4 but for the suffixes of histograms and
    /// summaries: a counter's ends in `_total` where the strategy says so.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type.
    pub fn kind(&self) -> FamilyKind {
        self.kind
    }

    /// What it measures, for people.
    pub fn help(&self) -> &str {
        &self.help
    }

    /// The unit as a word, such as `seconds`; empty where there is none.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// The points, by the metric they came from.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether the name ends with the unit, and `_total` behind it in the case of counters:
    /// otherwise scrapers refuse to read the unit.
    pub(crate) fn shows_unit(&self) -> bool {
        let base = match self.kind {
            FamilyKind::Counter => self.name.strip_suffix("_total").unwrap_or(&self.name),
            FamilyKind::Info | FamilyKind::StateSet => return false,
            _ => &self.name,
        };
        let rest = base.strip_suffix(&*self.unit);
        !self.unit.is_empty() && rest.is_some_and(|rest| rest.ends_with('_') && rest.len() > 1)
    }

    fn points(&self) -> u64 {
        self.parts.iter().map(Part::points).sum()
    }
}

impl Families {
    /// Groups a batch's metrics. `escaping` is applied to names and label names after the
    /// translation (`sdk_exporters/prometheus.md`, "Interaction with Translation Strategy").
    pub fn of(batch: &MetricBatch, translation: &Arc<Translation>, escaping: Escaping) -> Self {
        let mut grouping = Grouping {
            translation,
            escaping,
            families: Vec::new(),
            by_name: HashMap::new(),
            losses: Losses::default(),
        };
        if let Some(target) = target::family(batch, &mut grouping) {
            grouping.add(target);
        }
        for resource in batch.resources() {
            for scope in &resource.scopes {
                grouping.add_scope(resource, scope);
            }
        }
        grouping.finish()
    }

    /// The families in the order in which their names were met, `target_info` first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Family> {
        self.families.iter()
    }

    /// How many families.
    pub fn len(&self) -> usize {
        self.families.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.families.is_empty()
    }

    /// Keeps the families that `keep` likes: what a scraper asks for with `name[]`.
    pub fn retain(&mut self, keep: impl FnMut(&Family) -> bool) {
        self.families.retain(keep);
    }

    /// What the grouping has left out. What a format leaves out is counted when it is written.
    pub fn losses(&self) -> &Losses {
        &self.losses
    }

    /// How many points the families hold, repeated ones not counted; `target_info` is one, too.
    pub fn points(&self) -> u64 {
        let parts = self.families.iter().flat_map(|family| &family.parts);
        parts.map(|part| part.points() - part.repeated.len() as u64).sum()
    }
}

/// Families in the making.
struct Grouping<'t> {
    translation: &'t Arc<Translation>,
    escaping: Escaping,
    families: Vec<Family>,
    by_name: HashMap<Arc<str>, usize>,
    losses: Losses,
}

impl Grouping<'_> {
    fn add(&mut self, family: Family) {
        self.by_name.insert(Arc::clone(&family.name), self.families.len());
        self.families.push(family);
    }

    fn add_scope(&mut self, resource: &ResourceMetrics, scope: &ScopeMetrics) {
        if scope.metrics.is_empty() {
            return;
        }
        let context = Arc::new(Context::new(
            &resource.resource,
            &scope.scope,
            &scope.schema_url,
            self.translation,
            &mut self.losses,
        ));
        for metric in scope.metrics.iter().filter(|metric| !metric.data.is_empty()) {
            self.add_metric(metric, &context);
        }
    }

    fn add_metric(&mut self, metric: &Metric, context: &Arc<Context>) {
        let points = metric.data.len() as u64;
        if metric.data.temporality() == Some(Temporality::Delta) {
            return self.losses.add(Loss::Delta, points);
        }
        let Ok(named) = Named::of(metric, self.translation, self.escaping) else {
            return self.losses.add(Loss::InvalidName, points);
        };
        let rules = LabelRules {
            strategy: self.translation.strategy(),
            escaping: self.escaping,
            reserved: reserved(&metric.data),
            context: Arc::clone(context),
        };
        let part = Part::new(metric.data.clone(), rules);
        let help = &metric.descriptor.description;
        let Some(&at) = self.by_name.get(&named.name) else {
            return self.add(Family {
                name: named.name,
                kind: named.kind,
                help: Arc::clone(help),
                unit: named.unit,
                parts: vec![part],
            });
        };
        let family = &mut self.families[at];
        if family.kind != named.kind {
            return self.losses.add(Loss::TypeConflict, points);
        }
        if family.help.is_empty() {
            family.help = Arc::clone(help);
        } else if !help.is_empty() && family.help != *help {
            self.losses.add(Loss::HelpConflict, 1);
        }
        family.parts.push(part);
    }

    fn finish(mut self) -> Families {
        self.drop_clashes();
        for family in &mut self.families {
            let verdict = Verdict::of(&family.parts);
            verdict.lost.iter().for_each(|(loss, count)| self.losses.add(*loss, *count));
            for (part, repeated) in family.parts.iter_mut().zip(&verdict.repeated) {
                self.losses.add(Loss::DuplicateSeries, repeated.len() as u64);
                part.repeated = Arc::clone(repeated);
            }
        }
        Families { families: self.families, losses: self.losses }
    }

    /// Of a family `foo` with samples `foo_count` and a family `foo_count`, the first stays.
    fn drop_clashes(&mut self) {
        let mut is_dropped = vec![false; self.families.len()];
        for (at, family) in self.families.iter().enumerate() {
            for suffix in ["_bucket", "_count", "_gcount", "_gsum", "_sum"] {
                let Some(base) = family.name.strip_suffix(suffix) else { continue };
                let Some(&other) = self.by_name.get(base) else { continue };
                if self.families[other].kind.suffixes().contains(&suffix) {
                    let (first, later) = (at.min(other), at.max(other));
                    is_dropped[later] |= !is_dropped[first];
                }
            }
        }
        let mut dropped = is_dropped.into_iter();
        let losses = &mut self.losses;
        self.families.retain(|family| {
            let goes = dropped.next().unwrap_or_default();
            if goes {
                losses.add(Loss::NameClash, family.points());
            }
            !goes
        });
    }
}
