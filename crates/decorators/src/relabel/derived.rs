use std::ops::Range;
use std::sync::{Arc, Weak};

use meterport_core::{MemoKey, Run, Series, SeriesChunk};

use super::RelabelRules;
use crate::identity::Identity;
use crate::merge::Groups;

/// The attributes of a chunk after some steps: remembered in the chunk, so that they are made once
/// in its life and what encoders remember of them stays.
#[derive(Clone, PartialEq, Eq)]
struct DerivedKey(Identity, Arc<[bool]>);

impl MemoKey for DerivedKey {
    type Value = Arc<SeriesChunk>;
}

/// The attributes of a series after some steps.
pub(super) fn derived(
    identity: Identity,
    rules: &RelabelRules,
    steps: &Arc<[bool]>,
    series: &Series,
) -> Series {
    let key = DerivedKey(identity, Arc::clone(steps));
    Series::from_runs(series.runs().iter().map(|run| {
        let chunk = run.chunk();
        let chunk = chunk
            .memo()
            .remember(&key, || Arc::new(chunk.map(|attributes| rules.apply(steps, attributes))));
        (Arc::clone(&*chunk), run.rows())
    }))
}

/// What was found out of a metric's series the last time: it holds as long as the same rows come.
#[derive(Debug, Default)]
pub(super) struct Plan {
    rows: Vec<(Weak<SeriesChunk>, Range<usize>)>,
    steps: Option<Arc<[bool]>>,
    groups: Option<Arc<Groups>>,
    /// The round in which it was of use.
    pub(super) round: u64,
}

impl Plan {
    /// Which rows have become the same series, if any have.
    pub(super) fn groups(
        &mut self,
        source: &Series,
        steps: &Arc<[bool]>,
        derived: &Series,
    ) -> Option<Arc<Groups>> {
        let is_same = |(known, run): (&(Weak<SeriesChunk>, Range<usize>), &Run)| {
            known.0.as_ptr() == Arc::as_ptr(run.chunk()) && known.1 == run.rows()
        };
        let holds = self.rows.len() == source.runs().len()
            && self.steps.as_ref() == Some(steps)
            && self.rows.iter().zip(source.runs()).all(is_same);
        if !holds {
            let row = |run: &Run| (Arc::downgrade(run.chunk()), run.rows());
            self.rows = source.runs().iter().map(row).collect();
            self.steps = Some(Arc::clone(steps));
            self.groups = Groups::by_attributes(derived).map(Arc::new);
        }
        self.groups.clone()
    }
}
