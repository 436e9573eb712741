use meterport_core::{Encode, Encoded, MemoKey, MetricBatch, Report, TooLarge};
use meterport_prom::{Exposition, Losses};

/// An exposition that leaves word with the batch of what it has left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pushed(pub(crate) Exposition);

/// Under which the batch remembers that.
#[derive(Clone, PartialEq, Eq)]
struct LossesOf(Exposition);

impl MemoKey for LossesOf {
    type Value = Losses;
}

impl Pushed {
    /// What a body of `batch` leaves out; nothing before one was made.
    pub(crate) fn losses(&self, batch: &MetricBatch) -> Losses {
        self.remember(batch, Losses::default())
    }

    fn remember(&self, batch: &MetricBatch, losses: Losses) -> Losses {
        *batch.memo().remember(&LossesOf(self.0.clone()), || losses)
    }
}

impl Encode for Pushed {
    fn encode(&self, batch: &MetricBatch, limit: u64) -> Result<Encoded, TooLarge> {
        let page = self.0.write_families(&self.0.families(batch), limit)?;
        self.remember(batch, page.losses);
        Ok(Encoded { bytes: page.bytes, rounded: page.rounded })
    }

    fn encode_pieces(
        &self,
        batch: &MetricBatch,
        limit: u64,
        piece: &mut dyn FnMut(&[u8]),
    ) -> Result<Report, TooLarge> {
        let summed = self.0.write_pieces(&self.0.families(batch), limit, piece)?;
        self.remember(batch, summed.losses);
        Ok(Report { bytes: summed.bytes, rounded: summed.rounded })
    }
}
