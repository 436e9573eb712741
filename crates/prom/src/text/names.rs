//! What a family is called in its metadata lines, and which type they say.

use std::collections::HashMap;

use meterport_core::{MetricData, NumberRows};

use super::Version;
use crate::families::{Families, Family, FamilyKind, Part};
use crate::labels::{LabelBuilder, Labels};
use crate::loss::Loss;

/// How a family is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Announced<'f> {
    /// The name in metadata lines.
    pub(super) name: &'f str,
    pub(super) kind: FamilyKind,
}

/// How each family is announced, or nothing if it must not be there.
pub(super) fn announce(families: &Families, version: Version) -> Vec<Option<Announced<'_>>> {
    match version {
        Version::OpenMetrics1 => Claims::of(families).settle(),
        version => families.iter().map(|family| Some(full(family, version))).collect(),
    }
}

/// Under its full name.
fn full(family: &Family, version: Version) -> Announced<'_> {
    // Prometheus' own text has no word for it.
    if version == Version::Plain && family.kind() == FamilyKind::GaugeHistogram {
        return Announced { name: family.name(), kind: FamilyKind::Histogram };
    }
    let is_said = match family.kind() {
        FamilyKind::Info => version != Version::Plain && is_info(family),
        FamilyKind::StateSet => version != Version::Plain && is_state_set(family),
        _ => true,
    };
    let kind = if is_said { family.kind() } else { FamilyKind::Gauge };
    Announced { name: family.name(), kind }
}

/// OpenMetrics 1.0 announces counters and infos without their suffix, and has no names that could
/// be those of another family's samples ("MetricFamily", "Suffixes"). Where that fails, a counter
/// is announced under its full name as unknown, an info as a gauge; other families give way to those before
/// them.
struct Claims<'f> {
    announced: Vec<Option<Announced<'f>>>,
    families: Vec<&'f Family>,
    by_name: HashMap<&'f str, usize>,
}

/// The suffixes of samples, by the type of their family.
const fn suffixes(kind: FamilyKind) -> &'static [&'static str] {
    match kind {
        FamilyKind::Counter => &["_created", "_total"],
        FamilyKind::GaugeHistogram => &["_bucket", "_gcount", "_gsum"],
        FamilyKind::Histogram => &["_bucket", "_count", "_created", "_sum"],
        FamilyKind::Info => &["_info"],
        FamilyKind::Summary => &["_count", "_created", "_sum"],
        FamilyKind::Gauge | FamilyKind::StateSet | FamilyKind::Unknown => &[],
    }
}

const SUFFIXES: [&str; 8] =
    ["_bucket", "_count", "_created", "_gcount", "_gsum", "_info", "_sum", "_total"];

impl<'f> Claims<'f> {
    fn of(families: &'f Families) -> Self {
        let families: Vec<_> = families.iter().collect();
        let mut claims = Self {
            announced: vec![None; families.len()],
            by_name: HashMap::with_capacity(families.len()),
            families,
        };
        // Those first that cannot step back.
        for steps_back in [false, true] {
            for at in 0..claims.families.len() {
                let wanted = wanted(claims.families[at]);
                if (wanted.name.len() != claims.families[at].name().len()) == steps_back {
                    claims.claim(at, wanted);
                }
            }
        }
        claims
    }

    fn claim(&mut self, at: usize, wanted: Announced<'f>) {
        let taken = if self.by_name.contains_key(wanted.name) {
            stepped_back(self.families[at])
        } else {
            wanted
        };
        self.by_name.insert(taken.name, at);
        self.announced[at] = Some(taken);
    }

    fn settle(mut self) -> Vec<Option<Announced<'f>>> {
        for at in 0..self.families.len() {
            let Some(one) = self.announced[at] else { continue };
            for suffix in SUFFIXES {
                let Some(base) = one.name.strip_suffix(suffix) else { continue };
                let Some(&other) = self.by_name.get(base) else { continue };
                let Some(claim) = self.announced[other].filter(|claim| claim.name == base) else {
                    continue;
                };
                if suffixes(claim.kind).contains(&suffix) {
                    self.part(at, other);
                }
            }
        }
        self.announced
    }

    /// Has one of two families step back or go.
    fn part(&mut self, one: usize, other: usize) {
        let can_step_back = |at: usize| {
            let name = self.families[at].name();
            self.announced[at].is_some_and(|announced| announced.name.len() != name.len())
        };
        if let Some(at) = [one, other].into_iter().find(|at| can_step_back(*at)) {
            self.announced[at] = Some(stepped_back(self.families[at]));
        } else {
            self.announced[one.max(other)] = None;
        }
    }
}

fn wanted(family: &Family) -> Announced<'_> {
    let base = |suffix| family.name().strip_suffix(suffix).filter(|base: &&str| !base.is_empty());
    match family.kind() {
        FamilyKind::Counter => base("_total"),
        FamilyKind::Info if is_info(family) => base("_info"),
        _ => return stepped_back(family),
    }
    .map_or_else(|| stepped_back(family), |name| Announced { name, kind: family.kind() })
}

fn stepped_back(family: &Family) -> Announced<'_> {
    match family.kind() {
        FamilyKind::Counter => Announced { name: family.name(), kind: FamilyKind::Unknown },
        FamilyKind::Info => Announced { name: family.name(), kind: FamilyKind::Gauge },
        _ => full(family, Version::OpenMetrics1),
    }
}

/// The name ends in `_info`, and all values are 1.
fn is_info(family: &Family) -> bool {
    let is_named = family.name().strip_suffix("_info").is_some_and(|base| !base.is_empty());
    is_named && values(family).all(|value| value == 1.0)
}

/// All values are 0 or 1, and each series has the state as a label with the family's name.
fn is_state_set(family: &Family) -> bool {
    let has_state = |part: &Part| {
        let mut builder = LabelBuilder::new(part.rules());
        let mut labels = Labels::default();
        part.data().series().iter().all(|attributes| {
            builder.build(attributes, &mut labels, &mut |_: Loss| {});
            labels.iter().any(|label| label.0 == family.name())
        })
    };
    values(family).all(|value| value == 1.0 || value == 0.0) && family.parts().iter().all(has_state)
}

fn values(family: &Family) -> impl Iterator<Item = f64> {
    let rows = family.parts().iter().filter_map(|part| match part.data() {
        MetricData::Gauge(data) => Some(data.points.rows()),
        MetricData::Sum(data) => Some(data.points.rows()),
        _ => None,
    });
    rows.flat_map(|rows| {
        let (integers, floats, mixed) = match rows {
            NumberRows::F64(values) => (&[][..], &**values, &[][..]),
            NumberRows::I64(values) => (&**values, &[][..], &[][..]),
            NumberRows::Mixed(values) => (&[][..], &[][..], &**values),
        };
        let integers = integers.iter().map(|value| *value as f64);
        integers.chain(floats.iter().copied()).chain(mixed.iter().map(|value| value.as_f64()))
    })
}
