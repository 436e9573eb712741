use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use meterport_core::{AttributeSet, MemoKey, MetricBatch, SeriesChunk};

/// How many bytes batches take that are kept together: values and times of each, and the attribute
/// sets, which they share, once.
#[derive(Debug, Default)]
pub(super) struct Footprint {
    bytes: usize,
    /// How often each chunk is held, by its address: who holds it keeps the address its own.
    chunks: HashMap<usize, usize>,
}

#[derive(Clone, PartialEq, Eq)]
struct ChunkBytes;

impl MemoKey for ChunkBytes {
    type Value = usize;
}

impl Footprint {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn add(&mut self, batch: &MetricBatch) {
        self.bytes += own_bytes(batch);
        for chunk in chunks(batch) {
            let held = self.chunks.entry(Arc::as_ptr(chunk) as usize).or_default();
            if *held == 0 {
                self.bytes += chunk_bytes(chunk);
            }
            *held += 1;
        }
    }

    pub(super) fn remove(&mut self, batch: &MetricBatch) {
        self.bytes = self.bytes.saturating_sub(own_bytes(batch));
        for chunk in chunks(batch) {
            let address = Arc::as_ptr(chunk) as usize;
            match self.chunks.get_mut(&address) {
                Some(held) if *held > 1 => *held -= 1,
                Some(_) => {
                    self.chunks.remove(&address);
                    self.bytes = self.bytes.saturating_sub(chunk_bytes(chunk));
                }
                None => {}
            }
        }
    }

    /// How many bytes more it would be with this batch.
    pub(super) fn more(&self, batch: &MetricBatch) -> usize {
        let mut seen = HashSet::new();
        let address = |chunk: &Arc<SeriesChunk>| Arc::as_ptr(chunk) as usize;
        let new = chunks(batch).filter(|chunk| {
            !self.chunks.contains_key(&address(chunk)) && seen.insert(address(chunk))
        });
        own_bytes(batch) + new.map(|chunk| chunk_bytes(chunk)).sum::<usize>()
    }
}

fn chunks(batch: &MetricBatch) -> impl Iterator<Item = &Arc<SeriesChunk>> {
    batch.metrics().flat_map(|metric| metric.data.series().runs()).map(|run| run.chunk())
}

fn own_bytes(batch: &MetricBatch) -> usize {
    batch.metrics().map(|metric| size_of_val(metric) + metric.data.footprint()).sum()
}

fn chunk_bytes(chunk: &SeriesChunk) -> usize {
    *chunk.memo().remember(&ChunkBytes, || {
        chunk.attributes().iter().map(AttributeSet::footprint).sum::<usize>() + size_of_val(chunk)
    })
}
