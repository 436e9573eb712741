use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use meterport_core::{
    Aggregation, AggregationSelector, Component, Deadline, DropReason, ErrorKind, ExportError,
    InstrumentKind, MetricBatch, MetricExporter, Outcome, Temporality,
};
use meterport_net::{BatchSender, HttpClient};
use meterport_worker::Worker;

use crate::PushgatewayBuilder;
use crate::wire::Wire;

/// What [`shutdown`](MetricExporter::shutdown) does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there is no fourth thing to do")]
pub enum AtShutdown {
    /// Ends the group: what this process pushed is not to be seen once it is gone.
    Delete,
    /// Nothing: the last push stays in the gateway.
    Nothing,
    /// Pushes the last batch once more if its push failed, so that a gateway that is back has it.
    #[default]
    Push,
}

/// Pushes batches to a Pushgateway: one export, one request. Clones are the same exporter.
///
/// Needs a tokio runtime to be polled in, which may be another one from call to call; the methods
/// that block bring their own.
#[derive(Clone, Debug)]
pub struct PushgatewayExporter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    sender: BatchSender<Wire>,
    wire: Wire,
    client: HttpClient,
    timeout: Option<Duration>,
    aggregation: AggregationSelector,
    at_shutdown: AtShutdown,
    /// The last batch, if its push failed.
    owed: Mutex<Option<MetricBatch>>,
    is_shut_down: AtomicBool,
}

pub(crate) struct Parts {
    pub(crate) wire: Wire,
    pub(crate) client: HttpClient,
    pub(crate) component: Component,
    pub(crate) timeout: Option<Duration>,
    pub(crate) aggregation: AggregationSelector,
    pub(crate) at_shutdown: AtShutdown,
}

impl PushgatewayExporter {
    /// Begins an exporter for a job; without a setting it pushes to `http://localhost:9091`.
    pub fn builder(job: impl Into<String>) -> PushgatewayBuilder {
        PushgatewayBuilder::new(job.into())
    }

    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { wire, client, component, timeout, aggregation, at_shutdown } = parts;
        Self(Arc::new(Shared {
            sender: BatchSender::new(wire.clone(), client.clone(), component, timeout),
            wire,
            client,
            timeout,
            aggregation,
            at_shutdown,
            owed: Mutex::default(),
            is_shut_down: AtomicBool::new(false),
        }))
    }

    /// Ends the group: the gateway forgets it, also if it knew nothing of it.
    ///
    /// # Errors
    /// As an export.
    pub async fn delete(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        if self.0.is_shut_down.load(Ordering::Acquire) {
            return Err(self.shut_down_error());
        }
        self.0.delete(deadline).await
    }

    /// As [`export`](MetricExporter::export), from code that blocks; inside a runtime too.
    ///
    /// # Errors
    /// As an export; or there is no thread to be had.
    pub fn push_blocking(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let (exporter, batch) = (self.clone(), batch.clone());
        self.block(deadline, move || async move { exporter.export(&batch, deadline).await })
    }

    /// As [`delete`](Self::delete), from code that blocks; inside a runtime too.
    ///
    /// # Errors
    /// As an export; or there is no thread to be had.
    pub fn delete_blocking(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        let exporter = self.clone();
        self.block(deadline, move || async move { exporter.delete(deadline).await })
    }

    /// As [`shutdown`](MetricExporter::shutdown), from code that blocks; inside a runtime too.
    ///
    /// # Errors
    /// As a shutdown; or there is no thread to be had.
    pub fn shutdown_blocking(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        let exporter = self.clone();
        self.block(deadline, move || async move { exporter.shutdown(deadline).await })
    }

    fn shut_down_error(&self) -> ExportError {
        ExportError::new(ErrorKind::Shutdown, "").with_component(self.component())
    }

    /// Runs a call on a thread and a runtime of its own. The call ends by the deadline itself; the
    /// grace is for the thread.
    fn block<F>(
        &self,
        deadline: Deadline,
        call: impl FnOnce() -> F + Send + 'static,
    ) -> Result<Outcome, ExportError>
    where
        F: Future<Output = Result<Outcome, ExportError>>,
    {
        let (done, result) = sync_channel(1);
        let started = Worker::builder("meterport-push").start(move |_| async move {
            // The caller may be gone.
            let _ = done.try_send(call().await);
        });
        let fail = |kind, text: &str| ExportError::new(kind, text).with_component(self.component());
        let worker = started.map_err(|error| {
            fail(ErrorKind::NoRuntime, "there is no thread to be had").with_source(error)
        })?;
        let grace = |until: Instant| until.checked_add(GRACE).map_or(Deadline::NONE, Deadline::at);
        let until = deadline.instant().map(|at| grace(at.max(Instant::now())));
        let _ = worker.join_blocking(until.unwrap_or(Deadline::NONE));
        let ended = result.try_recv();
        ended.unwrap_or_else(|_| Err(fail(ErrorKind::Timeout, "it did not end").unconfirmed()))
    }
}

