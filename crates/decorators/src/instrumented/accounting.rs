use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use meterport_core::{DropReason, ExportError, Outcome};

use crate::books::Early;

/// What a stack of exporters has been given and what became of it, at one moment:
/// `produced = delivered + rejected + dropped + queued`.
///
/// Its text is that equation.
///
/// ```
/// use meterport_decorators::Accounting;
///
/// let nothing = Accounting::default();
/// assert!(nothing.balances());
/// assert_eq!(nothing.to_string(), "0 produced = 0 delivered + 0 rejected + 0 dropped + 0 queued");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Accounting {
    /// Points that exports were called with.
    pub produced: u64,
    /// What became of them, with requests and bytes. `queued` are those that a queue inside holds or
    /// that are under way. Of the `members` there is what exports answered, without what a later
    /// flush did with points they had queued.
    pub books: Outcome,
    /// Of the queued points, those of exports that have not been answered.
    pub in_flight: u64,
    /// Exports that were answered, partial successes among them.
    pub exports: u64,
    /// Exports that failed, or that their caller dropped.
    pub failures: u64,
    /// The text of the last failure, at most 1 KiB of its message.
    pub last_error: Option<Arc<str>>,
}

impl Accounting {
    /// Whether all points are accounted for. If they are not, an exporter inside has told of more or
    /// fewer points than it was given.
    pub fn balances(&self) -> bool {
        self.produced == self.books.points()
    }
}

impl fmt::Display for Accounting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { delivered, rejected, queued, dropped, .. } = &self.books;
        let sign = if self.balances() { "=" } else { "is not" };
        write!(f, "{} produced {sign} {delivered} delivered + {rejected} rejected", self.produced)?;
        write!(f, " + {} dropped", dropped.total())?;
        for (at, (reason, points)) in dropped.iter().enumerate() {
            write!(f, "{}{reason} {points}", if at == 0 { " (" } else { ", " })?;
        }
        let end = if dropped.total() > 0 { ")" } else { "" };
        write!(f, "{end} + {queued} queued")
    }
}

/// The accounting where it is written. No foreign code runs under the lock.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Its books hold only what was answered.
    told: Accounting,
    early: Early,
}

impl Ledger {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn snapshot(&self) -> Accounting {
        let mut snapshot = self.state().told.clone();
        snapshot.books.queued = snapshot.books.queued.saturating_add(snapshot.in_flight);
        snapshot
    }

    pub(super) fn began(&self, points: u64) {
        let State { told, .. } = &mut *self.state();
        told.produced = told.produced.saturating_add(points);
        told.in_flight = told.in_flight.saturating_add(points);
    }

    /// An export has ended. Returns its books, and those of queued points of which a flush had told
    /// before.
    pub(super) fn ended(
        &self,
        points: u64,
        result: Result<&Outcome, &ExportError>,
    ) -> (Outcome, Outcome) {
        let (books, error) = match result {
            Ok(outcome) => (outcome.clone(), None),
            Err(error) => (error.clone().into_outcome(points), Some(error.to_string())),
        };
        let mut state = self.state();
        match error {
            None => state.told.exports += 1,
            Some(error) => {
                state.told.failures += 1;
                state.told.last_error = Some(error.into());
            }
        }
        let settled = state.close(points, books.clone());
        (books, settled)
    }

    /// Nobody waits for an export any more.
    pub(super) fn cancelled(&self, points: u64) -> Outcome {
        let books = Outcome::dropped(DropReason::Cancelled, points);
        let mut state = self.state();
        state.told.failures += 1;
        state.close(points, books.clone());
        books
    }

    /// Takes what a flush or a shutdown tells of points that were queued before, and returns what of
    /// it is news.
    pub(super) fn settled(&self, told: Outcome) -> Outcome {
        self.state().settle(told)
    }
}

impl State {
    fn close(&mut self, points: u64, books: Outcome) -> Outcome {
        self.told.in_flight = self.told.in_flight.saturating_sub(points);
        self.told.books.absorb(books);
        self.settle(Outcome::default())
    }

    fn settle(&mut self, told: Outcome) -> Outcome {
        let under_way = self.told.in_flight > 0;
        let news = self.early.news(told, &mut self.told.books.queued, under_way);
        self.told.books.absorb(news.clone());
        news
    }
}
