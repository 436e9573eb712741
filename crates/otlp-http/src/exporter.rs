use async_trait::async_trait;
use meterport_core::{
    Aggregation, Component, Deadline, ExportError, InstrumentKind, MetricBatch, MetricExporter,
    Outcome, Temporality,
};
use meterport_net::BatchSender;
use meterport_otlp::Preferences;

use crate::OtlpHttpBuilder;
use crate::wire::Wire;

/// Sends batches as OTLP over HTTP: one export, one request.
///
/// Needs a tokio runtime to be polled in, which may be another one from call to call; elsewhere an
/// export fails with [`ErrorKind::NoRuntime`](meterport_core::ErrorKind::NoRuntime).
#[derive(Debug)]
pub struct OtlpHttpExporter {
    sender: BatchSender<Wire>,
    preferences: Preferences,
}

impl OtlpHttpExporter {
    /// Begins an exporter; without a setting it sends protobuf to `http://localhost:4318`.
    pub fn builder() -> OtlpHttpBuilder {
        OtlpHttpBuilder::default()
    }

    pub(crate) fn new(sender: BatchSender<Wire>, preferences: Preferences) -> Self {
        Self { sender, preferences }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl MetricExporter for OtlpHttpExporter {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        self.sender.export(batch, deadline).await
    }

    /// Nothing is held back.
    async fn force_flush(&self, _: Deadline) -> Result<Outcome, ExportError> {
        Ok(Outcome::default())
    }

    /// From now on no export begins; one under way ends by its own deadline.
    async fn shutdown(&self, _: Deadline) -> Result<Outcome, ExportError> {
        self.sender.shut_down();
        Ok(Outcome::default())
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.preferences.temporality(kind)
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.preferences.aggregation(kind)
    }

    fn component(&self) -> &Component {
        self.sender.component()
    }
}