const GRACE: Duration = Duration::from_secs(1);

impl Shared {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let mut outcome = self.sender.export(batch, deadline).await?;
        let lost = self.wire.encoder.losses(batch).points().min(outcome.delivered);
        outcome.delivered -= lost;
        outcome.dropped.add(DropReason::Unencodable, lost);
        Ok(outcome)
    }

    /// Notes what is owed once the exporter ends.
    fn owe(&self, batch: Option<&MetricBatch>) {
        if self.at_shutdown == AtShutdown::Push {
            *self.owed.lock().unwrap_or_else(PoisonError::into_inner) =
                batch.map(MetricBatch::bare);
        }
    }

    async fn delete(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        let now = Instant::now();
        let deadline = deadline.earliest(Deadline::within(now, self.timeout));
        let deleted = async {
            let request = self.wire.delete()?;
            let sent = self.client.send_payload(request, deadline).await;
            let answer = sent.map_err(|error| error.into_export_error())?;
            self.wire.check(&answer)?;
            let mut outcome = Outcome::default();
            outcome.attempts = answer.attempts;
            Ok(outcome)
        };
        deleted.await.map_err(|error: ExportError| error.with_component(self.sender.component()))
    }

    async fn end(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        match self.at_shutdown {
            AtShutdown::Nothing => Ok(Outcome::default()),
            AtShutdown::Delete => self.delete(deadline).await,
            AtShutdown::Push => {
                let owed = self.owed.lock().unwrap_or_else(PoisonError::into_inner).take();
                match owed {
                    Some(batch) => {
                        let pushed = self.export(&batch, deadline).await;
                        pushed.map_err(|error| error.with_rest(batch))
                    }
                    None => Ok(Outcome::default()),
                }
            }
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl MetricExporter for PushgatewayExporter {
    /// Pushes the batch. Points that Prometheus has no form for, such as deltas, are in the books as
    /// [`DropReason::Unencodable`].
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        if self.0.is_shut_down.load(Ordering::Acquire) {
            return Err(self.shut_down_error());
        }
        // Also if the caller drops this: then it is not known to have arrived.
        if !batch.is_empty() {
            self.0.owe(Some(batch));
        }
        let exported = self.0.export(batch, deadline).await;
        let is_final = exported.as_ref().err().is_none_or(|error| {
            matches!(
                error.kind(),
                ErrorKind::Rejected | ErrorKind::Encode | ErrorKind::TooLarge { .. }
            )
        });
        if is_final {
            self.0.owe(None);
        }
        exported
    }

    /// Nothing is held back.
    async fn force_flush(&self, _: Deadline) -> Result<Outcome, ExportError> {
        Ok(Outcome::default())
    }

    /// Does what [`AtShutdown`] says. It has been shut down even if that fails.
    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        if self.0.is_shut_down.swap(true, Ordering::AcqRel) {
            return Ok(Outcome::default());
        }
        // Also if the caller drops this.
        let end = ShutDown(&self.0.sender);
        let ended = self.0.end(deadline).await;
        drop(end);
        ended
    }

    /// Cumulative, whatever the kind.
    fn temporality(&self, _: InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.0.aggregation.of(kind)
    }

    fn component(&self) -> &Component {
        self.0.sender.component()
    }
}

/// Shuts the sender down when it is dropped.
struct ShutDown<'s>(&'s BatchSender<Wire>);

impl Drop for ShutDown<'_> {
    fn drop(&mut self) {
        self.0.shut_down();
    }
}
