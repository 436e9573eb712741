use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::{Component, DropReason, ErrorKind, MetricBatch, Outcome, RetryAdvice, Status};

/// Why an export did not end well, what may be done about it, and what is still owed.
///
/// The transport, which knows its protocol, sets [`kind`](Self::kind) and
/// [`advice`](Self::advice); decorators obey. [`settled`](Self::settled) is what is decided
/// already, [`rest`](Self::rest) what is not.
///
/// Its text names the component, the status, the attempts and the other side's message. It never
/// holds header values or credentials.
///
/// ```
/// use meterport_core::{ErrorKind, ExportError, RetryAdvice, Status};
///
/// let error = ExportError::new(ErrorKind::Unavailable, "try later")
///     .with_status(Status::Http(503))
///     .with_advice(RetryAdvice::Backoff);
/// assert_eq!(error.to_string(), "unavailable: HTTP 503: try later");
/// ```
#[derive(Clone)]
pub struct ExportError(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    kind: ErrorKind,
    advice: RetryAdvice,
    status: Option<Status>,
    message: Arc<str>,
    component: Option<Component>,
    unconfirmed: bool,
    settled: Outcome,
    rest: Option<MetricBatch>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// The longest message an error keeps, in bytes: what the other side says is not ours to trust.
const MESSAGE_LIMIT: usize = 1024;

const LONGEST_DELAY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl ExportError {
    /// An error of this kind, with a message for people: cut at 1 KiB, control characters
    /// replaced by spaces. Not to be retried unless [`with_advice`](Self::with_advice) says so.
    pub fn new(kind: ErrorKind, message: impl AsRef<str>) -> Self {
        Self(Box::new(Parts {
            kind,
            advice: RetryAdvice::Never,
            status: None,
            message: bounded_message(message.as_ref()),
            component: None,
            unconfirmed: false,
            settled: Outcome::default(),
            rest: None,
            source: None,
        }))
    }

    /// The same with advice on sending again. A delay is cut at 100 years, so that no clock
    /// overflows that it is added to.
    #[must_use]
    pub fn with_advice(mut self, advice: RetryAdvice) -> Self {
        self.0.advice = match advice {
            RetryAdvice::After(delay) => RetryAdvice::After(delay.min(LONGEST_DELAY)),
            advice => advice,
        };
        self
    }

    /// The same with the status that the other side answered.
    #[must_use]
    pub fn with_status(mut self, status: Status) -> Self {
        self.0.status = Some(status);
        self
    }

    /// The same with the exporter that speaks. The innermost one stays.
    #[must_use]
    pub fn with_component(mut self, component: &Component) -> Self {
        self.0.component.get_or_insert_with(|| component.clone());
        self
    }

    /// The same, saying that the points were sent and may have arrived.
    #[must_use]
    pub fn unconfirmed(mut self) -> Self {
        self.0.unconfirmed = true;
        self
    }

    /// The same with the books of what is decided already.
    #[must_use]
    pub fn with_settled(mut self, settled: Outcome) -> Self {
        self.0.settled = settled;
        self
    }

    /// The same with the points that are still owed.
    #[must_use]
    pub fn with_rest(mut self, rest: MetricBatch) -> Self {
        self.0.rest = Some(rest);
        self
    }

    /// The same with the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether and when to send the [`rest`](Self::rest) again.
    pub fn advice(&self) -> RetryAdvice {
        self.0.advice
    }

    /// The status that the other side answered.
    pub fn status(&self) -> Option<Status> {
        self.0.status
    }

    /// The message: the other side's words, or ours where it said nothing.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The exporter that speaks.
    pub fn component(&self) -> Option<&Component> {
        self.0.component.as_ref()
    }

    /// Whether the points may have arrived all the same: sent, but never answered.
    pub fn is_unconfirmed(&self) -> bool {
        self.0.unconfirmed
    }

    /// The books of what is decided already; also the requests and bytes spent.
    pub fn settled(&self) -> &Outcome {
        &self.0.settled
    }

    /// The points that are still owed; `None` means the whole batch.
    pub fn rest(&self) -> Option<&MetricBatch> {
        self.0.rest.as_ref()
    }

    /// The books if the error is final: what is settled, with the points still owed of a batch
    /// of `points` counted as dropped.
    pub fn into_outcome(self, points: u64) -> Outcome {
        let owed = match &self.0.rest {
            Some(rest) => rest.points(),
            None => points.saturating_sub(self.0.settled.points()),
        };
        let reason = self.reason();
        let mut outcome = self.0.settled;
        outcome.dropped.add(reason, owed);
        outcome
    }

    /// Why the points still owed are lost if nobody sends them again.
    pub fn reason(&self) -> DropReason {
        if self.0.unconfirmed {
            return DropReason::Unconfirmed;
        }
        match self.0.kind {
            ErrorKind::Encode => DropReason::Unencodable,
            ErrorKind::NoRuntime => DropReason::NoRuntime,
            ErrorKind::Config | ErrorKind::Rejected => DropReason::Rejected,
            ErrorKind::Shutdown => DropReason::Shutdown,
            ErrorKind::Timeout => DropReason::Timeout,
            ErrorKind::TooLarge { .. } => DropReason::TooLarge,
            ErrorKind::CircuitOpen
            | ErrorKind::Connect
            | ErrorKind::Response
            | ErrorKind::Throttled
            | ErrorKind::Unavailable => DropReason::Unavailable,
        }
    }
}

/// What the other side says, fit for an error or a log line: cut at 1 KiB on a character
/// boundary, control characters replaced by spaces.
pub fn bounded_message(text: &str) -> Arc<str> {
    let mut end = text.len().min(MESSAGE_LIMIT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    text[..end].chars().map(clean).collect::<String>().trim().into()
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { kind, status, message, component, settled, .. } = &*self.0;
        if let Some(component) = component {
            write!(f, "{component}: ")?;
        }
        write!(f, "{kind}")?;
        if let Some(status) = status {
            write!(f, ": {status}")?;
        }
        if !message.is_empty() {
            write!(f, ": {message}")?;
        }
        if settled.attempts > 1 {
            write!(f, " (after {} attempts)", settled.attempts)?;
        }
        Ok(())
    }
}

impl fmt::Debug for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { kind, advice, status, message, component, unconfirmed, settled, rest, source } =
            &*self.0;
        f.debug_struct("ExportError")
            .field("kind", kind)
            .field("advice", advice)
            .field("status", status)
            .field("message", message)
            .field("component", component)
            .field("unconfirmed", unconfirmed)
            .field("settled", settled)
            .field("rest_points", &rest.as_ref().map(MetricBatch::points))
            .field("has_source", &source.is_some())
            .finish()
    }
}

