//! Fault 62: each decorator around each, in both orders: whatever the order means, the books hold
//! every point once, agree with what arrived, and are there by the deadline.

use std::num::NonZeroU16;

use meterport_core::{ErrorKind, RetryAdvice};
use meterport_decorators::{
    BreakerPolicy, FilterRules, MembersError, QueueSettings, RelabelRules, Selector,
};
use meterport_testkit::DiscardExporter;
use tokio::task::JoinSet;

use super::*;

type Boxed = Box<dyn MetricExporter>;
/// Refused is what cannot be given the same batches.
type Wrap = fn(Boxed) -> Result<Boxed, MembersError>;

/// All but `to_delta`, whose errors owe other points than the books of one export can tell: see
/// `tests/temporality`.
const LAYERS: [(&str, Wrap); 16] = [
    ("cardinality_limit", |inner| Ok(Box::new(inner.cardinality_limit(1_000)))),
    ("circuit_breaker", |inner| Ok(Box::new(inner.circuit_breaker(BreakerPolicy::default())))),
    ("fallback", |inner| Ok(Box::new(inner.fallback(refuses())?))),
    ("filter", |inner| {
        Ok(Box::new(inner.filter(FilterRules::new().drop(Selector::metric("no.such")))))
    }),
    ("instrumented", |inner| Ok(Box::new(inner.instrumented()))),
    ("logging", |inner| Ok(Box::new(inner.logging()))),
    ("multi", |inner| Ok(Box::new(inner.multi(DiscardExporter::new())?))),
    ("queue", |inner| {
        let (pause, long) = (Duration::from_millis(1), Duration::from_millis(5));
        Ok(Box::new(inner.queue(QueueSettings::default().pauses(pause, long))))
    }),
    ("relabel", |inner| Ok(Box::new(inner.relabel(RelabelRules::new().add("zone", "a"))))),
    ("reliable", |inner| Ok(Box::new(stack(inner)))),
    ("retry", |inner| Ok(Box::new(inner.retry(quick())))),
    ("shard", |inner| Ok(Box::new(inner.shard(NonZeroU16::new(3).expect("not zero"))))),
    ("split", |inner| Ok(Box::new(inner.split(4)))),
    ("stale", |inner| Ok(Box::new(inner.stale()))),
    ("timeout", |inner| Ok(Box::new(inner.timeout(Duration::from_millis(300))))),
    ("to_cumulative", |inner| Ok(Box::new(inner.to_cumulative()))),
];

/// A secondary that has nothing to offer.
fn refuses() -> ScriptedExporter {
    let secondary = ScriptedExporter::new("secondary");
    secondary.default_answer(Answer::Fail(ExportError::new(ErrorKind::Rejected, "no")));
    secondary
}

/// What the exporter inside does first, before it delivers all.
#[derive(Clone, Copy, Debug, PartialEq)]
enum First {
    Delivers,
    IsAway,
    TakesAPart,
    Hangs,
}

impl First {
    const ALL: [Self; 4] = [Self::Delivers, Self::IsAway, Self::TakesAPart, Self::Hangs];

    fn answer(self) -> Answer {
        let away = ExportError::new(ErrorKind::Unavailable, "away");
        let away = away.with_advice(RetryAdvice::Backoff);
        match self {
            Self::Delivers => Answer::Deliver,
            Self::IsAway => Answer::Fail(away),
            Self::TakesAPart => Answer::Partly(1, away),
            Self::Hangs => Answer::HangUntilDeadline,
        }
    }
}

/// One stack of two, from the inside out.
#[derive(Clone, Copy)]
struct Pair([(&'static str, Wrap); 2]);

impl Pair {
    fn all() -> impl Iterator<Item = Self> {
        LAYERS.into_iter().flat_map(|inside| LAYERS.map(|outside| Self([inside, outside])))
    }

    fn has(self, layers: &[&str]) -> bool {
        self.0.iter().any(|(name, _)| layers.contains(name))
    }

    /// Whether what failed for the moment must arrive in the end. Around members there is nothing to
    /// try again: what one of them took, or refused for good, is settled.
    fn tries_again(self) -> bool {
        let again = |(name, _)| ["queue", "reliable", "retry"].contains(&name);
        let [inside, outside] = self.0;
        again(inside) || (again(outside) && !["fallback", "multi"].contains(&inside.0))
    }

    /// An end is no point of the caller's. To these, a part of a batch is a collection in which all
    /// other series have ended, as their docs say.
    fn adds_points(self) -> bool {
        let [inside, outside] = self.0;
        inside.0 == "stale" && ["shard", "split"].contains(&outside.0)
    }

    async fn check(self, first: First, limit: Duration) {
        let [(inside, wrap), (outside, wrap_that)] = self.0;
        let row = format!("{outside} of {inside}, which {first:?} first");
        let inner = ScriptedExporter::new("inner");
        inner.script([first.answer()]);
        let stack = wrap(Box::new(inner.clone())).and_then(wrap_that);
        // It wants delta points, and the other member cumulative ones.
        let disagrees = inside == "to_cumulative" && ["fallback", "multi"].contains(&outside);
        assert_eq!(stack.is_err(), disagrees, "{row}: {stack:?}");
        let Ok(stack) = stack else { return };
        let begin = tokio::time::Instant::now();
        let end = Deadline::after(begin.into_std(), limit);
        let exported = stack.export(&batch(), end).await;
        let mut books = match exported {
            Ok(outcome) => outcome,
            Err(error) => error.into_outcome(POINTS),
        };
        assert_eq!(books.points(), POINTS, "{row}: {books:?}");
        if books.queued > 0 {
            // What became of that is told by the shutdown.
            let last = Deadline::after(tokio::time::Instant::now().into_std(), limit);
            let queued = std::mem::take(&mut books.queued);
            let ended = stack.shutdown(last).await;
            books.absorb(ended.unwrap_or_else(|error| error.into_outcome(queued)));
            assert_eq!(books.points(), POINTS, "{row}: {books:?}");
        }
        let twice = books.delivered + books.maybe_duplicated;
        // What nobody answered may have arrived, and been given up for whatever reason since.
        let given_up = if first == First::Hangs { books.dropped.total() } else { 0 };
        let found = books.delivered..=twice + given_up;
        let taken = inner.taken_points();
        assert!(
            found.contains(&taken) || self.adds_points(),
            "{row}: {books:?}, {:?}",
            inner.taken()
        );
        let whole = match first {
            First::Delivers => true,
            First::IsAway | First::TakesAPart => self.tries_again(),
            First::Hangs => false,
        };
        assert!(!whole || books.delivered == POINTS, "{row}: {books:?}");
        assert!(begin.elapsed() <= limit * 2, "{row}: {:?}", begin.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn row_62_every_pair_in_both_orders() {
    let (mut rows, limit) = (0, Duration::from_secs(5));
    for pair in Pair::all().filter(|pair| !pair.has(&["queue"])) {
        for first in First::ALL {
            pair.check(first, limit).await;
            rows += 1;
        }
    }
    assert_eq!(rows, 15 * 15 * 4);
}

/// A queue has a thread, and that real time. All at once, so that nobody waits for the sum.
#[tokio::test]
async fn row_62_every_pair_with_a_queue() {
    let mut rows = JoinSet::new();
    for pair in Pair::all().filter(|pair| pair.has(&["queue"])) {
        for first in First::ALL {
            rows.spawn(within(GUARD, pair.check(first, GUARD / 10)));
        }
    }
    assert_eq!(rows.len(), (16 * 16 - 15 * 15) * 4);
    while let Some(row) = rows.join_next().await {
        row.expect("no panic");
    }
}
