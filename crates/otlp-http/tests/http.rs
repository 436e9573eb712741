//! The exporter against a collector that answers as scripted: the OTLP specification's table of
//! statuses, its limits, and what a server can do wrong.

use std::time::{Duration, Instant};

use meterport_core::{
    AttributeSet, Deadline, ErrorKind, ExportError, Gauge, Metric, MetricBatch, MetricExporter,
    Number, NumberPoint, Outcome, ResourceMetrics, RetryAdvice, ScopeMetrics, Status,
};
use meterport_otlp_http::{OtlpHttpBuilder, OtlpHttpExporter};
use meterport_testkit::proto::rpc;
use meterport_testkit::{FakeCollector, Garbage, Reply, Response, to_proto, within};

const POINTS: u64 = 3;
const GUARD: Duration = Duration::from_secs(30);

fn batch() -> MetricBatch {
    let point = |id| NumberPoint::new(AttributeSet::from([("id", id)]), Number::I64(id));
    let points = (0..POINTS as i64).map(point).collect();
    let scope = ScopeMetrics::default().with_metric(Metric::new("m", Gauge { points }));
    ResourceMetrics::default().with_scope(scope).into()
}

fn exporter(collector: &FakeCollector) -> OtlpHttpBuilder {
    OtlpHttpExporter::builder().endpoint(collector.url())
}

async fn export(exporter: &OtlpHttpExporter, batch: &MetricBatch) -> Result<Outcome, ExportError> {
    let deadline = Deadline::after(Instant::now(), GUARD);
    within(GUARD, exporter.export(batch, deadline)).await
}

/// Exports once to a collector that gives this reply.
async fn reply(reply: impl Into<Reply>) -> Result<Outcome, ExportError> {
    let collector = FakeCollector::start();
    collector.script([reply.into()]);
    export(&exporter(&collector).build().unwrap(), &batch()).await
}

#[tokio::test]
async fn statuses_are_classified_as_the_specification_says() {
    use ErrorKind as K;
    use RetryAdvice as R;
    let after = |seconds| R::After(Duration::from_secs(seconds));
    let size = to_proto_len(&batch());
    let table = [
        (Response::new(429), K::Throttled, R::Backoff),
        (Response::new(429).header("retry-after", "7"), K::Throttled, after(7)),
        (Response::new(502), K::Unavailable, R::Backoff),
        (Response::new(503), K::Unavailable, R::Backoff),
        (Response::new(503).header("retry-after", "0"), K::Throttled, after(0)),
        (Response::new(503).header("retry-after", "soon"), K::Unavailable, R::Backoff),
        (Response::new(504), K::Unavailable, R::Backoff),
        (Response::new(413), K::TooLarge { size, limit: None }, R::Never),
        (Response::new(301).header("location", "/"), K::Rejected, R::Never),
        (Response::new(400), K::Rejected, R::Never),
        (Response::new(401), K::Rejected, R::Never),
        (Response::new(403), K::Rejected, R::Never),
        (Response::new(404), K::Rejected, R::Never),
        (Response::new(408), K::Rejected, R::Never),
        (Response::new(500), K::Rejected, R::Never),
        (Response::new(501), K::Rejected, R::Never),
        (Response::new(505), K::Rejected, R::Never),
    ];
    for (response, kind, advice) in table {
        let what = format!("{response:?}");
        let error = reply(response).await.unwrap_err();
        assert_eq!((error.kind(), error.advice()), (kind, advice), "{what}");
        assert!(matches!(error.status(), Some(Status::Http(_))), "{what}");
        assert!(error.rest().is_none() && !error.is_unconfirmed(), "{what}");
        assert_eq!((error.settled().attempts, error.settled().raw_bytes), (1, size), "{what}");
    }
}

fn to_proto_len(batch: &MetricBatch) -> u64 {
    prost::Message::encoded_len(&to_proto(batch)) as u64
}

#[tokio::test]
async fn a_date_in_retry_after_is_read_by_the_clock_given() {
    #[derive(Debug)]
    struct Noon;
    impl meterport_core::Clock for Noon {
        fn now(&self) -> Instant {
            Instant::now()
        }
        fn wall(&self) -> meterport_core::Timestamp {
            meterport_core::Timestamp::from_secs(1_445_412_480)
        }
    }
    let collector = FakeCollector::start();
    let date = "Wed, 21 Oct 2015 07:29:00 GMT";
    collector.script([Response::new(503).header("retry-after", date).into()]);
    let exporter = exporter(&collector).clock(std::sync::Arc::new(Noon)).build().unwrap();
    let error = export(&exporter, &batch()).await.unwrap_err();
    assert_eq!(error.advice(), RetryAdvice::After(Duration::from_secs(60)));
}

