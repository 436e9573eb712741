use meterport_core::{Deadline, DropReason, Drops, Outcome};

use super::store::{Memory, Store};
use crate::books::Early;

/// What a queue has taken and what became of it, at one moment:
/// `produced = delivered + rejected + dropped + queued`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct QueueStats {
    /// Points that were given to it and not given back with an error.
    pub produced: u64,
    /// Points that the exporter inside has delivered.
    pub delivered: u64,
    /// Points that the other side has refused.
    pub rejected: u64,
    /// Points given up, by reason.
    pub dropped: Drops,
    /// Points that wait or are under way.
    pub queued: u64,
    /// Of those, the ones that are under way.
    pub in_flight: u64,
    /// The bytes of the batches that wait.
    pub bytes: usize,
}

/// The waiting batches and the books.
#[derive(Debug)]
pub(super) struct State {
    pub(super) store: Box<dyn Store>,
    pub(super) stats: QueueStats,
    /// What was settled and no flush has told yet.
    pub(super) untold: Outcome,
    /// Points that the exporter inside has taken and holds back.
    pub(super) held_inside: u64,
    pub(super) early: Early,
    /// The number of the next batch.
    pub(super) next: u64,
    /// The number of the batch that is under way.
    pub(super) under_way: Option<u64>,
    /// How often somebody has asked to hurry.
    pub(super) hurries: u64,
    /// Until when the last of those waits.
    pub(super) hurried: Deadline,
    /// Since when nothing is taken any more, and until when what waits may be delivered.
    pub(super) closed: Option<Deadline>,
    /// Nothing is to be done any more.
    pub(super) ended: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            store: Box::<Memory>::default(),
            stats: QueueStats::default(),
            untold: Outcome::default(),
            held_inside: 0,
            early: Early::default(),
            next: 0,
            under_way: None,
            hurries: 0,
            hurried: Deadline::NONE,
            closed: None,
            ended: false,
        }
    }
}

impl State {
    pub(super) fn hurry(&mut self, deadline: Deadline) {
        self.hurries += 1;
        self.hurried = deadline;
    }

    pub(super) fn queued(&self) -> u64 {
        self.store.points() + self.stats.in_flight
    }

    pub(super) fn drop_points(&mut self, reason: DropReason, points: u64) {
        self.stats.dropped.add(reason, points);
        self.untold.dropped.add(reason, points);
    }

    /// Adds the books of so many points. Whatever foreign books leave open was not told of, and is
    /// given up.
    pub(super) fn absorb(&mut self, mut outcome: Outcome, points: u64) {
        let open = points.saturating_sub(outcome.points());
        outcome.dropped.add(DropReason::Unconfirmed, open);
        outcome.members.clear();
        self.held_inside += std::mem::take(&mut outcome.queued);
        self.add(outcome);
        self.settle_inside(Outcome::default());
    }

    /// What the exporter inside tells of points that it held back.
    pub(super) fn settle_inside(&mut self, told: Outcome) {
        let under_way = self.stats.in_flight > 0;
        let news = self.early.news(told, &mut self.held_inside, under_way);
        self.add(news);
    }

    pub(super) fn add(&mut self, outcome: Outcome) {
        self.stats.delivered += outcome.delivered;
        self.stats.rejected += outcome.rejected;
        for (reason, points) in outcome.dropped.iter() {
            self.stats.dropped.add(reason, points);
        }
        self.untold.absorb(outcome);
    }

    /// Whether no batch below this number waits or is under way.
    pub(super) fn is_settled(&self, upto: u64) -> bool {
        let waits = self.store.first().is_some_and(|number| number < upto);
        self.ended || !(waits || self.under_way.is_some_and(|number| number < upto))
    }
}
