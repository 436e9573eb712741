//! Whole stacks against receivers that fail: what arrives, what is sent how often, and whether the
//! books balance.

mod cancellation;
mod encoded_once;
mod fleet;
mod grpc;
mod http;
mod order;
mod shutdown;

use std::time::{Duration, Instant};

use meterport_core::{Deadline, ExportError, MetricBatch, MetricExporter, Outcome};
use meterport_decorators::{ExporterExt, Reliability, Reliable, RetryPolicy};
use meterport_testkit::conformance::tagged;
use meterport_testkit::{FakeCollector, Reply, within};

/// The longest that any export here may take, in real time.
const GUARD: Duration = Duration::from_secs(30);
const POINTS: u64 = 10;

fn batch() -> MetricBatch {
    tagged("delivery", POINTS as u32)
}

/// The stack that most people want, with intervals that a test can wait for.
fn stack<E: MetricExporter>(exporter: E) -> Reliable<E> {
    let retry = RetryPolicy::default()
        .with_initial_interval(Duration::from_millis(1))
        .with_max_interval(Duration::from_millis(2))
        .with_max_server_delay(Duration::from_millis(20));
    exporter.reliable_with(
        Reliability::default().with_attempt(Some(Duration::from_millis(300))).with_retry(retry),
    )
}

/// What is to become of ten points, in a row of a table.
struct Expected {
    delivered: u64,
    rejected: u64,
    requests: u32,
    /// Whether points may have arrived without an answer.
    in_doubt: bool,
}

const fn delivered(requests: u32) -> Expected {
    Expected { delivered: POINTS, rejected: 0, requests, in_doubt: false }
}

const fn lost(requests: u32) -> Expected {
    Expected { delivered: 0, rejected: 0, requests, in_doubt: false }
}

const fn in_doubt(expected: Expected) -> Expected {
    Expected { in_doubt: true, ..expected }
}

/// Sends ten points to a collector with this script: what came of them, with balanced books that
/// agree with the collector's own.
async fn check(
    row: &str,
    collector: &FakeCollector,
    exporter: impl MetricExporter,
    replies: Vec<Reply>,
    expected: Expected,
) -> Result<Outcome, ExportError> {
    collector.script(replies);
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(5));
    let result = within(GUARD, stack(exporter).export(&batch(), deadline)).await;
    let books = match &result {
        Ok(outcome) => outcome.clone(),
        Err(error) => error.clone().into_outcome(POINTS),
    };
    assert_eq!(books.points(), POINTS, "{row}: {result:?}");
    let found = (books.delivered, books.rejected, books.attempts);
    let wanted = (expected.delivered, expected.rejected, expected.requests);
    assert_eq!(found, wanted, "{row}: {result:?}");
    let accepted = collector.accepted_points();
    match expected.in_doubt {
        true => assert!(accepted >= books.delivered, "{row}: {accepted}"),
        false => assert_eq!(accepted, books.delivered, "{row}"),
    }
    result
}
