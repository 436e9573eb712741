use std::collections::HashMap;
use std::sync::Arc;

use super::super::attributes::AttributeSet;
use super::super::metric::Descriptor;
use super::series::SeriesInterner;

/// Finds the metrics of a source again, snapshot after snapshot: a [`SeriesInterner`] and a shared
/// [`Descriptor`] for each.
///
/// ```
/// use meterport_core::{AttributeSet, Interner};
///
/// let mut interner = Interner::default();
/// let mut name = |name| {
///     interner.next_snapshot();
///     std::sync::Arc::clone(interner.metric(name, "Requests.", "1", &AttributeSet::empty()).descriptor())
/// };
/// let (first, second) = (name("requests"), name("requests"));
/// assert!(std::sync::Arc::ptr_eq(&first, &second));
/// ```
#[derive(Debug, Default)]
pub struct Interner {
    metrics: HashMap<Arc<str>, Vec<InternedMetric>>,
    snapshot: u32,
}

/// What an [`Interner`] keeps of a metric.
#[derive(Debug)]
pub struct InternedMetric {
    descriptor: Arc<Descriptor>,
    series: SeriesInterner,
    /// When it was named last.
    snapshot: u32,
}

/// How many snapshots a metric may miss.
const KEPT: u32 = 8;

impl Interner {
    /// Begins a snapshot. Metrics that were not named in the eight before are forgotten.
    pub fn next_snapshot(&mut self) {
        let snapshot = self.snapshot.wrapping_add(1);
        self.snapshot = snapshot;
        self.metrics.retain(|_, metrics| {
            metrics.retain(|metric| snapshot.wrapping_sub(metric.snapshot) <= KEPT);
            !metrics.is_empty()
        });
    }

    /// The metric of this description. Metrics that differ in it are different ones, whatever
    /// their name.
    pub fn metric(
        &mut self,
        name: &str,
        description: &str,
        unit: &str,
        metadata: &AttributeSet,
    ) -> &mut InternedMetric {
        if !self.metrics.contains_key(name) {
            self.metrics.insert(name.into(), Vec::new());
        }
        let metrics = self.metrics.entry(name.into()).or_default();
        let known = metrics.iter().position(|metric| {
            let known = &*metric.descriptor;
            (&*known.description, &*known.unit, &known.metadata) == (description, unit, metadata)
        });
        let at = known.unwrap_or_else(|| {
            let descriptor = Descriptor {
                name: name.into(),
                description: description.into(),
                unit: unit.into(),
                metadata: metadata.clone(),
            };
            let descriptor = Arc::new(descriptor);
            metrics.push(InternedMetric {
                descriptor,
                series: SeriesInterner::default(),
                snapshot: 0,
            });
            metrics.len() - 1
        });
        metrics[at].snapshot = self.snapshot;
        &mut metrics[at]
    }
}

impl InternedMetric {
    /// The description, shared with all snapshots.
    pub fn descriptor(&self) -> &Arc<Descriptor> {
        &self.descriptor
    }

    /// The series.
    pub fn series(&mut self) -> &mut SeriesInterner {
        &mut self.series
    }
}
