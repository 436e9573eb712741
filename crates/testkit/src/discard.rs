//! An exporter that costs nothing, so that what is around it is all there is to measure.

use std::time::Duration;

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Component, Deadline, ExportError, InstrumentKind, MetricBatch, MetricExporter,
    Outcome, Temporality,
};

/// Delivers every batch to nowhere, without looking at it. Wants cumulative points.
#[derive(Debug)]
pub struct DiscardExporter {
    component: Component,
    delay: Duration,
}

impl DiscardExporter {
    /// One by the name of `discard_exporter`.
    #[allow(clippy::new_without_default, reason = "it is made by name, like its sisters")]
    pub fn new() -> Self {
        Self { component: Component::new("discard_exporter"), delay: Duration::ZERO }
    }

    /// The same, so slow: each batch takes that long by the runtime's clock, whatever the deadline.
    #[must_use]
    pub fn taking(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl MetricExporter for DiscardExporter {
    async fn export(&self, batch: &MetricBatch, _: Deadline) -> Result<Outcome, ExportError> {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        Ok(Outcome::delivered(batch.points()))
    }

    async fn force_flush(&self, _: Deadline) -> Result<Outcome, ExportError> {
        Ok(Outcome::default())
    }

    async fn shutdown(&self, _: Deadline) -> Result<Outcome, ExportError> {
        Ok(Outcome::default())
    }

    fn temporality(&self, _: InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }

    fn aggregation(&self, _: InstrumentKind) -> Aggregation {
        Aggregation::Default
    }

    fn component(&self) -> &Component {
        &self.component
    }
}
