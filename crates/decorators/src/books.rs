//! Keeping the books where the exporter inside gets other points than the caller gave.

use meterport_core::{Drops, ExportError, MetricBatch, Outcome};

use crate::streams::common;

/// Adds points that never reached the exporter inside, which got `inner`: after them an error may
/// not owe "the whole batch" any more.
pub(crate) fn with_dropped(
    result: Result<Outcome, ExportError>,
    dropped: &Drops,
    inner: &MetricBatch,
) -> Result<Outcome, ExportError> {
    if dropped.total() == 0 {
        return result;
    }
    match result {
        Ok(mut outcome) => {
            add(&mut outcome, dropped);
            Ok(outcome)
        }
        Err(error) => {
            let mut settled = error.settled().clone();
            add(&mut settled, dropped);
            let rest = error.rest().unwrap_or(inner).clone();
            Err(error.with_settled(settled).with_rest(rest))
        }
    }
}

fn add(outcome: &mut Outcome, dropped: &Drops) {
    dropped.iter().for_each(|(reason, points)| outcome.dropped.add(reason, points));
}

/// What became of a batch of which the exporter inside got points with other names, some of which were
/// joined from several. `sources` are the caller's points that a rest consists of: an error owes those,
/// and what was `dropped` of them is not dropped yet.
pub(crate) fn with_joined(
    result: Result<Outcome, ExportError>,
    dropped: &Drops,
    sources: impl FnOnce(&MetricBatch) -> MetricBatch,
) -> Result<Outcome, ExportError> {
    match result {
        Ok(mut outcome) => {
            add(&mut outcome, dropped);
            Ok(outcome)
        }
        Err(error) => {
            // Without a rest the whole batch is owed.
            let Some(rest) = error.rest() else { return Err(error) };
            let owed = sources(rest);
            let mut settled = error.settled().clone();
            add(&mut settled, &less(dropped, owed.points().saturating_sub(rest.points())));
            Err(error.with_settled(settled).with_rest(owed))
        }
    }
}

/// All but so many.
fn less(drops: &Drops, mut points: u64) -> Drops {
    let mut kept = Drops::default();
    for (reason, dropped) in drops.iter() {
        let out = points.min(dropped);
        kept.add(reason, dropped - out);
        points -= out;
    }
    kept
}

/// What became of `inner`, which the exporter inside got, told of `batch`, which the caller gave:
/// `dropped` points are not in it, `added` ones were not the caller's, and the values may be others.
pub(crate) fn in_terms_of(
    batch: &MetricBatch,
    inner: &MetricBatch,
    dropped: &Drops,
    added: u64,
    result: Result<Outcome, ExportError>,
) -> Result<Outcome, ExportError> {
    let points = batch.points().saturating_sub(dropped.total());
    let result = match result {
        Ok(mut outcome) => {
            if added > 0 {
                trim(&mut outcome, points);
            }
            Ok(outcome)
        }
        Err(error) if error.rest().is_none() && dropped.total() == 0 => return Err(error),
        Err(error) => {
            let rest = common(batch, error.rest().unwrap_or(inner));
            let mut settled = error.settled().clone();
            if added > 0 {
                trim(&mut settled, points.saturating_sub(rest.points()));
            }
            Err(error.with_settled(settled).with_rest(rest))
        }
    };
    with_dropped(result, dropped, inner)
}

/// Takes points out of the books that the caller did not give, until `points` are left: delivered
/// ones first.
fn trim(outcome: &mut Outcome, points: u64) {
    let mut extra = outcome.points().saturating_sub(points);
    for of in [&mut outcome.delivered, &mut outcome.queued, &mut outcome.rejected] {
        let out = extra.min(*of);
        *of -= out;
        extra -= out;
    }
    outcome.dropped = less(&outcome.dropped, extra);
    outcome.unverified = outcome.unverified.min(outcome.delivered);
}

/// What a flush has told of points that no export has answered with `queued` yet: one that is under
/// way will.
#[derive(Debug, Default)]
pub(crate) struct Early(Outcome);

impl Early {
    /// Takes what a flush or a shutdown tells of `queued` points, or nothing, if an export has just
    /// answered. Returns what of it is news, and takes that out of `queued`.
    ///
    /// A fan-out tells of what all its members had queued, but its own books hold those of one: no
    /// more is news than was queued.
    pub(crate) fn news(&mut self, told: Outcome, queued: &mut u64, under_way: bool) -> Outcome {
        self.0.absorb(told);
        let (news, left) = divide(std::mem::take(&mut self.0), *queued);
        *queued -= news.points();
        if under_way {
            self.0 = left;
        }
        news
    }
}

/// The books of the first `limit` points, with all that is not of points, and those of the others.
fn divide(mut told: Outcome, limit: u64) -> (Outcome, Outcome) {
    told.queued = 0;
    let mut room = limit;
    let mut left = Outcome::default();
    let mut part = |points: &mut u64| {
        let over = points.saturating_sub(room);
        *points -= over;
        room -= *points;
        over
    };
    left.delivered = part(&mut told.delivered);
    left.rejected = part(&mut told.rejected);
    let mut dropped = Drops::default();
    for (reason, mut points) in told.dropped.iter() {
        left.dropped.add(reason, part(&mut points));
        dropped.add(reason, points);
    }
    told.dropped = dropped;
    told.unverified = told.unverified.min(told.delivered);
    told.maybe_duplicated = told.maybe_duplicated.min(told.delivered);
    (told, left)
}

#[cfg(test)]
mod tests {
    use meterport_core::{DropReason, ErrorKind};
    use meterport_testkit::conformance::tagged;

    use super::*;

    #[test]
    fn what_never_got_inside_is_counted_once() {
        let mut dropped = Drops::default();
        dropped.add(DropReason::Filtered, 3);
        let inner = tagged("inside", 4);
        let outcome = with_dropped(Ok(Outcome::delivered(4)), &dropped, &inner).unwrap();
        assert_eq!((outcome.points(), outcome.dropped.total()), (7, 3));
        let failed = |error| with_dropped(Err(error), &dropped, &inner).unwrap_err();
        let whole = failed(ExportError::new(ErrorKind::Connect, ""));
        assert_eq!(whole.rest().map(MetricBatch::points), Some(4));
        assert_eq!(whole.into_outcome(7).points(), 7);
        let partly = ExportError::new(ErrorKind::Connect, "").with_rest(inner.slice(0..1));
        let partly = failed(partly.with_settled(Outcome::delivered(3)));
        assert_eq!(partly.rest().map(MetricBatch::points), Some(1));
        assert_eq!(partly.into_outcome(7).points(), 7);
    }

    #[test]
    fn points_of_ours_are_taken_out_delivered_ones_first() {
        let mut outcome = Outcome::dropped(DropReason::Timeout, 5);
        (outcome.delivered, outcome.rejected, outcome.unverified) = (3, 2, 3);
        let trimmed = |points| {
            let mut outcome = outcome.clone();
            trim(&mut outcome, points);
            let Outcome { delivered, rejected, unverified, .. } = outcome;
            (delivered, rejected, outcome.dropped.total(), unverified)
        };
        assert_eq!(trimmed(10), (3, 2, 5, 3));
        assert_eq!(trimmed(8), (1, 2, 5, 1));
        assert_eq!(trimmed(6), (0, 1, 5, 0));
        assert_eq!(trimmed(2), (0, 0, 2, 0));
    }
}
