use std::sync::Arc;

use meterport_core::{Descriptor, MemoKey, Metric};

use super::kind::FamilyKind;
use crate::escaping::Escaping;
use crate::naming::{InvalidName, MetricKind, metric_name, unit_name};
use crate::translation::Translation;

/// A metric's name, type and unit as Prometheus has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) name: Arc<str>,
    pub(super) kind: FamilyKind,
    pub(super) unit: Arc<str>,
}

/// A metric's name is remembered with the first of its chunks: a descriptor is shared between
/// snapshots, so that it is found again by its address.
#[derive(Clone)]
struct NameKey {
    descriptor: Arc<Descriptor>,
    kind: MetricKind,
    escaping: Escaping,
    translation: Arc<Translation>,
}

impl PartialEq for NameKey {
    fn eq(&self, other: &Self) -> bool {
        fn same<T: PartialEq>(a: &Arc<T>, b: &Arc<T>) -> bool {
            Arc::ptr_eq(a, b) || a == b
        }
        (self.kind, self.escaping) == (other.kind, other.escaping)
            && same(&self.descriptor, &other.descriptor)
            && same(&self.translation, &other.translation)
    }
}

impl Eq for NameKey {}

impl MemoKey for NameKey {
    type Value = Result<(Arc<str>, Arc<str>), InvalidName>;
}

impl Named {
    pub(super) fn of(
        metric: &Metric,
        translation: &Arc<Translation>,
        escaping: Escaping,
    ) -> Result<Self, InvalidName> {
        let key = NameKey {
            descriptor: Arc::clone(&metric.descriptor),
            kind: FamilyKind::of_name(&metric.data),
            escaping,
            translation: Arc::clone(translation),
        };
        let named = match metric.data.series().runs().first() {
            Some(run) => (*run.chunk().memo().remember(&key, || make(&key))).clone(),
            None => make(&key),
        };
        let (name, unit) = named?;
        Ok(Self { name, unit, kind: FamilyKind::of(&metric.data, &metric.descriptor) })
    }
}

fn make(key: &NameKey) -> Result<(Arc<str>, Arc<str>), InvalidName> {
    let NameKey { descriptor, kind, escaping, translation } = key;
    let name = metric_name(&descriptor.name, &descriptor.unit, *kind, translation)?;
    let unit = unit_name(&descriptor.unit, translation.strategy(), translation.rules());
    Ok((escaping.escape(&name).into(), unit.into()))
}