impl Error for ExportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_message_is_cut_and_cleaned() {
        let error = ExportError::new(ErrorKind::Rejected, "bad\r\nlog: \u{1b}[31mline\n");
        assert_eq!(error.message(), "bad  log:  [31mline");
        let long = "é".repeat(MESSAGE_LIMIT);
        assert_eq!(ExportError::new(ErrorKind::Rejected, long).message().len(), MESSAGE_LIMIT);
    }

    #[test]
    fn what_is_owed_becomes_dropped_when_the_error_is_final() {
        let settled = Outcome { delivered: 3, rejected: 1, ..Outcome::default() };
        let books = |error: ExportError| error.with_settled(settled.clone()).into_outcome(10);
        let lost = books(ExportError::new(ErrorKind::Unavailable, ""));
        assert_eq!((lost.points(), lost.dropped.of(DropReason::Unavailable)), (10, 6));
        let unsure = books(ExportError::new(ErrorKind::Timeout, "").unconfirmed());
        assert_eq!(unsure.dropped.of(DropReason::Unconfirmed), 6);
    }

    #[test]
    fn no_delay_overflows_a_clock_and_no_cause_shows_in_debug() {
        let endless = RetryAdvice::After(Duration::MAX);
        let error = ExportError::new(ErrorKind::Throttled, "").with_advice(endless);
        let RetryAdvice::After(delay) = error.advice() else { unreachable!() };
        assert!(std::time::Instant::now().checked_add(delay).is_some());
        let error = error.with_source("https://c/?key=secret");
        assert!(!format!("{error:?}{error}").contains("secret"));
        assert!(error.source().is_some());
    }

    #[test]
    fn the_text_names_component_status_and_attempts() {
        let component = Component::new("otlp_http_metric_exporter").with_server("::1", Some(4318));
        let error = ExportError::new(ErrorKind::Throttled, "busy")
            .with_status(Status::Http(429))
            .with_component(&component)
            .with_component(&Component::new("outer"))
            .with_settled(Outcome { attempts: 3, ..Outcome::default() });
        let text =
            "otlp_http_metric_exporter (::1:4318): throttled: HTTP 429: busy (after 3 attempts)";
        assert_eq!(error.to_string(), text);
    }
}
