use std::fmt;

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Component, ConfigError, Deadline, ExportError, InstrumentKind, MetricBatch,
    MetricExporter, Outcome, Temporality,
};
use meterport_decorators::Reliable;

use crate::OtlpBuilder;

/// Sends batches as OTLP, by whichever protocol was asked for, in pieces, with retries and a log:
/// the transport (`meterport-otlp-grpc`, `meterport-otlp-http`) in the stack of
/// [`reliable`](meterport_decorators::ExporterExt::reliable), with the timeout of
/// `OTEL_EXPORTER_OTLP_TIMEOUT`. It reads as that in `Debug`, and as the transport in errors.
///
/// [`OtlpBuilder::reliability`] changes parts of the stack; [`OtlpBuilder::build_transport`] gives
/// the transport without it.
pub struct OtlpExporter(Reliable<Box<dyn MetricExporter>>);

impl OtlpExporter {
    /// Begins an exporter; without a setting it sends protobuf over HTTP to
    /// `http://localhost:4318`.
    pub fn builder() -> OtlpBuilder {
        OtlpBuilder::default()
    }

    /// The exporter that the `OTEL_EXPORTER_OTLP_*` variables of the process describe.
    ///
    /// # Errors
    /// A variable cannot be understood, or asks for what is not compiled in; the text names it,
    /// and the Cargo feature.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::builder().with_env()?.build()
    }

    pub(super) fn new(stack: Reliable<Box<dyn MetricExporter>>) -> Self {
        Self(stack)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl MetricExporter for OtlpExporter {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        self.0.export(batch, deadline).await
    }

    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.0.force_flush(deadline).await
    }

    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.0.shutdown(deadline).await
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.0.aggregation(kind)
    }

    fn component(&self) -> &Component {
        self.0.component()
    }
}

/// As the stack prints itself.
impl fmt::Debug for OtlpExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
