use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use meterport_core::{
    Aggregation, AggregationSelector, Component, Deadline, ErrorKind, ExportError, InstrumentKind,
    MetricBatch, MetricExporter, Outcome, Status, Temporality,
};
use meterport_net::{BatchSender, HttpClient};

use crate::metadata::Metadata;
use crate::request::body;
use crate::target_info::TargetInfo;
use crate::wire::Wire;
use crate::{Protocol, RemoteWriteBuilder, TimeSeries, Totals, Version};

/// Sends batches by Prometheus Remote Write: one export, one request; a second one where a receiver
/// turns out to know 1.0 alone, and those of 1.0's metadata. Clones are the same exporter.
///
/// Needs a tokio runtime to be polled in, which may be another one from call to call; elsewhere an
/// export fails with [`ErrorKind::NoRuntime`](meterport_core::ErrorKind::NoRuntime).
///
/// # Answers
/// | Answer | Becomes |
/// |---|---|
/// | success | delivered; in 2.0 by the `Written` headers: what is missing there is rejected |
/// | success of 2.0 without any `Written` header, or 415 | sent again as 1.0, and so from then on; an error where [`Protocol::V2`] was asked for |
/// | 400 and other 4xx with `Written` headers | delivered in part: the rest is rejected, and not sent again |
/// | 400 and other 4xx | an error that is final |
/// | 413 | [`ErrorKind::TooLarge`](meterport_core::ErrorKind::TooLarge), which a splitting decorator acts on, unless [switched off](RemoteWriteBuilder::divide_refused) |
/// | 429 | an error to be sent again after `Retry-After`, unless [switched off](RemoteWriteBuilder::retry_throttled) |
/// | 5xx, no answer | an error to be sent again, after `Retry-After` if there is one |
#[derive(Clone, Debug)]
pub struct RemoteWriteExporter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    v1: Version1,
    v2: BatchSender<Wire>,
    wire2: Wire,
    client: HttpClient,
    protocol: Protocol,
    /// The receiver knows 1.0 alone.
    fell_back: AtomicBool,
    is_shut_down: AtomicBool,
    timeout: Option<Duration>,
    aggregation: AggregationSelector,
    targets: Arc<TargetInfo>,
    totals: Arc<Mutex<Totals>>,
}

#[derive(Debug)]
struct Version1 {
    sender: BatchSender<Wire>,
    wire: Wire,
    metadata: Metadata,
}

pub(crate) struct Parts {
    pub(crate) wires: [Wire; 2],
    pub(crate) client: HttpClient,
    pub(crate) component: Component,
    pub(crate) protocol: Protocol,
    pub(crate) timeout: Option<Duration>,
    pub(crate) aggregation: AggregationSelector,
    pub(crate) metadata: Metadata,
    pub(crate) targets: Arc<TargetInfo>,
    pub(crate) totals: Arc<Mutex<Totals>>,
}

impl RemoteWriteExporter {
    /// Begins an exporter. The endpoint has no default.
    pub fn builder() -> RemoteWriteBuilder {
        RemoteWriteBuilder::default()
    }

    pub(crate) fn new(parts: Parts) -> Self {
        let [wire1, wire2] = parts.wires;
        let sender = |wire: &Wire| {
            let (client, component) = (parts.client.clone(), parts.component.clone());
            BatchSender::new(wire.clone(), client, component, parts.timeout)
        };
        Self(Arc::new(Shared {
            v1: Version1 { sender: sender(&wire1), wire: wire1, metadata: parts.metadata },
            v2: sender(&wire2),
            wire2,
            client: parts.client,
            protocol: parts.protocol,
            fell_back: AtomicBool::new(false),
            is_shut_down: AtomicBool::new(false),
            timeout: parts.timeout,
            aggregation: parts.aggregation,
            targets: parts.targets,
            totals: parts.totals,
        }))
    }

    /// The version that the next request has.
    pub fn version(&self) -> Version {
        self.0.version()
    }

    /// What was sent by 2.0 so far, and what of it was written.
    pub fn totals(&self) -> Totals {
        *self.0.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends ready-made series in one request, as they are: no name is translated, no label added.
    /// The books count samples and histograms.
    ///
    /// # Errors
    /// As an export; [`ErrorKind::Encode`] for series that the protocol has no room for: see
    /// [`TimeSeries`].
    pub async fn write_series(
        &self,
        series: &[TimeSeries],
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let written = self.0.write_series(series, deadline).await;
        written.map_err(|error| error.with_component(self.component()))
    }
}

impl Shared {
    fn version(&self) -> Version {
        match self.protocol {
            Protocol::V1 => Version::V1,
            Protocol::Automatic if self.fell_back.load(Ordering::Acquire) => Version::V1,
            Protocol::Automatic | Protocol::V2 => Version::V2,
        }
    }

