use std::fmt;
use std::sync::Arc;

use crate::Component;

/// What became of the points of an export that has been answered.
///
/// The books balance: of the points that entered a leaf exporter,
/// `delivered + rejected + dropped.total() + queued` are accounted for here, and the rest is in
/// [`ExportError::rest`](crate::ExportError::rest).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// Points that the other side has taken.
    pub delivered: u64,
    /// Points that the other side has refused for good while it took others (partial success).
    pub rejected: u64,
    /// Points given up on this side, by reason.
    pub dropped: Drops,
    /// Points held back for later.
    pub queued: u64,
    /// Of the delivered points, those whose delivery the answer does not prove: the status was
    /// a success, but the body was not what the protocol prescribes.
    pub unverified: u64,
    /// Of the delivered points, those that were sent before in a request that nobody answered: the
    /// other side may have them twice.
    pub maybe_duplicated: u64,
    /// Values that were written with less precision than they had, because the protocol has no
    /// room for them (a `u64` above `i64::MAX` in OTLP).
    pub rounded: u64,
    /// Requests begun, also those for which there was no connection.
    pub attempts: u32,
    /// Bytes of the encoded batches before compression; each attempt counts.
    pub raw_bytes: u64,
    /// Bytes of the bodies as sent; each attempt counts.
    pub wire_bytes: u64,
    /// The other side's own words, if it had any.
    pub message: Option<Arc<str>>,
    /// What each exporter answered where there are several side by side: the members of a fan-out,
    /// and those of a fallback that were asked. Each is there once, also for a batch that was sent in
    /// pieces.
    pub members: Vec<MemberOutcome>,
}

impl Outcome {
    /// Everything delivered, in no request: what an exporter that sends nothing reports.
    pub fn delivered(points: u64) -> Self {
        Self { delivered: points, ..Self::default() }
    }

    /// Everything given up for one reason.
    pub fn dropped(reason: DropReason, points: u64) -> Self {
        let mut outcome = Self::default();
        outcome.dropped.add(reason, points);
        outcome
    }

    /// The points that these books account for.
    pub fn points(&self) -> u64 {
        [self.rejected, self.dropped.total(), self.queued]
            .into_iter()
            .fold(self.delivered, u64::saturating_add)
    }

    /// What is to be told of an export that was answered, if anything: points rejected or given up
    /// (but for what is [meant](DropReason::is_intended) to go), a member's error, or words of the
    /// other side.
    ///
    /// ```
    /// use meterport_core::{DropReason, Outcome};
    ///
    /// assert_eq!(Outcome::delivered(7).loss(), None);
    /// let lost = Outcome::dropped(DropReason::TooLarge, 2).loss();
    /// assert_eq!(lost.as_deref(), Some("0 points rejected, 2 dropped"));
    /// ```
    pub fn loss(&self) -> Option<String> {
        let lost = self.dropped.iter().filter(|entry| !entry.0.is_intended());
        let dropped = lost.fold(0_u64, |sum, entry| sum.saturating_add(entry.1));
        let member = self.members.iter().find_map(|member| {
            member.error.as_ref().map(|error| format!("{}: {error}", member.component))
        });
        if self.rejected == 0 && dropped == 0 && member.is_none() && self.message.is_none() {
            return None;
        }
        let mut text = format!("{} points rejected, {dropped} dropped", self.rejected);
        for words in self.message.as_deref().into_iter().chain(member.as_deref()) {
            text.push_str(": ");
            text.push_str(words);
        }
        Some(text)
    }

    /// Adds the books of another export of the same exporter: a further attempt or piece.
    /// The later message stays, if there is one; the books of a member are added up too, and its
    /// later error stays.
    pub fn absorb(&mut self, other: Self) {
        add(&mut self.delivered, other.delivered);
        add(&mut self.rejected, other.rejected);
        for (reason, points) in other.dropped.iter() {
            self.dropped.add(reason, points);
        }
        add(&mut self.queued, other.queued);
        add(&mut self.unverified, other.unverified);
        add(&mut self.maybe_duplicated, other.maybe_duplicated);
        add(&mut self.rounded, other.rounded);
        self.attempts = self.attempts.saturating_add(other.attempts);
        add(&mut self.raw_bytes, other.raw_bytes);
        add(&mut self.wire_bytes, other.wire_bytes);
        if other.message.is_some() {
            self.message = other.message;
        }
        for member in other.members {
            match self.members.iter_mut().find(|known| known.component == member.component) {
                Some(known) => {
                    known.outcome.absorb(member.outcome);
                    known.error = member.error.or_else(|| known.error.take());
                }
                None => self.members.push(member),
            }
        }
    }
}

/// Books of foreign exporters are added up too, whatever they say.
fn add(sum: &mut u64, more: u64) {
    *sum = sum.saturating_add(more);
}

/// What one member of a fan-out answered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MemberOutcome {
    /// The member.
    pub component: Component,
    /// Its books. What an error of a fan-out's member left open stands there as dropped; what one
    /// of a fallback's left open is in the books of the next.
    pub outcome: Outcome,
    /// The error it ended with, as text.
    pub error: Option<Arc<str>>,
}