#[tokio::test]
async fn the_servers_words_are_in_the_error() {
    let status = rpc::Status::new(3, "no such tenant");
    let error = reply(Response::new(400).rpc(status)).await.unwrap_err();
    assert_eq!(error.message(), "no such tenant");
    assert!(error.to_string().contains("rejected: HTTP 400: no such tenant"), "{error}");
    let text = Response::new(403).header("content-type", "text/plain").body("who\r\nare you");
    assert_eq!(reply(text).await.unwrap_err().message(), "who  are you");
}

#[tokio::test]
async fn a_partial_success_is_a_success_with_rejected_points() {
    let partial =
        |rejected, message: &str| Reply::PartialSuccess { rejected, message: message.into() };
    let table = [
        (partial(1, "too old"), (2, 1), Some("too old")),
        (partial(0, "deprecated"), (3, 0), Some("deprecated")),
        (partial(99, "liar"), (0, 3), Some("liar")),
        (partial(-5, "liar"), (3, 0), Some("liar")),
        (partial(0, ""), (3, 0), None),
    ];
    for (answer, books, message) in table {
        let what = format!("{answer:?}");
        let outcome = reply(answer).await.unwrap();
        assert_eq!((outcome.delivered, outcome.rejected), books, "{what}");
        assert_eq!(outcome.points(), POINTS, "{what}");
        if let Some(message) = message {
            assert!(outcome.message.unwrap().contains(message), "{what}");
        }
    }
}

#[tokio::test]
async fn a_success_with_a_foreign_body_is_not_sent_again() {
    for garbage in [Garbage::Html, Garbage::Truncated] {
        let outcome = reply(Reply::Garbage(garbage)).await.unwrap();
        assert_eq!((outcome.delivered, outcome.unverified), (POINTS, POINTS));
        assert!(outcome.message.is_some());
    }
}

#[tokio::test]
async fn what_breaks_on_the_way_may_be_sent_again_and_may_have_arrived() {
    for fault in [Reply::ResetBeforeReply, Reply::ResetAfter(5), Reply::Garbage(Garbage::NotHttp)] {
        let what = format!("{fault:?}");
        let error = reply(fault).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{what}: {error:?}");
        assert_eq!(error.advice(), RetryAdvice::Backoff, "{what}");
        assert!(error.is_unconfirmed(), "{what}");
    }
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_neither_read_nor_asked_for_again() {
    for declared in [true, false] {
        let error = reply(Reply::Oversized { declared }).await.unwrap_err();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Response, RetryAdvice::Never));
        assert!(error.is_unconfirmed());
    }
    let error = reply(Reply::Bomb(meterport_testkit::Encoding::Gzip)).await.unwrap_err();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Response, RetryAdvice::Never));
}

#[tokio::test]
async fn a_request_beyond_the_limit_is_not_sent() {
    let collector = FakeCollector::start();
    let size = to_proto_len(&batch());
    let exporter = exporter(&collector).request_limit(size - 1).build().unwrap();
    let error = export(&exporter, &batch()).await.unwrap_err();
    let kind = ErrorKind::TooLarge { size, limit: Some(size - 1) };
    assert_eq!((error.kind(), error.advice()), (kind, RetryAdvice::Never));
    assert_eq!(collector.requests().len(), 0);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_carries_nothing_away() {
    let other = FakeCollector::start();
    let collector = FakeCollector::start();
    for status in [301, 302, 303, 307, 308] {
        collector.script([Reply::Redirect { status, location: other.url() }]);
        let exporter = exporter(&collector).header("api-key", "secret").build().unwrap();
        let error = export(&exporter, &batch()).await.unwrap_err();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Rejected, RetryAdvice::Never));
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn headers_and_the_user_agent_go_with_every_request() {
    let collector = FakeCollector::start();
    let exporter = exporter(&collector)
        .header("x-tenant", "a=b, c")
        .user_agent_prefix("my-app/1.2")
        .build()
        .unwrap();
    export(&exporter, &batch()).await.unwrap();
    let requests = collector.requests();
    assert_eq!(requests[0].header("x-tenant"), Some("a=b, c"));
    let agent = requests[0].header("user-agent").unwrap();
    assert!(agent.starts_with("my-app/1.2 OTel-OTLP-Exporter-Rust/"), "{agent}");
}

#[tokio::test(start_paused = true)]
async fn the_exporters_own_timeout_bounds_a_call_without_deadline() {
    let collector = FakeCollector::start();
    collector.default_reply(Reply::Hang);
    let table = [(None, 10), (Some(Duration::from_secs(3)), 3)];
    for (timeout, seconds) in table {
        let mut builder = exporter(&collector);
        if let Some(timeout) = timeout {
            builder = builder.timeout(timeout);
        }
        let exporter = builder.build().unwrap();
        let begin = tokio::time::Instant::now();
        let error = exporter.export(&batch(), Deadline::NONE).await.unwrap_err();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Timeout, RetryAdvice::Backoff));
        assert_eq!(begin.elapsed().as_secs(), seconds);
    }
}
