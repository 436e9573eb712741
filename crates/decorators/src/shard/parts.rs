use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use meterport_core::{MemoKey, Metric, MetricBatch, Series, SeriesChunk};

use crate::streams::{MetricKey, ScopeKey};

/// Which class each row of a chunk belongs to, and the rows of each class as a chunk of its own, with
/// a memory of its own for encodings: worked out once in the life of the chunk.
struct Classes {
    of: Box<[u16]>,
    members: Box<[Members]>,
}

struct Members {
    chunk: Arc<SeriesChunk>,
    /// Its rows, as rows of the chunk that they are from.
    rows: Box<[u16]>,
}

#[derive(Clone, PartialEq, Eq)]
struct ClassesKey(u16);

impl MemoKey for ClassesKey {
    type Value = Classes;
}

impl Classes {
    fn new(chunk: &SeriesChunk, blocks: u16) -> Self {
        let class = |attributes| (hash(attributes) % u64::from(blocks)) as u16;
        let of: Box<[u16]> = chunk.attributes().iter().map(class).collect();
        let members = (0..blocks).map(|class| {
            let rows = (0_u16..).zip(&of).filter(|entry| *entry.1 == class);
            let rows: Box<[u16]> = rows.map(|entry| entry.0).collect();
            let sets: Vec<_> =
                rows.iter().map(|row| chunk.attributes()[usize::from(*row)].clone()).collect();
            // Not more than there were.
            let chunk = SeriesChunk::new(sets).unwrap_or_else(|| chunk.map(Clone::clone));
            Members { chunk: Arc::new(chunk), rows }
        });
        let members = members.collect();
        Self { of, members }
    }
}

/// Always the same for the same value in one build of a program.
fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The points of each block, in their order. A series is always in the same block; series of one
/// metric and metrics of one attribute set are spread.
pub(super) fn parts(batch: &MetricBatch, blocks: u16) -> Box<[MetricBatch]> {
    (0..blocks)
        .map(|block| {
            batch.map_metrics(|resource, scope, metric| {
                let scope = ScopeKey::new(resource, scope);
                // Turning the classes by metric leaves what a chunk remembers the same for all metrics.
                let turn = (hash((scope, MetricKey::new(metric))) % u64::from(blocks)) as u16;
                let class = (block + blocks - turn) % blocks;
                part(metric, class, blocks)
            })
        })
        .collect()
}

fn part(metric: &Metric, class: u16, blocks: u16) -> Option<Metric> {
    let mut is_member = Vec::with_capacity(metric.data.len());
    let runs = metric.data.series().runs().iter().map(|run| {
        let chunk = run.chunk();
        let classes = chunk.memo().remember(&ClassesKey(blocks), || Classes::new(chunk, blocks));
        is_member.extend(classes.of[run.rows()].iter().map(|of| *of == class));
        let members = &classes.members[usize::from(class)];
        let before = |end: usize| members.rows.partition_point(|row| usize::from(*row) < end);
        let rows = before(run.rows().start)..before(run.rows().end);
        (Arc::clone(&members.chunk), rows)
    });
    let series = Series::from_runs(runs.collect::<Vec<_>>());
    if series.is_empty() {
        return None;
    }
    let data = metric.data.filter_rows(|row| is_member[row]);
    // As many rows as the class has.
    let data = data.with_series(series).unwrap_or(data);
    Some(Metric { descriptor: Arc::clone(&metric.descriptor), data })
}
