use std::sync::Arc;

use meterport_core::{ExportError, Outcome};

/// What a [`PushAdapter`](crate::PushAdapter) has done so far.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PushStats {
    /// Exports that were answered, partial successes among them.
    pub exports: u64,
    /// Exports that failed, panicked or were cut.
    pub failures: u64,
    /// What became of the points, with requests and bytes; `members` stays empty, and `message`
    /// is the last one. What a later flush of the exporter did with queued points is not here.
    pub books: Outcome,
    /// What the last export came to: with the members of a fan-out, where it was one.
    pub last: Option<Arc<Result<Outcome, ExportError>>>,
}

impl PushStats {
    pub(super) fn add(&mut self, result: Result<Outcome, ExportError>, points: u64) {
        let books = match &result {
            Ok(outcome) => {
                self.exports += 1;
                outcome.clone()
            }
            Err(error) => {
                self.failures += 1;
                error.clone().into_outcome(points)
            }
        };
        self.books.absorb(books);
        self.books.members.clear();
        self.last = Some(Arc::new(result));
    }
}
