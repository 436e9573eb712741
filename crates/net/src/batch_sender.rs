use std::borrow::Borrow;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Request;
use meterport_core::{
    Component, Deadline, ErrorKind, ExportError, MetricBatch, Outcome, RetryAdvice,
};
use tokio::time::Instant;

use crate::{Answer, Body, BodyError, HttpClient, Payload};

/// How a protocol words a batch, and what its answers mean.
pub trait Dialect: fmt::Debug + Send + Sync {
    /// A body, with what the dialect wants to know of it when the answer is there: [`Body`] itself
    /// where that is nothing.
    type Body: Borrow<Body> + Send + Sync;

    /// The batch's body: encoded, compressed, remembered there.
    ///
    /// # Errors
    /// It has none, or one beyond the limit.
    fn body(&self, batch: &MetricBatch) -> Result<Self::Body, BodyError>;

    /// The request that carries it.
    ///
    /// # Errors
    /// There is no such request.
    fn request(&self, body: &Self::Body) -> Result<Request<Payload>, ExportError>;

    /// What the answer decides of a batch of `points` that was sent as `body`. Attempts and bytes
    /// are not its to count.
    ///
    /// # Errors
    /// The points were not taken, with kind and advice by the protocol.
    fn outcome(
        &self,
        answer: &Answer,
        points: u64,
        body: &Self::Body,
    ) -> Result<Outcome, ExportError>;
}

/// One export as one request: deadlines, the books, and the end by shutdown, which are the same
/// for every exporter over an [`HttpClient`].
#[derive(Debug)]
pub struct BatchSender<D> {
    dialect: D,
    client: HttpClient,
    component: Component,
    timeout: Option<Duration>,
    shut_down: AtomicBool,
}

impl<D: Dialect> BatchSender<D> {
    /// Sends what `dialect` makes of a batch through `client`, for the exporter that `component`
    /// describes. `timeout` bounds each export beside the deadline of the call.
    pub fn new(
        dialect: D,
        client: HttpClient,
        component: Component,
        timeout: Option<Duration>,
    ) -> Self {
        Self { dialect, client, component, timeout, shut_down: AtomicBool::new(false) }
    }

    /// The exporter that this sends for.
    pub fn component(&self) -> &Component {
        &self.component
    }

    /// Sends `batch` in one request. A batch without points is well without one.
    ///
    /// # Errors
    /// As [`MetricExporter::export`](meterport_core::MetricExporter::export) has it.
    pub async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let points = batch.points();
        if points == 0 && !self.shut_down.load(Ordering::Acquire) {
            return Ok(Outcome::default());
        }
        let sent = self.send(batch, points, deadline).await;
        sent.map_err(|error| error.with_component(&self.component))
    }

    /// From now on no export begins; one under way ends by its own deadline.
    pub fn shut_down(&self) {
        self.shut_down.store(true, Ordering::Release);
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
        let deadline = deadline.earliest(Deadline::within(now, self.timeout));
        if deadline.has_passed(now) {
            let error = ExportError::new(ErrorKind::Timeout, "the deadline had passed before");
            return Err(error.with_advice(RetryAdvice::Backoff));
        }
        let body = self.dialect.body(batch)?;
        let request = self.dialect.request(&body)?;
        let answer = match self.client.send_payload(request, deadline).await {
            Ok(answer) => answer,
            Err(error) => {
                // What never left is an attempt, but no bytes.
                let sent = if error.is_sent() { error.attempts() } else { 0 };
                let mut settled = spent(body.borrow(), sent);
                settled.attempts = error.attempts();
                return Err(error.into_export_error().with_settled(settled));
            }
        };
        let mut outcome = spent(body.borrow(), answer.attempts);
        match self.dialect.outcome(&answer, points, &body) {
            Ok(answered) => {
                outcome.rounded = body.borrow().rounded;
                outcome.absorb(answered);
                Ok(outcome)
            }
            Err(error) => Err(error.with_settled(outcome)),
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
