//! Faults 9 to 22 over HTTP: delays, refusals, redirects, and successes that are none.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use meterport_core::RetryAdvice;
use meterport_otlp_http::auth::{Token, TokenAuth};
use tokio::time::{Instant as TokioInstant, pause};

use super::*;

const SECOND: Duration = Duration::from_secs(1);
/// The first interval of the policy that most people have.
const FIRST: Duration = Duration::from_secs(5);

fn again(code: u16, value: &str) -> Response {
    Response::new(code).header("retry-after", value)
}

/// The pause behind this answer is in this range.
async fn check_pauses(table: &[(Response, Duration, Duration)]) {
    let mut errors = Vec::new();
    for (response, ..) in table {
        errors.push(learnt(Over::Http, response.clone()).await);
    }
    pause();
    for (error, (response, least, most)) in errors.into_iter().zip(table) {
        let pause = pauses_behind([error]).await[0];
        assert!(pause >= *least && pause <= *most, "{response:?}: {pause:?}");
    }
}

#[tokio::test]
async fn row_09_too_many_requests_with_a_delay() {
    let error = learnt(Over::Http, again(429, "7")).await;
    assert_eq!(error.advice(), RetryAdvice::After(7 * SECOND));
    pause();
    // A tenth more at most.
    let waited = pauses_behind([error.clone()]).await[0];
    assert!(waited >= 7 * SECOND && waited <= SECOND * 77 / 10, "{waited:?}");

    // It is not slept beyond the deadline, and the export behind this one is held back too.
    let inner = ScriptedExporter::new("inner");
    inner.script([Answer::Fail(error)]);
    let stack = inner.clone().retry(RetryPolicy::default());
    let begin = TokioInstant::now();
    let deadline = Deadline::after(begin.into_std(), 5 * SECOND);
    for _ in 0..2 {
        let result = stack.export(&batch(), deadline).await;
        accounted("9", POINTS, &result, 0);
        let advice = result.unwrap_err().advice();
        assert!(matches!(advice, RetryAdvice::After(delay) if delay <= 7 * SECOND), "{advice:?}");
    }
    assert_eq!((begin.elapsed(), inner.calls().len()), (Duration::ZERO, 1));
    let result = stack.export(&batch(), Deadline::NONE).await;
    accounted("9", POINTS, &result, inner.taken_points());
    assert!(result.is_ok() && begin.elapsed() >= 7 * SECOND, "{result:?}");
}

#[tokio::test]
async fn row_10_delays_of_every_form() {
    let long = "9".repeat(10_240);
    let capped = (60 * SECOND, 66 * SECOND);
    let none = (Duration::ZERO, FIRST);
    let table = [
        ("Fri, 31 Dec 9999 23:59:59 GMT", capped),
        ("Sun, 06 Nov 1994 08:49:37 GMT", none),
        ("86400", capped),
        ("9223372036854775807", capped),
        (&*long, (Duration::ZERO, 66 * SECOND)),
        ("0", none),
        ("-1", none),
        ("soon", none),
        ("7,8", none),
        ("", none),
    ];
    check_pauses(&table.map(|(value, (least, most))| (again(429, value), least, most))).await;
}

#[tokio::test]
async fn row_11_unavailable_with_a_delay_and_without() {
    let table = [
        (again(503, "7"), 7 * SECOND, SECOND * 77 / 10),
        (Response::new(503), Duration::ZERO, FIRST),
        (Response::new(502), Duration::ZERO, FIRST),
        (Response::new(504), Duration::ZERO, FIRST),
    ];
    let all = [429, 502, 503, 504].map(status).to_vec();
    check(Over::Http, "all", all, delivered(5)).await.unwrap();
    check_pauses(&table).await;
}

#[tokio::test]
async fn row_13_refused_for_good() {
    for code in [400, 401, 403, 404, 500, 501, 505] {
        let collector = FakeCollector::start();
        let stack = stack(Over::Http.exporter(&collector));
        collector.script([Response::new(code).body("no ".repeat(10_000)).into()]);
        let result = within(GUARD, stack.export(&batch(), soon())).await;
        let books = accounted("13", POINTS, &result, 0);
        assert_eq!((books.attempts, books.dropped.total()), (1, POINTS), "{code}");
        let words = result.unwrap_err().to_string();
        assert!(words.len() <= 1_024 + 200, "{code}: {} bytes", words.len());
        // The next batch is not held up.
        let result = within(GUARD, stack.export(&batch(), soon())).await;
        let books = accounted("13", POINTS, &result, collector.accepted_points());
        assert_eq!((books.attempts, books.delivered), (1, POINTS), "{code}");
    }
}

/// A refused credential is renewed once within the attempt; nobody retries around it.
#[tokio::test]
async fn row_13_credentials_are_renewed_once() {
    for over in Over::BOTH {
        for (refusals, requests, is_delivered) in [(1, 2, true), (9, 2, false)] {
            let row = format!("13, {over:?}, {refusals} refusals");
            let collector = over.collector();
            collector.script((0..refusals).map(|_| over.unauthenticated()));
            let asked = Arc::new(AtomicU64::new(0));
            let count = Arc::clone(&asked);
            let token = TokenAuth::from_fn(move || {
                let number = count.fetch_add(1, Ordering::Relaxed);
                async move { Ok(Token::new(format!("token-{number}"))) }
            });
            let stack = stack(over.exporter_with(&collector, token));
            let result = within(GUARD, stack.export(&batch(), soon())).await;
            let books = accounted(&row, POINTS, &result, collector.accepted_points());
            assert_eq!(books.delivered == POINTS, is_delivered, "{row}: {result:?}");
            assert_eq!(collector.requests().len(), requests, "{row}");
            assert_eq!(asked.load(Ordering::Relaxed), 2, "{row}");
        }
    }
}

#[tokio::test]
async fn row_15_redirects() {
    let elsewhere = FakeCollector::start();
    for status in [301, 302, 303, 307, 308] {
        let reply = Reply::Redirect { status, location: elsewhere.url() };
        check(Over::Http, &status.to_string(), vec![reply], lost(1)).await.unwrap_err();
    }
    assert_eq!((elsewhere.connections(), elsewhere.requests().len()), (0, 0));
}

fn partial(rejected: i64) -> Reply {
    Reply::PartialSuccess { rejected, message: "too old".into() }
}

#[tokio::test]
async fn row_21_a_partial_success() {
    for over in [Over::Http, Over::Json, Over::Grpc] {
        for rejected in [0, 4, 10] {
            let expected = Expected { delivered: POINTS - rejected, rejected, ..delivered(1) };
            let row = format!("{rejected} rejected");
            let replies = vec![partial(rejected as i64)];
            let books = check(over, &row, replies, expected).await.unwrap();
            assert_eq!(books.message.as_deref(), Some("too old"), "{row}");
        }
    }
}

#[tokio::test]
async fn row_22_a_partial_success_that_lies() {
    for over in Over::BOTH {
        for (said, rejected) in [(-5, 0), (i64::MIN, 0), (11, POINTS), (i64::MAX, POINTS)] {
            let collector = over.collector();
            collector.script([partial(said)]);
            let stack = stack(over.exporter(&collector));
            let books = within(GUARD, stack.export(&batch(), soon())).await.unwrap();
            let found = (books.delivered, books.rejected, books.points(), books.attempts);
            assert_eq!(found, (POINTS - rejected, rejected, POINTS, 1), "{said}, {over:?}");
        }
    }
}