    /// Whether a receiver has turned out to know 1.0 alone; from then on it is spoken.
    fn falls_back(&self, error: &ExportError) -> bool {
        let is_unknown =
            matches!(error.status(), Some(Status::Http(415)) | Some(Status::Http(200..300)));
        let falls_back = self.protocol == Protocol::Automatic
            && error.kind() == ErrorKind::Rejected
            && is_unknown;
        if falls_back {
            self.targets.forget();
            self.fell_back.store(true, Ordering::Release);
        }
        falls_back
    }

    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        if self.version() == Version::V1 {
            return self.export_v1(batch, deadline).await;
        }
        match self.v2.export(batch, deadline).await {
            Err(error) if self.falls_back(&error) => {
                let cost = error.settled().clone();
                with_cost(cost, self.export_v1(batch, deadline).await)
            }
            result => result,
        }
    }

    async fn export_v1(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let Version1 { sender, wire, metadata } = &self.v1;
        let mut outcome = sender.export(batch, deadline).await?;
        for message in metadata.due(|| wire.encoder.families(batch), Instant::now()) {
            let sent = self.post(wire, &message, crate::Written::default(), 0, deadline).await;
            if let Err(error) = sent {
                // The points have arrived all the same.
                outcome.message.get_or_insert_with(|| format!("metadata: {error}").into());
            }
        }
        Ok(outcome)
    }

    async fn write_series(
        &self,
        series: &[TimeSeries],
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        if self.is_shut_down.load(Ordering::Acquire) {
            return Err(ExportError::new(ErrorKind::Shutdown, ""));
        }
        if series.is_empty() {
            return Ok(Outcome::default());
        }
        match self.version() {
            Version::V1 => self.write(&self.v1.wire, series, deadline).await,
            Version::V2 => match self.write(&self.wire2, series, deadline).await {
                Err(error) if self.falls_back(&error) => {
                    let cost = error.settled().clone();
                    with_cost(cost, self.write(&self.v1.wire, series, deadline).await)
                }
                result => result,
            },
        }
    }

    async fn write(
        &self,
        wire: &Wire,
        series: &[TimeSeries],
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let message = crate::series::message(series, wire.encoder.version())?;
        wire.limits.check(&message)?;
        let points = message.elements.values();
        self.post(wire, &message.bytes, message.elements, points, deadline).await
    }

    /// Sends a message that is not a batch's.
    async fn post(
        &self,
        wire: &Wire,
        message: &[u8],
        elements: crate::Written,
        points: u64,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let deadline = deadline.earliest(Deadline::within(Instant::now(), self.timeout));
        let body = body(message, 0)?;
        let request = wire.post(&body)?;
        let answer = self.client.send_payload(request, deadline).await;
        let answer = answer.map_err(|error| error.into_export_error())?;
        let mut cost = Outcome::default();
        cost.attempts = answer.attempts;
        cost.raw_bytes = body.raw_len * u64::from(answer.attempts);
        cost.wire_bytes = body.bytes.len() as u64 * u64::from(answer.attempts);
        with_cost(cost, wire.judge(&answer, points, elements, body.raw_len))
    }
}

/// A result with what was spent before it.
fn with_cost(cost: Outcome, result: Result<Outcome, ExportError>) -> Result<Outcome, ExportError> {
    let sum = |more: &Outcome| {
        let mut all = cost.clone();
        all.absorb(more.clone());
        all
    };
    match result {
        Ok(outcome) => Ok(sum(&outcome)),
        Err(error) => {
            let settled = sum(error.settled());
            Err(error.with_settled(settled))
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl MetricExporter for RemoteWriteExporter {
    /// Sends the batch. Points that Prometheus has no form for, such as deltas, are in the books as
    /// [`DropReason::Unencodable`](meterport_core::DropReason::Unencodable).
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        self.0.export(batch, deadline).await
    }

    /// Nothing is held back.
    async fn force_flush(&self, _: Deadline) -> Result<Outcome, ExportError> {
        Ok(Outcome::default())
    }

    /// From now on no export begins; one under way ends by its own deadline.
    async fn shutdown(&self, _: Deadline) -> Result<Outcome, ExportError> {
        self.0.is_shut_down.store(true, Ordering::Release);
        self.0.v1.sender.shut_down();
        self.0.v2.shut_down();
        Ok(Outcome::default())
    }

    /// Cumulative, whatever the kind.
    fn temporality(&self, _: InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.0.aggregation.of(kind)
    }

    fn component(&self) -> &Component {
        self.0.v2.component()
    }
}
