use std::error::Error;

use meterport_core::{
    Component, ErrorKind, ExportError, MemberOutcome, MetricBatch, Outcome, RetryAdvice,
};

/// What has become of one batch so far, over all exporters that were asked.
#[derive(Debug)]
pub(super) struct Run<'a> {
    batch: &'a MetricBatch,
    /// What is still owed of it; `None` is the whole.
    rest: Option<MetricBatch>,
    books: Outcome,
    errors: Vec<ExportError>,
}

impl<'a> Run<'a> {
    pub(super) fn new(batch: &'a MetricBatch) -> Self {
        Self { batch, rest: None, books: Outcome::default(), errors: Vec::new() }
    }

    /// What the next exporter gets.
    pub(super) fn owed(&self) -> &MetricBatch {
        self.rest.as_ref().unwrap_or(self.batch)
    }

    /// One delivered what was owed: the books of all.
    pub(super) fn delivered(mut self, component: &Component, outcome: Outcome) -> Outcome {
        self.book(MemberOutcome::new(component.clone(), outcome));
        self.books
    }

    /// One failed. `false` if nobody knows what it leaves to the next.
    pub(super) fn failed(&mut self, component: &Component, error: ExportError) -> bool {
        let settled = error.settled().clone();
        let known = error.rest().is_some() || settled.points() == 0;
        self.book(MemberOutcome::new(component.clone(), settled).with_error(error.to_string()));
        if let Some(rest) = error.rest() {
            self.rest = Some(rest.clone());
        }
        self.errors.push(error);
        known
    }

    /// All failed: the last one's error, with the books of all.
    pub(super) fn ended(self) -> ExportError {
        let unconfirmed = self.errors.iter().any(ExportError::is_unconfirmed);
        let hope = self.errors.iter().any(|error| error.advice() != RetryAdvice::Never);
        let settled = self.books.points() > 0;
        let mut errors = self.errors.into_iter();
        let (first, last) = (errors.next(), errors.next_back());
        let (mut error, cause) = match (first, last) {
            (first, Some(last)) => (last, first),
            (Some(only), None) => (only, None),
            (None, None) => (ExportError::new(ErrorKind::Config, "nobody was asked"), None),
        };
        error = error.with_settled(self.books);
        if let (true, Some(rest)) = (settled, self.rest) {
            error = error.with_rest(rest);
        }
        if unconfirmed {
            error = error.unconfirmed();
        }
        // One of them may take it another time.
        if hope && error.advice() == RetryAdvice::Never {
            error = error.with_advice(RetryAdvice::Backoff);
        }
        match cause {
            Some(cause) if error.source().is_none() => error.with_source(cause),
            _ => error,
        }
    }

    fn book(&mut self, member: MemberOutcome) {
        let mut books = member.outcome.clone();
        // Members of members stand below theirs.
        books.members = vec![member];
        self.books.absorb(books);
    }
}
