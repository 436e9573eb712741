//! `target_info`: what is known of who is measured.

use std::sync::Arc;

use meterport_core::{AttributeSet, Gauge, MetricBatch, Number, NumberPoint, Resource};

use super::kind::FamilyKind;
use super::part::Part;
use super::{Family, Grouping};
use crate::labels::{Context, IDENTIFYING, LabelRules, Reserved};
use crate::loss::Loss;
use crate::translation::Target;

/// The name of the family.
const NAME: &str = "target_info";
const HELP: &str = "Target metadata";

/// The family, if there is anything to be said.
pub(super) fn family(batch: &MetricBatch, grouping: &mut Grouping<'_>) -> Option<Family> {
    let resources = distinct(batch);
    let mut parts = Vec::new();
    match grouping.translation.target() {
        Target::Hidden => return None,
        Target::Info => {
            let extra = resources.len().saturating_sub(1) as u64;
            grouping.losses.add(Loss::ExtraTarget, extra);
            let attributes = resources.first().map(|resource| resource.attributes.clone())?;
            parts.push(part(attributes, Arc::default(), grouping));
        }
        Target::JobAndInstance => {
            let mut seen: Vec<Arc<Context>> = Vec::new();
            for resource in resources {
                let context = Arc::new(Context::of_target(resource, grouping.translation));
                let others = resource.attributes.filter(|key, _| !IDENTIFYING.contains(&key));
                // Without either label, or with nothing else to say, it would tell nobody anything.
                if context.is_empty() || others.is_empty() {
                    continue;
                }
                if seen.contains(&context) {
                    grouping.losses.add(Loss::ExtraTarget, 1);
                    continue;
                }
                parts.push(part(others, Arc::clone(&context), grouping));
                seen.push(context);
            }
        }
    }
    if parts.is_empty() {
        return None;
    }
    let family = Family {
        name: NAME.into(),
        kind: FamilyKind::Info,
        help: HELP.into(),
        unit: Arc::default(),
        parts,
    };
    Some(family)
}

/// The resources that have points, without those that are there already or say nothing.
fn distinct(batch: &MetricBatch) -> Vec<&Resource> {
    let mut resources: Vec<&Resource> = Vec::new();
    for entry in batch.resources() {
        let is_new =
            || !resources.iter().any(|known| known.attributes == entry.resource.attributes);
        if !entry.resource.attributes.is_empty() && is_new() {
            resources.push(&entry.resource);
        }
    }
    resources
}

fn part(attributes: AttributeSet, context: Arc<Context>, grouping: &Grouping<'_>) -> Part {
    let rules = LabelRules {
        strategy: grouping.translation.strategy(),
        escaping: grouping.escaping,
        reserved: Reserved::Name,
        context,
    };
    let point = NumberPoint::new(attributes, Number::I64(1));
    let part = Part::new(Gauge { points: [point].into_iter().collect() }.into(), rules);
    Part { is_target: true, ..part }
}
