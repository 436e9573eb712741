use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use meterport_core::{
    Aggregation, AggregationSelector, Clock, Component, Deadline, ErrorKind, ExportError,
    InstrumentKind, MetricBatch, MetricExporter, Outcome, RetryAdvice, Temporality,
    TemporalitySelector,
};

use crate::sink::{Cause, Sink, Unwritten};
use crate::untimed::untimed;
use crate::{Format, StdoutBuilder};

/// Writes batches to standard output or another writer.
///
/// It needs no runtime: its calls do their work when they are first polled. Batches that are
/// exported at the same time are written one after another, each whole.
///
/// # Errors of an export
/// - [`ErrorKind::Unavailable`]: the writer failed. If it had taken nothing, another attempt may
///   help ([`RetryAdvice::Backoff`]), unless the reader at the other end is gone
///   ([`io::ErrorKind::BrokenPipe`]). If it had taken a part, the error is
///   [unconfirmed](ExportError::is_unconfirmed) and not to be retried: the part cannot be taken
///   back, and would stand there twice. What is written next begins on a new line.
/// - [`ErrorKind::Timeout`]: the deadline had passed before the writer was called, or, as above,
///   after it had taken a part.
/// - [`ErrorKind::TooLarge`]: the text would be longer than
///   [`StdoutBuilder::output_limit`].
/// - [`ErrorKind::Shutdown`]: after [`shutdown`](MetricExporter::shutdown).
pub struct StdoutExporter {
    aggregation: AggregationSelector,
    clock: Arc<dyn Clock>,
    component: Component,
    format: Format,
    limit: u64,
    /// `None` once it has been shut down.
    sink: Mutex<Option<Sink>>,
    temporality: TemporalitySelector,
    timestamps: bool,
}

impl StdoutExporter {
    /// Settings, to begin with.
    pub fn builder() -> StdoutBuilder {
        StdoutBuilder::new()
    }

    pub(crate) fn new(settings: StdoutBuilder) -> Self {
        let component = settings.component();
        let StdoutBuilder {
            aggregation, clock, format, limit, sink, temporality, timestamps, ..
        } = settings;
        let sink = Mutex::new(Some(sink));
        Self { aggregation, clock, component, format, limit, sink, temporality, timestamps }
    }

    fn sink(&self) -> MutexGuard<'_, Option<Sink>> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_late(&self, deadline: Deadline) -> bool {
        deadline.has_passed(self.clock.now())
    }

    fn late(&self) -> ExportError {
        self.error(ErrorKind::Timeout, "the deadline has passed")
    }

    fn error(&self, kind: ErrorKind, message: &str) -> ExportError {
        ExportError::new(kind, message).with_component(&self.component)
    }

    fn write(&self, batch: &MetricBatch, deadline: Deadline) -> Result<Outcome, ExportError> {
        let closed = || self.error(ErrorKind::Shutdown, "");
        if self.sink().is_none() {
            return Err(closed());
        }
        if batch.is_empty() {
            return Ok(Outcome::default());
        }
        if self.is_late(deadline) {
            return Err(self.late());
        }
        let encoded = if self.timestamps {
            self.format.encode(batch, self.limit)
        } else {
            self.format.encode(&untimed(batch), self.limit)
        };
        let encoded = encoded.map_err(|too_large| {
            let kind = ErrorKind::TooLarge { size: too_large.size, limit: Some(self.limit) };
            self.error(kind, "not written")
        })?;
        let length = encoded.bytes.len() as u64;
        let written = match &mut *self.sink() {
            Some(sink) => sink.write(&encoded.bytes, &|| self.is_late(deadline)),
            None => return Err(closed()),
        };
        let mut outcome = Outcome::default();
        outcome.attempts = 1;
        outcome.raw_bytes = length;
        match written {
            Ok(()) => {
                outcome.delivered = batch.points();
                outcome.rounded = encoded.rounded;
                outcome.wire_bytes = length;
                Ok(outcome)
            }
            Err(Unwritten { cause, written }) => {
                outcome.wire_bytes = written as u64;
                let error = self.unwritten(cause, written > 0);
                // A call that never reached the writer is no attempt.
                let attempted = written > 0 || error.kind() != ErrorKind::Timeout;
                Err(if attempted { error.with_settled(outcome) } else { error })
            }
        }
    }

    fn unwritten(&self, cause: Cause, partly: bool) -> ExportError {
        let error = match cause {
            Cause::Deadline => self.late(),
            Cause::Io(cause) => {
                let retry = !partly && cause.kind() != io::ErrorKind::BrokenPipe;
                let advice = if retry { RetryAdvice::Backoff } else { RetryAdvice::Never };
                self.failed(cause).with_advice(advice)
            }
        };
        if partly { error.unconfirmed() } else { error }
    }

    fn failed(&self, cause: io::Error) -> ExportError {
        self.error(ErrorKind::Unavailable, &cause.to_string()).with_source(cause)
    }

    fn flush(&self, sink: &mut Sink, deadline: Deadline) -> Result<Outcome, ExportError> {
        if self.is_late(deadline) {
            return Err(self.late());
        }
        sink.flush().map(|()| Outcome::default()).map_err(|cause| self.failed(cause))
    }
}

impl Default for StdoutExporter {
    fn default() -> Self {
        Self::builder().build()
    }
}

#[async_trait]
impl MetricExporter for StdoutExporter {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        self.write(batch, deadline)
    }

    /// Flushes the writer. There is nothing to do after a shutdown.
    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        match &mut *self.sink() {
            Some(sink) => self.flush(sink, deadline),
            None => Ok(Outcome::default()),
        }
    }

    /// Flushes the writer and drops it. It has been shut down even if this fails.
    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        let sink = self.sink().take();
        match sink {
            Some(mut sink) => self.flush(&mut sink, deadline),
            None => Ok(Outcome::default()),
        }
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.temporality.of(kind)
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.aggregation.of(kind)
    }

    fn component(&self) -> &Component {
        &self.component
    }
}

impl fmt::Debug for StdoutExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StdoutExporter")
            .field("component", &self.component)
            .field("format", &self.format)
            .field("timestamps", &self.timestamps)
            .field("temporality", &self.temporality)
            .field("aggregation", &self.aggregation)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
