//! Whole stacks against receivers that fail: what arrives, what is sent how often, and whether the
//! books balance.
//!
//! The faults are numbered. Each that concerns delivery is a test here that has its number, or is
//! told by one elsewhere:
//!
//! | Fault | Where |
//! |---|---|
//! | 1 down at the start, 2 refused in between, 3 reset in the midst, 4 stale connection, 5 no answer, 6 no HTTP/2, 8 a few bytes at a time | `connections.rs` |
//! | 7 a link that died | `otlp-grpc/tests/connections/keepalive.rs`; to decorators it is 5 |
//! | 9 429 with a delay, 10 delays of every form, 11 503, 13 refused for good or until credentials are renewed, 15 redirects, 21 partial success, 22 one that lies | `answers.rs` |
//! | 14 too large | `sizes.rs` |
//! | 16 to 19 codes of gRPC and their delays, 20 streams and connections that the server ends | `statuses.rs` |
//! | 53 shutdown in the midst | `shutdown.rs`, `src/queue/tests.rs` |
//! | 54 dropped without a shutdown, 55 every runtime and none | `runtimes.rs` |
//! | 57 dropped futures | `cancellation.rs` |
//! | 58 panics, 59 overload | `isolation.rs`; for a minute, with what recording takes: `cargo xtask bench decorators` |
//! | 61 a fleet after an outage | `fleet.rs` |
//! | 61 a fleet that starts at once | `reader/src/ticks.rs` |
//! | 62 orders of layers | `order.rs`, and each around each in `pairs.rs` |
//!
//! What a transport makes of an answer is tested with the transports: `otlp-http/tests/http.rs`,
//! `otlp-grpc/tests/grpc.rs`, `otlp/src/response/tests.rs`.

mod allocations;
mod answers;
mod cancellation;
mod connections;
mod encoded_once;
mod fleet;
mod isolation;
mod order;
mod pairs;
mod runtimes;
mod shutdown;
mod sizes;
mod statuses;

use std::time::{Duration, Instant};

use meterport_core::{Deadline, ExportError, MetricBatch, MetricExporter, Outcome};
use meterport_decorators::{ExporterExt, Reliability, Reliable, RetryPolicy};
use meterport_otlp_grpc::OtlpGrpcExporter;
use meterport_otlp_http::{Format, OtlpHttpExporter, RequestHook, StaticHeaders};
use meterport_testkit::conformance::tagged;
use meterport_testkit::{
    Answer, FakeCollector, GrpcStatus, Reply, Response, ScriptedExporter, within,
};

/// The longest that any export here may take, in real time.
const GUARD: Duration = Duration::from_secs(30);
const POINTS: u64 = 10;

fn batch() -> MetricBatch {
    tagged("delivery", POINTS as u32)
}

fn soon() -> Deadline {
    Deadline::after(Instant::now(), GUARD)
}

/// A way to a collector.
#[derive(Clone, Copy, Debug)]
enum Over {
    Http,
    Json,
    Grpc,
}

impl Over {
    const BOTH: [Self; 2] = [Self::Http, Self::Grpc];

    fn collector(self) -> FakeCollector {
        match self {
            Self::Http | Self::Json => FakeCollector::start(),
            Self::Grpc => FakeCollector::start_grpc(),
        }
    }

    fn exporter(self, collector: &FakeCollector) -> Box<dyn MetricExporter> {
        self.exporter_with(collector, StaticHeaders::new())
    }

    fn exporter_with(
        self,
        collector: &FakeCollector,
        hook: impl RequestHook,
    ) -> Box<dyn MetricExporter> {
        let url = collector.url();
        let http = |format| OtlpHttpExporter::builder().endpoint(&*url).format(format);
        let built: Result<Box<dyn MetricExporter>, _> = match self {
            Self::Http => http(Format::Protobuf).hook(hook).build().map(|e| Box::new(e) as _),
            Self::Json => http(Format::Json).hook(hook).build().map(|e| Box::new(e) as _),
            Self::Grpc => {
                let builder = OtlpGrpcExporter::builder().endpoint(&*url).hook(hook);
                builder.build().map(|exporter| Box::new(exporter) as _)
            }
        };
        built.expect("settings")
    }

    /// What a receiver says of credentials that it does not take.
    fn unauthenticated(self) -> Reply {
        match self {
            Self::Http | Self::Json => status(401),
            Self::Grpc => GrpcStatus::new(16).into(),
        }
    }
}

/// Intervals that a test can wait for.
fn quick() -> RetryPolicy {
    RetryPolicy::default()
        .with_initial_interval(Duration::from_millis(1))
        .with_max_interval(Duration::from_millis(2))
        .with_max_server_delay(Duration::from_millis(20))
}

/// The stack that most people want, as quick.
fn stack<E: MetricExporter>(exporter: E) -> Reliable<E> {
    let attempt = Some(Duration::from_millis(300));
    exporter.reliable_with(Reliability::default().with_attempt(attempt).with_retry(quick()))
}

fn status(code: u16) -> Reply {
    Response::new(code).into()
}

/// What is to become of ten points, in a row of a table.
#[derive(Clone, Copy)]
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

/// The books of an export of `points`, which are complete, and agree with what the collector has
/// accepted: that is what was delivered, and beyond that only what is said to be there twice.
#[track_caller]
fn accounted(
    row: &str,
    points: u64,
    result: &Result<Outcome, ExportError>,
    accepted: u64,
) -> Outcome {
    let books = match result {
        Ok(outcome) => outcome.clone(),
        Err(error) => error.clone().into_outcome(points),
    };
    assert_eq!(books.points(), points, "{row}: {result:?}");
    let range = books.delivered..=books.delivered + books.maybe_duplicated;
    assert!(range.contains(&accepted), "{row}: {accepted} of {result:?}");
    books
}

/// Sends ten points to a collector with this script, and compares what came of them.
async fn check(
    over: Over,
    row: &str,
    replies: Vec<Reply>,
    expected: Expected,
) -> Result<Outcome, ExportError> {
    let row = format!("{row}, {over:?}");
    let collector = over.collector();
    collector.script(replies);
    let stack = stack(over.exporter(&collector));
    let result = within(GUARD, stack.export(&batch(), soon())).await;
    let books = accounted(&row, POINTS, &result, collector.accepted_points());
    let found = (books.delivered, books.rejected, books.attempts);
    let wanted = (expected.delivered, expected.rejected, expected.requests);
    assert_eq!(found, wanted, "{row}: {result:?}");
    assert!(expected.in_doubt || books.maybe_duplicated == 0, "{row}: {result:?}");
    result
}

/// What a transport makes of this answer.
async fn learnt(over: Over, reply: impl Into<Reply>) -> ExportError {
    let collector = over.collector();
    collector.script([reply.into()]);
    within(GUARD, over.exporter(&collector).export(&batch(), soon())).await.expect_err("a fault")
}

/// How long a retry waits behind each of these errors, in virtual time, until it delivers all.
async fn pauses_behind(errors: impl IntoIterator<Item = ExportError>) -> Vec<Duration> {
    let inner = ScriptedExporter::new("inner");
    inner.script(errors.into_iter().map(Answer::Fail));
    let stack = inner.clone().retry(RetryPolicy::default().with_max_elapsed(None));
    let result = stack.export(&batch(), Deadline::NONE).await;
    accounted("virtual", POINTS, &result, inner.taken_points());
    assert!(result.is_ok(), "{result:?}");
    let calls = inner.calls();
    calls.windows(2).map(|pair| pair[1].at - pair[0].at).collect()
}
