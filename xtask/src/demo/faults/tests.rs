use std::time::Duration;

use meterport_core::{DropReason, Outcome};
use meterport_testkit::hang_guard;

use super::*;

/// All turns once: they are long enough to be met, whatever the machine does meanwhile.
#[test]
fn every_point_is_accounted_for() {
    hang_guard(Duration::from_secs(120), || {
        run(Some(TURN * (TURNS.len() as u32 + 2))).unwrap();
    });
}

fn figures() -> Figures {
    let mut figures = Figures { name: "lane", produced: 10, ..Figures::default() };
    (figures.queue.produced, figures.queue.delivered) = (10, 6);
    figures.queue.rejected = 1;
    figures.queue.dropped.add(DropReason::QueueFull, 3);
    figures.exports.produced = 7;
    figures.exports.books = Outcome::delivered(6);
    figures.exports.books.rejected = 1;
    (figures.seen.taken, figures.seen.rejected) = (6, 1);
    figures
}

#[track_caller]
fn check(change: impl FnOnce(&mut Figures), problem: &str) {
    let mut figures = figures();
    change(&mut figures);
    let problems = figures.problems();
    assert!(problems.iter().any(|text| text.contains(problem)), "{problem}: {problems:?}");
}

#[test]
fn what_does_not_add_up_is_told() {
    assert_eq!(figures().problems(), [] as [String; 0]);
    check(|f| f.produced = 0, "nothing was produced");
    check(|f| f.produced = 11, "11 points produced");
    check(|f| f.queue.dropped.add(DropReason::Expired, 1), "do not balance");
    check(|f| (f.queue.delivered, f.queue.queued) = (5, 1), "1 points are still queued");
    check(|f| f.exports.produced = 8, "8 produced is not 6 delivered");
    check(|f| f.exports.books.delivered = 5, "disagree");
    check(|f| f.seen.taken = 5, "the collector took 5");
    check(|f| f.seen.taken = 7, "the collector took 7");
    check(|f| f.seen.rejected = 2, "the collector rejected 2");
}

#[test]
fn points_that_nobody_answered_for_may_have_been_taken() {
    let mut figures = figures();
    figures.exports.books.maybe_duplicated = 2;
    figures.seen.taken = 8;
    assert_eq!(figures.problems(), [] as [String; 0]);
}
