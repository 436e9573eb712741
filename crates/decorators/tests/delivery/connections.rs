//! Faults 1 to 8: connections that cannot be opened, break, or say nothing.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use meterport_core::{Chance, Clock, ErrorKind, Timestamp};
use meterport_decorators::BreakerPolicy;
use meterport_testkit::{GrpcReply, Part};

use super::*;

/// Opens the collector's door at the third draw, which is behind the third failure.
#[derive(Debug)]
struct OpensLate {
    collector: Arc<Mutex<FakeCollector>>,
    draws: AtomicU32,
}

impl Chance for OpensLate {
    fn ratio(&self) -> f64 {
        if self.draws.fetch_add(1, Ordering::Relaxed) == 2 {
            self.collector.lock().unwrap().resume();
        }
        0.5
    }
}

#[tokio::test]
async fn row_01_down_at_the_start() {
    for over in Over::BOTH {
        let collector = over.collector();
        collector.refuse();
        let exporter = over.exporter(&collector);
        let collector = Arc::new(Mutex::new(collector));
        let opens = OpensLate { collector: Arc::clone(&collector), draws: AtomicU32::new(0) };
        let stack = exporter.retry(quick().with_budget(None)).with_chance(Arc::new(opens));
        let result = within(GUARD, stack.export(&batch(), soon())).await;
        let accepted = collector.lock().unwrap().accepted_points();
        let books = accounted("1", POINTS, &result, accepted);
        assert_eq!((books.delivered, books.maybe_duplicated), (POINTS, 0), "{over:?}");
        assert!(books.attempts >= 4, "{over:?}: {}", books.attempts);
    }
}

/// A clock that the test moves.
#[derive(Clone, Debug)]
struct Hands(Arc<Mutex<Instant>>);

impl Hands {
    fn advance(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

impl Clock for Hands {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }

    fn wall(&self) -> Timestamp {
        Timestamp::from_secs(0)
    }
}

#[tokio::test]
async fn row_02_refused_in_between() {
    let collector = FakeCollector::start();
    let hands = Hands(Arc::new(Mutex::new(Instant::now())));
    let policy = BreakerPolicy::default().after_failures(3).open_for(Duration::from_secs(10));
    let stack = Over::Http.exporter(&collector).circuit_breaker(policy);
    let stack = stack.with_clock(Arc::new(hands.clone()));
    let mut books = Outcome::default();
    let mut check = async |expected: Option<ErrorKind>, requests: u32| {
        let result = within(GUARD, stack.export(&batch(), Deadline::NONE)).await;
        assert_eq!(result.as_ref().err().map(ExportError::kind), expected);
        books.absorb(result.unwrap_or_else(|error| error.into_outcome(POINTS)));
        assert_eq!(books.attempts, requests, "{expected:?}");
        books.clone()
    };
    let (connect, open) = (Some(ErrorKind::Connect), Some(ErrorKind::CircuitOpen));
    check(None, 1).await;
    collector.refuse();
    for requests in 2..=4 {
        check(connect, requests).await;
    }
    check(open, 4).await;
    hands.advance(Duration::from_secs(10));
    // One probe, which fails; then it is open for as long again.
    check(connect, 5).await;
    check(open, 5).await;
    collector.resume();
    check(open, 5).await;
    hands.advance(Duration::from_secs(10));
    check(None, 6).await;
    let books = check(None, 7).await;
    assert_eq!((books.points(), books.delivered), (10 * POINTS, 3 * POINTS));
    assert_eq!(collector.accepted_points(), books.delivered);
}

#[tokio::test]
async fn row_03_reset_in_the_midst() {
    let resets = [0, 1, 8, 20, 60].map(Reply::ResetAfter);
    let resets = resets.into_iter().chain([Reply::ResetBeforeReply, Reply::ResetDuringRequest(20)]);
    for reply in resets {
        let row = format!("{reply:?}");
        check(Over::Http, &row, vec![reply], in_doubt(delivered(2))).await.unwrap();
    }
    let streams = [2, 8].map(|code| Reply::Grpc(GrpcReply::Reset(code)));
    for reply in streams.into_iter().chain([Reply::ResetBeforeReply]) {
        let row = format!("{reply:?}");
        check(Over::Grpc, &row, vec![reply], in_doubt(delivered(2))).await.unwrap();
    }
}

#[tokio::test]
async fn row_04_a_connection_that_went_stale() {
    let collector = FakeCollector::start();
    collector.script([Reply::CloseAfterReply]);
    let stack = stack(Over::Http.exporter(&collector));
    for round in 1..=2 {
        let before = collector.accepted_points();
        let result = within(GUARD, stack.export(&batch(), soon())).await;
        let accepted = collector.accepted_points() - before;
        let books = accounted("4", POINTS, &result, accepted);
        assert_eq!(books.delivered, POINTS, "{result:?}");
        assert!(books.attempts <= round, "{result:?}");
    }
}

/// Whoever says nothing is cut at the limit of an attempt, and the whole at its own; in virtual
/// time, to the millisecond.
async fn check_silence(over: Over, silence: fn(&FakeCollector)) {
    let seconds = Duration::from_secs;
    let run = async |limits: Reliability, deadline: Option<Duration>| {
        let collector = over.collector();
        silence(&collector);
        let stack = over.exporter(&collector).reliable_with(limits);
        let begin = tokio::time::Instant::now();
        let deadline = Deadline::within(begin.into_std(), deadline);
        let result = stack.export(&batch(), deadline).await;
        let books = accounted("silence", POINTS, &result, collector.accepted_points());
        assert_eq!((books.delivered, books.dropped.total()), (0, POINTS), "{over:?}");
        begin.elapsed()
    };
    let once = || Reliability::default().with_retry(RetryPolicy::disabled());
    let exactly = |limit: Duration, took: Duration| {
        assert!(took >= limit && took <= limit + Duration::from_millis(10), "{over:?}: {took:?}");
    };
    exactly(seconds(4), run(once().with_attempt(Some(seconds(4))), None).await);
    exactly(seconds(2), run(once().with_attempt(Some(seconds(4))), Some(seconds(2))).await);
    let thrice = run(Reliability::default(), None).await;
    assert!(thrice >= seconds(6) && thrice <= seconds(10), "{over:?}: {thrice:?}");
}

#[tokio::test(start_paused = true)]
async fn row_05_no_answer() {
    for over in Over::BOTH {
        check_silence(over, |collector| collector.default_reply(Reply::Hang)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn row_06_no_http2() {
    check_silence(Over::Grpc, FakeCollector::hold_accept).await;
}

#[tokio::test]
async fn row_08_a_few_bytes_at_a_time() {
    for over in Over::BOTH {
        for part in [Part::Head, Part::Body] {
            let drip = Reply::Drip { part, bytes: 1, every: Duration::from_millis(100) };
            let expected = in_doubt(delivered(2));
            check(over, &format!("{part:?}"), vec![drip], expected).await.unwrap();
        }
    }
}
