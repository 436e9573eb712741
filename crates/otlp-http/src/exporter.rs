use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, USER_AGENT};
use meterport_core::{
    Aggregation, AggregationSelector, Clock, Component, Deadline, ErrorKind, ExportError,
    InstrumentKind, MetricBatch, MetricExporter, Outcome, RetryAdvice, Temporality,
    TemporalitySelector, Timestamp,
};
use meterport_net::{Answer, Body, Endpoint, HttpClient, retry_after};
use meterport_otlp::{HttpResponse, http_outcome};
use tokio::time::Instant;

use crate::OtlpHttpBuilder;
use crate::wire::Wire;

/// Sends batches as OTLP over HTTP: one export, one request.
///
/// Needs a tokio runtime to be polled in, which may be another one from call to call; elsewhere an
/// export fails with [`ErrorKind::NoRuntime`].
#[derive(Debug)]
pub struct OtlpHttpExporter {
    parts: Parts,
    shut_down: AtomicBool,
}

pub(crate) struct Parts {
    pub(crate) component: Component,
    pub(crate) client: HttpClient,
    pub(crate) endpoint: Endpoint,
    pub(crate) wire: Wire,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeout: Option<Duration>,
    pub(crate) temporality: TemporalitySelector,
    pub(crate) aggregation: AggregationSelector,
    pub(crate) clock: Option<Arc<dyn Clock>>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("endpoint", &self.endpoint)
            .field("wire", &self.wire)
            .field("timeout", &self.timeout)
            .field("temporality", &self.temporality)
            .field("aggregation", &self.aggregation)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

impl OtlpHttpExporter {
    /// Begins an exporter; without a setting it sends protobuf to `http://localhost:4318`.
    pub fn builder() -> OtlpHttpBuilder {
        OtlpHttpBuilder::default()
    }

    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts, shut_down: AtomicBool::new(false) }
    }

    async fn send(
        &self,
        batch: &MetricBatch,
        points: u64,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        if self.shut_down.load(Ordering::Acquire) {
            return Err(ExportError::new(ErrorKind::Shutdown, ""));
        }
        let now = Instant::now().into_std();
        let deadline = deadline.earliest(Deadline::within(now, self.parts.timeout));
        if deadline.has_passed(now) {
            let error = ExportError::new(ErrorKind::Timeout, "the deadline had passed before");
            return Err(error.with_advice(RetryAdvice::Backoff));
        }
        let body = self.parts.wire.body(batch)?;
        let answer = match self.parts.client.send(self.request(&body)?, deadline).await {
            Ok(answer) => answer,
            Err(error) => {
                // What never left is an attempt, but no bytes.
                let sent = if error.is_sent() { error.attempts() } else { 0 };
                let mut settled = spent(&body, sent);
                settled.attempts = error.attempts();
                return Err(error.into_export_error().with_settled(settled));
            }
        };
        let mut outcome = spent(&body, answer.attempts);
        match self.classify(&answer, points, body.raw_len) {
            Ok(answered) => {
                outcome.rounded = body.rounded;
                outcome.absorb(answered);
                Ok(outcome)
            }
            Err(error) => Err(error.with_settled(outcome)),
        }
    }

    fn request(&self, body: &Body) -> Result<http::Request<Bytes>, ExportError> {
        let Wire { format, compression, .. } = self.parts.wire;
        let mut request = http::Request::post(self.parts.endpoint.uri())
            .header(CONTENT_TYPE, HeaderValue::from_static(format.content_type()))
            .header(USER_AGENT, &self.parts.user_agent);
        if let Some(encoding) = compression.content_encoding() {
            request = request.header(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        request
            .body(body.bytes.clone())
            .map_err(|error| ExportError::new(ErrorKind::Config, "no request").with_source(error))
    }

    fn classify(&self, answer: &Answer, points: u64, size: u64) -> Result<Outcome, ExportError> {
        let content_type = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let response = HttpResponse::new(answer.status.as_u16(), &answer.body)
            .with_content_type(content_type)
            .with_retry_after(retry_after(&answer.headers, self.wall()));
        http_outcome(&response, self.parts.wire.format, points, size)
    }

    fn wall(&self) -> Timestamp {
        match &self.parts.clock {
            Some(clock) => clock.wall(),
            None => SystemTime::now().into(),
        }
    }
}

/// The books of what sending has cost.
fn spent(body: &Body, attempts: u32) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.attempts = attempts;
    outcome.raw_bytes = body.raw_len * u64::from(attempts);
    outcome.wire_bytes = body.bytes.len() as u64 * u64::from(attempts);
    outcome
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl MetricExporter for OtlpHttpExporter {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let points = batch.points();
        if points == 0 && !self.shut_down.load(Ordering::Acquire) {
            return Ok(Outcome::default());
        }
        let sent = self.send(batch, points, deadline).await;
        sent.map_err(|error| error.with_component(&self.parts.component))
    }

    /// Nothing is held back.
    async fn force_flush(&self, _: Deadline) -> Result<Outcome, ExportError> {
        Ok(Outcome::default())
    }

    /// From now on no export begins; one under way ends by its own deadline.
    async fn shutdown(&self, _: Deadline) -> Result<Outcome, ExportError> {
        self.shut_down.store(true, Ordering::Release);
        Ok(Outcome::default())
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.parts.temporality.of(kind)
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.parts.aggregation.of(kind)
    }

    fn component(&self) -> &Component {
        &self.parts.component
    }
}
