use std::fmt;
use std::time::Duration;

use meterport_core::{ExportError, MetricBatch, Outcome};

/// What a [`ScriptedExporter`](super::ScriptedExporter) does with one export.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Answer {
    /// Delivers everything.
    #[default]
    Deliver,
    /// Delivers everything, and answers so much later by the runtime's clock.
    DeliverAfter(Duration),
    /// Fails with this error, having taken nothing. One attempt is in the books.
    Fail(ExportError),
    /// Fails so much later by the runtime's clock.
    FailAfter(Duration, ExportError),
    /// Takes the points and never answers: does not know of deadlines.
    Hang,
    /// Takes the points and answers nothing until the deadline: a timeout then, unconfirmed.
    HangUntilDeadline,
    /// Takes requests of at most so many bytes, as `prost` would encode them, and refuses larger
    /// ones as too large.
    Limit {
        /// The limit in bytes.
        bytes: u64,
        /// Whether the error names it.
        named: bool,
    },
    /// Panics.
    Panic,
    /// Delivers the first points; the error owes the others.
    Partly(u64, ExportError),
    /// Delivers all points but so many, which are rejected: a partial success.
    Reject(u64),
    /// Answers what this says. Taken are as many points, from the first, as it says are delivered.
    With(fn(&MetricBatch) -> Result<Outcome, ExportError>),
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deliver => "Deliver",
            Self::DeliverAfter(_) => "DeliverAfter",
            Self::Fail(_) => "Fail",
            Self::FailAfter(..) => "FailAfter",
            Self::Hang => "Hang",
            Self::HangUntilDeadline => "HangUntilDeadline",
            Self::Limit { .. } => "Limit",
            Self::Panic => "Panic",
            Self::Partly(..) => "Partly",
            Self::Reject(_) => "Reject",
            Self::With(_) => "With",
        })
    }
}
