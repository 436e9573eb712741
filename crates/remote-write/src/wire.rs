use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, USER_AGENT};
use meterport_core::{
    Clock, ErrorKind, ExportError, MetricBatch, Outcome, RetryAdvice, Status, Timestamp,
};
use meterport_net::{Answer, Body, BodyError, Dialect, Endpoint, Payload, retry_after_now};

use crate::request::{Limits, Request};
use crate::target_info::TargetInfo;
use crate::{Encoder, Version, Written};

/// The header that names the version.
pub(crate) const VERSION: &str = "x-prometheus-remote-write-version";

/// One version of the protocol: what is sent, and what the answers mean.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) endpoint: Endpoint,
    pub(crate) encoder: Encoder,
    pub(crate) limits: Limits,
    pub(crate) user_agent: HeaderValue,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) retry_throttled: bool,
    pub(crate) divide_refused: bool,
    pub(crate) targets: Arc<TargetInfo>,
    pub(crate) totals: Arc<Mutex<Totals>>,
}

/// What was sent since the exporter was built, and what of it receivers have said to have written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// What was in the requests of 2.0 that were answered with a success, or as written in part.
    pub sent: Written,
    /// What of it was written, by the `Written` headers of the answers.
    pub written: Written,
}

impl Wire {
    /// A request of this version.
    pub(crate) fn post(&self, body: &Body) -> Result<http::Request<Payload>, ExportError> {
        let version = self.encoder.version();
        http::Request::post(self.endpoint.uri())
            .header(CONTENT_TYPE, HeaderValue::from_static(version.content_type()))
            .header(CONTENT_ENCODING, HeaderValue::from_static("snappy"))
            .header(USER_AGENT, &self.user_agent)
            .header(VERSION, HeaderValue::from_static(version.header()))
            .body(body.bytes.clone().into())
            .map_err(|error| ExportError::new(ErrorKind::Config, "no request").with_source(error))
    }

    /// What an answer decides of `points` that were sent as these elements.
    pub(crate) fn judge(
        &self,
        answer: &Answer,
        points: u64,
        sent: Written,
        raw_len: u64,
    ) -> Result<Outcome, ExportError> {
        let status = answer.status;
        // "Senders MUST NOT infer" anything from these headers for 1.0.
        let written = match self.encoder.version() {
            Version::V1 => Written::default(),
            Version::V2 => Written::of(&answer.headers),
        };
        if status.is_success() {
            // "Senders can ignore" the body.
            if self.encoder.version() == Version::V1 || sent.is_empty() {
                return Ok(Outcome::delivered(points));
            }
            if written.is_empty() {
                let text = "the answer says of nothing that it was written";
                return Err(self.error(ErrorKind::Rejected, answer, text));
            }
            return Ok(self.in_part(points, sent, written, String::new));
        }
        let text = String::from_utf8_lossy(&answer.body);
        if status.is_client_error() && !written.is_empty() {
            // "Partial Write": what was not written must not be sent again.
            return Ok(
                self.in_part(points, sent, written, || format!("HTTP {}: {text}", status.as_u16()))
            );
        }
        let wait = || match retry_after_now(&answer.headers, self.clock.as_deref()) {
            Some(wait) => RetryAdvice::After(wait),
            None => RetryAdvice::Backoff,
        };
        let (kind, advice) = match status.as_u16() {
            413 if self.divide_refused => {
                (ErrorKind::TooLarge { size: raw_len, limit: None }, RetryAdvice::Never)
            }
            429 if self.retry_throttled => (ErrorKind::Throttled, wait()),
            429 => (ErrorKind::Throttled, RetryAdvice::Never),
            500.. => (ErrorKind::Unavailable, wait()),
            _ => (ErrorKind::Rejected, RetryAdvice::Never),
        };
        Err(self.error(kind, answer, &text).with_advice(advice))
    }

    fn error(&self, kind: ErrorKind, answer: &Answer, text: &str) -> ExportError {
        ExportError::new(kind, text.trim()).with_status(Status::Http(answer.status.as_u16()))
    }

    /// The books of what was written but for some. Points are not what is counted: where they have
    /// several samples, the share of these that is missing is their share, rounded up.
    fn in_part(
        &self,
        points: u64,
        sent: Written,
        written: Written,
        words: impl FnOnce() -> String,
    ) -> Outcome {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner).add(sent, written);
        let missing = sent.without(&written);
        if missing.values() == 0 {
            return Outcome::delivered(points);
        }
        let share = u128::from(points) * u128::from(missing.values());
        let rejected = share.div_ceil(u128::from(sent.values().max(1)));
        let rejected = u64::try_from(rejected).unwrap_or(u64::MAX).min(points);
        let mut outcome = Outcome::delivered(points - rejected);
        outcome.rejected = rejected;
        let text = format!(
            "{} of {} samples, {} of {} histograms and {} of {} exemplars not written {}",
            missing.samples,
            sent.samples,
            missing.histograms,
            sent.histograms,
            missing.exemplars,
            sent.exemplars,
            words()
        );
        outcome.message = Some(meterport_core::bounded_message(&text));
        outcome
    }

    /// The wall clock.
    pub(crate) fn now(&self) -> Timestamp {
        match &self.clock {
            Some(clock) => clock.wall(),
            None => SystemTime::now().into(),
        }
    }
}

impl Totals {
    fn add(&mut self, sent: Written, written: Written) {
        for (all, more) in [(&mut self.sent, sent), (&mut self.written, written)] {
            all.samples = all.samples.saturating_add(more.samples);
            all.histograms = all.histograms.saturating_add(more.histograms);
            all.exemplars = all.exemplars.saturating_add(more.exemplars);
        }
    }
}

impl Dialect for Wire {
    type Body = Request;

    fn body(&self, batch: &MetricBatch) -> Result<Request, BodyError> {
        let mut claim = |id, time| self.targets.claim(id, time);
        Request::of(batch, &self.encoder, self.limits, || self.now(), &mut claim)
    }

    fn request(&self, request: &Request) -> Result<http::Request<Payload>, ExportError> {
        if request.elements.is_empty() {
            let text = "no point of the batch has a form for Prometheus; nothing was sent";
            return Err(ExportError::new(ErrorKind::Encode, text));
        }
        self.post(&request.body)
    }

    fn outcome(
        &self,
        answer: &Answer,
        points: u64,
        request: &Request,
    ) -> Result<Outcome, ExportError> {
        let lost = request.losses.points().min(points);
        let mut outcome =
            self.judge(answer, points - lost, request.elements, request.body.raw_len)?;
        outcome.dropped.add(meterport_core::DropReason::Unencodable, lost);
        Ok(outcome)
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("endpoint", &self.endpoint)
            .field("encoder", &self.encoder)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