impl MemberOutcome {
    /// The books of `component`.
    pub fn new(component: Component, outcome: Outcome) -> Self {
        Self { component, outcome, error: None }
    }

    /// The same with the error that the member ended with.
    #[must_use]
    pub fn with_error(mut self, error: impl Into<Arc<str>>) -> Self {
        self.error = Some(error.into());
        self
    }
}

/// Why points were given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DropReason {
    /// The first cumulative value of a series of which it is not known since when it counts: what
    /// comes later counts from there.
    Baseline,
    /// The caller dropped the future.
    Cancelled,
    /// More series than the limit allows.
    Cardinality,
    /// It belongs to the same series as another point and cannot be joined with it.
    Conflict,
    /// Kept longer than allowed.
    Expired,
    /// A filter took them out.
    Filtered,
    /// Joined with another point of the same series, which holds what it measured.
    Merged,
    /// The exporter could not be used where it was called.
    NoRuntime,
    /// Older than what is known of its series.
    OutOfOrder,
    /// A queue had no room.
    QueueFull,
    /// The other side refused the whole request for good.
    Rejected,
    /// The exporter had been shut down.
    Shutdown,
    /// A newer value of the same series took its place.
    Superseded,
    /// The deadline passed before anything was sent.
    Timeout,
    /// Larger than a limit, and not to be divided.
    TooLarge,
    /// Sent, but never answered: they may have arrived.
    Unconfirmed,
    /// The encoding or the protocol has no form for them.
    Unencodable,
    /// The other side was not there or could not take them now.
    Unavailable,
}

impl DropReason {
    /// The reason as a word, for metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Cancelled => "cancelled",
            Self::Cardinality => "cardinality",
            Self::Conflict => "conflict",
            Self::Expired => "expired",
            Self::Filtered => "filtered",
            Self::Merged => "merged",
            Self::NoRuntime => "no_runtime",
            Self::OutOfOrder => "out_of_order",
            Self::QueueFull => "queue_full",
            Self::Rejected => "rejected",
            Self::Shutdown => "shutdown",
            Self::Superseded => "superseded",
            Self::Timeout => "timeout",
            Self::TooLarge => "too_large",
            Self::Unconfirmed => "unconfirmed",
            Self::Unencodable => "unencodable",
            Self::Unavailable => "unavailable",
        }
    }
}

impl DropReason {
    /// Whether nothing that was measured is lost with such a point: it was to be left out, or
    /// another point says as much.
    pub const fn is_intended(self) -> bool {
        matches!(self, Self::Baseline | Self::Filtered | Self::Merged | Self::Superseded)
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Points given up, by reason.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Drops(Vec<(DropReason, u64)>);

impl Drops {
    /// Adds `points` to a reason.
    pub fn add(&mut self, reason: DropReason, points: u64) {
        if points == 0 {
            return;
        }
        match self.0.binary_search_by_key(&reason, |entry| entry.0) {
            Ok(at) => add(&mut self.0[at].1, points),
            Err(at) => self.0.insert(at, (reason, points)),
        }
    }

    /// The points dropped for `reason`.
    pub fn of(&self, reason: DropReason) -> u64 {
        self.iter().find(|entry| entry.0 == reason).map_or(0, |entry| entry.1)
    }

    /// Each reason that has points, in the order of [`DropReason`].
    pub fn iter(&self) -> impl Iterator<Item = (DropReason, u64)> + '_ {
        self.0.iter().copied()
    }

    /// All points dropped.
    pub fn total(&self) -> u64 {
        self.0.iter().fold(0, |total, entry| total.saturating_add(entry.1))
    }
}

impl fmt::Debug for Drops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_add_up() {
        let mut books = Outcome { delivered: 3, attempts: 1, ..Outcome::default() };
        books.absorb(Outcome { rejected: 2, attempts: 1, ..Outcome::default() });
        books.absorb(Outcome::dropped(DropReason::TooLarge, 1));
        books.absorb(Outcome::dropped(DropReason::TooLarge, 4));
        assert_eq!((books.points(), books.attempts), (10, 2));
        assert_eq!(books.dropped.of(DropReason::TooLarge), 5);
        assert_eq!(format!("{:?}", books.dropped), "{TooLarge: 5}");
    }

    #[test]
    fn members_are_there_once() {
        let member = |name: &str, delivered| {
            MemberOutcome::new(Component::new(name), Outcome::delivered(delivered))
        };
        let books = |members| Outcome { members, ..Outcome::default() };
        let mut all = books(vec![member("a", 1), member("b", 2).with_error("down")]);
        all.absorb(books(vec![member("b", 3), member("c", 4)]));
        let expected = vec![member("a", 1), member("b", 5).with_error("down"), member("c", 4)];
        assert_eq!(all.members, expected);
    }

    #[test]
    fn an_empty_message_does_not_hide_the_one_before() {
        let mut books = Outcome { message: Some("slow down".into()), ..Outcome::default() };
        books.absorb(Outcome::delivered(1));
        assert_eq!(books.message.as_deref(), Some("slow down"));
    }
}
