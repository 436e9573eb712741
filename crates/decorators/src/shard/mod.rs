//! Several requests of one batch at once, in order for each series.

mod combined;
mod parts;
use std::fmt;
use std::num::NonZeroU16;
use std::sync::Arc;

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Clock, Component, Deadline, ExportError, InstrumentKind, MemoKey, MetricBatch,
    MetricExporter, Outcome, Temporality,
};
use meterport_worker::SystemClock;
use tokio::sync::Mutex;

use self::combined::combined;
use crate::bounded::{bounded, no_time};
use crate::join::join_all;

/// Parts a batch by its series into a fixed number of blocks and exports these at once, through the
/// same exporter.
///
/// A series is always in the same block, and a block has one export at a time, one after the other:
/// so points of a series arrive in order, as Prometheus remote write demands, whatever the other
/// blocks do. Waiting for a block ends at the deadline.
///
/// The parts have attribute sets of their own, made once in the life of a series, and encoders
/// remember them as those of any other. The parts of a batch are remembered in it, for a second
/// attempt.
///
/// If some blocks fail, the error owes what all of them do, and asks for the longest wait that one of
/// them asked for. What was refused for good while another block may be sent again is settled.
///
/// # Place
/// Outside of retries and splits: `exporter.retry(policy).split(points).shard(blocks)`.
pub struct Shard<E> {
    inner: E,
    /// Held by the export of a block.
    turns: Box<[Mutex<()>]>,
    blocks: u16,
    clock: Arc<dyn Clock>,
}

impl<E: MetricExporter> Shard<E> {
    /// Exports to `exporter` in so many blocks.
    pub fn new(exporter: E, blocks: NonZeroU16) -> Self {
        let blocks = blocks.get().min(Self::MOST_BLOCKS);
        let turns = (0..blocks).map(|_| Mutex::default()).collect();
        Self { inner: exporter, turns, blocks, clock: Arc::new(SystemClock) }
    }

    /// More blocks than this are of no use: Prometheus has 50 shards at most by default.
    pub const MOST_BLOCKS: u16 = 1_024;

    /// The same with another clock than the runtime's. Waiting is always the runtime's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    async fn export_block(
        &self,
        turn: &Mutex<()>,
        block: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let turn = bounded(deadline, &*self.clock, turn.lock()).await;
        let _turn = turn.map_err(|_| no_time(self.inner.component()))?;
        self.inner.export(block, deadline).await
    }
}

impl<E: MetricExporter> fmt::Debug for Shard<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shard").field(&self.inner).field(&self.blocks).finish()
    }
}

#[derive(Clone, PartialEq, Eq)]
struct PartsKey(u16);

impl MemoKey for PartsKey {
    type Value = Box<[MetricBatch]>;
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<E: MetricExporter> MetricExporter for Shard<E> {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        if batch.is_empty() {
            return self.inner.export(batch, deadline).await;
        }
        if let [only] = &*self.turns {
            return self.export_block(only, batch, deadline).await;
        }
        let key = PartsKey(self.blocks);
        let parts = batch.memo().remember(&key, || parts::parts(batch, self.blocks));
        let blocks = || self.turns.iter().zip(&**parts).filter(|block| !block.1.is_empty());
        let exports = blocks().map(|(turn, block)| self.export_block(turn, block, deadline));
        let results = join_all(exports).await;
        match <[_; 1]>::try_from(results) {
            // Everything is in one block: its answer is the whole one.
            Ok([only]) => only,
            Err(results) => combined(blocks().map(|(_, block)| block.clone()).zip(results)),
        }
    }

    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.inner.force_flush(deadline).await
    }

    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.inner.shutdown(deadline).await
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.inner.temporality(kind)
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.inner.aggregation(kind)
    }

    fn component(&self) -> &Component {
        self.inner.component()
    }
}
