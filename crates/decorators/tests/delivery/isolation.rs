//! Faults 58 and 59: exporters that panic, and producers that are faster than what they export to.

use meterport_core::{DropReason, ErrorKind, RetryAdvice};
use meterport_decorators::{Overflow, QueueSettings, QueueStats};

use super::*;

fn unavailable() -> Answer {
    let error = ExportError::new(ErrorKind::Unavailable, "");
    Answer::Fail(error.with_advice(RetryAdvice::Backoff))
}

#[track_caller]
fn balanced(stats: QueueStats) -> QueueStats {
    let sum = stats.delivered + stats.rejected + stats.dropped.total() + stats.queued;
    assert_eq!(stats.produced, sum, "{stats:?}");
    stats
}

#[tokio::test(start_paused = true)]
async fn row_58_a_panic_stays_with_its_member() {
    let (bad, good) = (ScriptedExporter::new("bad"), ScriptedExporter::new("good"));
    bad.default_answer(Answer::Panic);
    let both = bad.clone().reliable().multi(good.clone().reliable()).unwrap();
    for round in 1..=2 {
        let result = both.export(&batch(), Deadline::NONE).await;
        // The books are those of the member that took least.
        let books = accounted("58", POINTS, &result, 0);
        assert_eq!(books.dropped.of(DropReason::Unconfirmed), POINTS);
        assert_eq!(books.members[1].outcome.delivered, POINTS);
        assert_eq!(good.taken_points(), round * POINTS);
    }
    let either = bad.reliable().fallback(good.clone().reliable()).unwrap();
    let result = either.export(&batch(), Deadline::NONE).await;
    let books = accounted("58", POINTS, &result, POINTS);
    assert_eq!((books.delivered, good.taken_points()), (POINTS, 3 * POINTS));
}

/// On the queue's own thread, in real time; nothing here waits for more than an export.
#[tokio::test]
async fn row_58_a_panic_costs_a_queue_one_batch() {
    let inner = ScriptedExporter::new("inner");
    inner.script([Answer::Panic]);
    let queue = inner.clone().queue(QueueSettings::default());
    for _ in 0..2 {
        queue.export(&batch(), soon()).await.unwrap();
    }
    let result = within(GUARD, queue.shutdown(soon())).await;
    let books = accounted("58", 2 * POINTS, &result, POINTS);
    // It may have arrived, and is not sent again.
    assert_eq!((books.delivered, books.dropped.of(DropReason::Unconfirmed)), (POINTS, POINTS));
    let stats = balanced(queue.stats());
    assert_eq!((stats.produced, stats.delivered, inner.calls().len()), (2 * POINTS, POINTS, 2));
}

#[tokio::test]
async fn row_59_overload() {
    const ROOM: u64 = 10;
    const BATCHES: u64 = 1_000;
    for overflow in [Overflow::DropOldest, Overflow::DropNewest] {
        let inner = ScriptedExporter::new("inner");
        inner.default_answer(unavailable());
        let (pause, long) = (Duration::from_millis(1), Duration::from_secs(1));
        let settings = QueueSettings::default().max_points(ROOM * POINTS).overflow(overflow);
        let queue = inner.clone().queue(settings.pauses(pause, long));
        let mut answers = Outcome::default();
        for _ in 0..BATCHES {
            answers.absorb(queue.export(&batch(), soon()).await.unwrap());
            let stats = balanced(queue.stats());
            // One more is being exported.
            assert!(stats.queued <= (ROOM + 1) * POINTS, "{overflow:?}: {stats:?}");
        }
        // Whether it was taken or not, it was said of each.
        assert_eq!(answers.points(), BATCHES * POINTS);
        inner.default_answer(Answer::Deliver);
        let result = within(GUARD, queue.shutdown(soon())).await;
        assert!(result.is_ok(), "{overflow:?}: {result:?}");
        let stats = balanced(queue.stats());
        let full = stats.dropped.of(DropReason::QueueFull);
        let found = (stats.produced, stats.delivered + full, stats.queued);
        assert_eq!(found, (BATCHES * POINTS, BATCHES * POINTS, 0), "{overflow:?}: {stats:?}");
        let kept = ROOM * POINTS..=(ROOM + 1) * POINTS;
        assert!(kept.contains(&stats.delivered), "{overflow:?}: {stats:?}");
        assert_eq!(inner.taken_points(), stats.delivered, "{overflow:?}");
    }
}
