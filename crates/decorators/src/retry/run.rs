use std::error::Error;

use meterport_core::{ErrorKind, ExportError, MetricBatch, Outcome};

/// What has become of one batch so far, over all its attempts.
#[derive(Debug)]
pub(super) struct Run<'a> {
    /// The whole batch.
    batch: &'a MetricBatch,
    /// What is still owed of it; `None` is the whole.
    rest: Option<MetricBatch>,
    books: Outcome,
    /// Some attempt was sent and never answered.
    unconfirmed: bool,
    /// The last error that says more than that time was up.
    cause: Option<ExportError>,
}

impl<'a> Run<'a> {
    pub(super) fn new(batch: &'a MetricBatch) -> Self {
        let books = Outcome::default();
        Self { batch, rest: None, books, unconfirmed: false, cause: None }
    }

    /// What the next attempt sends.
    pub(super) fn owed(&self) -> &MetricBatch {
        self.rest.as_ref().unwrap_or(self.batch)
    }

    /// An attempt succeeded: the books of all of them.
    pub(super) fn succeeded(mut self, outcome: Outcome) -> Outcome {
        self.absorb(outcome);
        self.books
    }

    /// An attempt failed, and another follows.
    pub(super) fn failed(&mut self, error: ExportError) {
        self.absorb(error.settled().clone());
        self.unconfirmed |= error.is_unconfirmed();
        if let Some(rest) = error.rest() {
            self.rest = Some(rest.clone());
        }
        if error.kind() != ErrorKind::Timeout {
            self.cause = Some(error);
        }
    }

    /// The last attempt failed: its error, with the books of all of them.
    pub(super) fn ended(mut self, error: ExportError) -> ExportError {
        self.absorb(error.settled().clone());
        let settled = self.books.points() > 0;
        let unconfirmed = self.unconfirmed;
        let owed = error.rest().cloned().or(self.rest);
        let mut error = error.with_settled(self.books);
        if let (true, Some(owed)) = (settled, owed) {
            error = error.with_rest(owed);
        }
        if unconfirmed {
            error = error.unconfirmed();
        }
        match self.cause {
            Some(cause) if error.kind() == ErrorKind::Timeout && error.source().is_none() => {
                error.with_source(cause)
            }
            _ => error,
        }
    }

    fn absorb(&mut self, mut outcome: Outcome) {
        if self.unconfirmed {
            outcome.maybe_duplicated = outcome.delivered;
        }
        self.books.absorb(outcome);
    }
}
