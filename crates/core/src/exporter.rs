use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    Aggregation, Component, Deadline, ExportError, InstrumentKind, MetricBatch, Outcome,
    Temporality,
};

/// What every transport and every decorator implements.
///
/// No method has a default body: a wrapper that forgets one does not compile.
///
/// # Contract
/// - One `export` is one request. Who wants a batch in pieces puts a splitting decorator outside.
/// - [`Ok`] means that the other side has answered for every point: delivered, rejected, dropped
///   or queued ([`Outcome`]). A partial success is `Ok`: the protocols forbid to send it again.
/// - [`Err`] says by its [`kind`](ExportError::kind) and [`advice`](ExportError::advice) what may
///   be done, and by its [`rest`](ExportError::rest) which points are still owed.
/// - A batch without a point is `Ok` at once and sends nothing.
/// - `export` may be called concurrently. Dropping its future cancels it and leaves the exporter
///   usable.
/// - Every call ends by its deadline. Nothing waits longer than that, whatever the other side does.
///   What is not a wait is not interrupted: the encoding of one batch, which a splitting decorator
///   keeps short, or a write to a terminal that nobody reads.
/// - After [`shutdown`](Self::shutdown), `export` fails with
///   [`ErrorKind::Shutdown`](crate::ErrorKind::Shutdown) whatever the batch; `force_flush` and a
///   second `shutdown` are `Ok`. A `shutdown` whose deadline has passed shuts down all the same.
/// - `Debug` prints no secret.
#[async_trait]
pub trait MetricExporter: fmt::Debug + Send + Sync + 'static {
    /// Delivers one batch.
    async fn export(&self, batch: &MetricBatch, deadline: Deadline)
    -> Result<Outcome, ExportError>;

    /// Delivers what is held back, if anything is.
    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError>;

    /// Delivers what is held back and ends. Idempotent.
    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError>;

    /// The temporality in which instruments of this kind should be aggregated for this exporter.
    fn temporality(&self, kind: InstrumentKind) -> Temporality;

    /// The aggregation that instruments of this kind should have for this exporter.
    fn aggregation(&self, kind: InstrumentKind) -> Aggregation;

    /// Who this is, for errors, logs and metrics about exporting.
    fn component(&self) -> &Component;
}

const _: fn(&dyn MetricExporter) = |_| {};

macro_rules! forward {
    ($($wrapper:ident)+) => {$(
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<E: MetricExporter + ?Sized> MetricExporter for $wrapper<E> {
            async fn export(
                &self,
                batch: &MetricBatch,
                deadline: Deadline,
            ) -> Result<Outcome, ExportError> {
                (**self).export(batch, deadline).await
            }
            async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
                (**self).force_flush(deadline).await
            }
            async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
                (**self).shutdown(deadline).await
            }
            fn temporality(&self, kind: InstrumentKind) -> Temporality {
                (**self).temporality(kind)
            }
            fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
                (**self).aggregation(kind)
            }
            fn component(&self) -> &Component {
                (**self).component()
            }
        }
    )+};
}
forward!(Arc Box);
