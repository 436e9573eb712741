//! Points of a family that have the same labels.
//!
//! Whether there are any is found out once for each set of series, and remembered: looking at each
//! series in each scrape would cost as much as writing it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use meterport_core::{AttributeSet, MemoKey, SeriesChunk};

use super::identity::Identity;
use super::part::Part;
use crate::labels::{LabelBuilder, LabelRules, Labels};
use crate::loss::Loss;

/// What is known of the labels of a chunk's rows, without the labels.
pub(super) struct Fingerprints {
    hashes: Box<[u64]>,
    /// Attributes that became no label, by row.
    lost: Box<[(usize, Loss)]>,
}

#[derive(Clone, PartialEq, Eq)]
struct FingerprintsKey(LabelRules);

impl MemoKey for FingerprintsKey {
    type Value = Fingerprints;
}

impl Fingerprints {
    pub(super) fn of(chunk: &SeriesChunk, rules: &LabelRules) -> Arc<Self> {
        chunk.memo().remember(&FingerprintsKey(rules.clone()), || {
            let mut builder = LabelBuilder::new(rules);
            let mut labels = Labels::default();
            let mut lost = Vec::new();
            let rows = chunk.attributes().iter().enumerate();
            let hashes = rows.map(|(row, attributes)| {
                builder.build(attributes, &mut labels, &mut |loss| lost.push((row, loss)));
                labels.fingerprint()
            });
            Self { hashes: hashes.collect(), lost: lost.into() }
        })
    }
}

/// What a look at all series of a family has shown.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// The rows to be left out, by part, ascending.
    pub(super) repeated: Vec<Arc<[usize]>>,
    /// Attributes that became no label.
    pub(super) lost: Vec<(Loss, u64)>,
}

#[derive(Clone, PartialEq, Eq)]
struct VerdictKey(Identity);

impl MemoKey for VerdictKey {
    type Value = Verdict;
}

impl Verdict {
    pub(super) fn of(parts: &[Part]) -> Arc<Self> {
        let Some((first, identity)) = Identity::of(parts.iter()) else { return Arc::default() };
        first.memo().remember(&VerdictKey(identity), || Self::find(parts))
    }

    fn find(parts: &[Part]) -> Self {
        let mut verdict = Self::default();
        let mut seen: HashMap<u64, (usize, &AttributeSet)> = HashMap::new();
        for (at, part) in parts.iter().enumerate() {
            let mut repeated = Vec::new();
            let mut row = 0;
            for run in part.data.series().runs() {
                let fingerprints = Fingerprints::of(run.chunk(), &part.rules);
                let lost = fingerprints.lost.iter().filter(|lost| run.rows().contains(&lost.0));
                lost.for_each(|lost| verdict.count(lost.1));
                for (hash, attributes) in
                    fingerprints.hashes[run.rows()].iter().zip(run.attributes())
                {
                    match seen.entry(*hash) {
                        Entry::Vacant(entry) => {
                            entry.insert((at, attributes));
                        }
                        Entry::Occupied(entry) => {
                            let (before, other) = *entry.get();
                            if same_labels(&parts[before].rules, other, &part.rules, attributes) {
                                repeated.push(row);
                            }
                        }
                    }
                    row += 1;
                }
            }
            verdict.repeated.push(repeated.into());
        }
        verdict
    }

    fn count(&mut self, loss: Loss) {
        match self.lost.iter_mut().find(|entry| entry.0 == loss) {
            Some(entry) => entry.1 += 1,
            None => self.lost.push((loss, 1)),
        }
    }
}

/// Equal hashes are looked at again: nobody loses a point to a coincidence.
fn same_labels(a: &LabelRules, x: &AttributeSet, b: &LabelRules, y: &AttributeSet) -> bool {
    let build = |rules, attributes| {
        let mut labels = Labels::default();
        LabelBuilder::new(rules).build(attributes, &mut labels, &mut |_| {});
        labels
    };
    let (a, b) = (build(a, x), build(b, y));
    a.filled().eq(b.filled())
}
