//! The exporter against a collector that answers as scripted: all codes of gRPC, the limits of
//! the OTLP specification, and what a server can do wrong.

use std::time::{Duration, Instant};

use meterport_core::{
    AttributeSet, Deadline, ErrorKind, ExportError, Gauge, Metric, MetricBatch, MetricExporter,
    Number, NumberPoint, Outcome, ResourceMetrics, RetryAdvice, ScopeMetrics, Status,
};
use meterport_otlp_grpc::{Compression, OtlpGrpcBuilder, OtlpGrpcExporter};
use meterport_testkit::proto::rpc;
use meterport_testkit::{
    Encoding, FakeCollector, Fate, Garbage, GrpcReply, GrpcStatus, Reply, Response, to_proto,
    within,
};

const POINTS: u64 = 3;
const GUARD: Duration = Duration::from_secs(30);

fn batch() -> MetricBatch {
    let point = |id| NumberPoint::new(AttributeSet::from([("id", id)]), Number::I64(id));
    let points = (0..POINTS as i64).map(point).collect();
    let scope = ScopeMetrics::default().with_metric(Metric::new("m", Gauge { points }));
    ResourceMetrics::default().with_scope(scope).into()
}

fn size() -> u64 {
    prost::Message::encoded_len(&to_proto(&batch())) as u64
}

fn exporter(collector: &FakeCollector) -> OtlpGrpcBuilder {
    OtlpGrpcExporter::builder().endpoint(collector.url())
}

async fn export(exporter: &OtlpGrpcExporter) -> Result<Outcome, ExportError> {
    let deadline = Deadline::after(Instant::now(), GUARD);
    within(GUARD, exporter.export(&batch(), deadline)).await
}

/// Exports once to a collector that gives this reply.
async fn reply(reply: impl Into<Reply>) -> Result<Outcome, ExportError> {
    let collector = FakeCollector::start_grpc();
    collector.script([reply.into()]);
    let outcome = export(&exporter(&collector).build().unwrap()).await;
    assert_eq!(collector.violations(), [""; 0]);
    outcome
}

#[tokio::test]
async fn every_code_is_classified_as_the_specification_says() {
    use ErrorKind as K;
    use RetryAdvice as R;
    let later = (K::Unavailable, R::Backoff);
    let never = (K::Rejected, R::Never);
    let told = (K::Throttled, R::After(Duration::from_secs(7)));
    // Without and with RetryInfo.
    let table = [
        (1, later, told),
        (2, never, never),
        (3, never, never),
        (4, (K::Timeout, R::Backoff), told),
        (5, never, never),
        (6, never, never),
        (7, never, never),
        (8, never, told),
        (9, never, never),
        (10, later, told),
        (11, later, told),
        (12, never, never),
        (13, never, never),
        (14, later, told),
        (15, later, told),
        (16, never, never),
        (17, never, never),
    ];
    for (code, without, with) in table {
        let details = rpc::Status::new(code as i32, "").with_retry_delay(7, 0);
        let plain = GrpcStatus::new(code).message("why, für wen");
        for (status, expected) in [(plain.clone(), without), (plain.details(&details), with)] {
            // In trailers alone, and behind a head.
            for status in [status.clone(), status.after_head()] {
                let error = reply(status).await.unwrap_err();
                assert_eq!((error.kind(), error.advice()), expected, "{code}");
                assert_eq!(error.status(), Some(Status::Grpc(code)), "{code}");
                assert!(error.message().ends_with(": why, für wen"), "{error}");
                assert!(error.rest().is_none(), "all of the batch is owed: {code}");
                let settled = error.settled();
                assert_eq!((settled.attempts, settled.raw_bytes), (1, size()), "{code}");
            }
        }
    }
    let ok = GrpcStatus::new(0).after_head();
    let outcome = reply(ok).await.unwrap();
    assert_eq!((outcome.delivered, outcome.unverified), (POINTS, POINTS), "no message");
}

#[tokio::test]
async fn what_is_too_large_for_the_receiver_is_not_sent_again() {
    let too_large = ErrorKind::TooLarge { size: size(), limit: None };
    let table = [
        (8, "grpc: received message larger than max (5242880 vs. 4194304)"),
        (
            11,
            "Error, decoded message length too large: found 5242880 bytes, the limit is: 4194304 \
             bytes",
        ),
        (8, "gRPC message exceeds maximum size 4194304: 5242880"),
    ];
    for (code, words) in table {
        let error = reply(GrpcStatus::new(code).message(words)).await.unwrap_err();
        assert_eq!((error.kind(), error.advice()), (too_large, RetryAdvice::Never), "{words}");
    }
}

#[tokio::test]
async fn statuses_that_are_none_are_unknown_and_details_may_be_padded_or_garbage() {
    for text in ["x", "-1", "", "99999999999999"] {
        let status = GrpcStatus::new(0).metadata("grpc-status", text);
        let error = reply(status).await.unwrap_err();
        assert_eq!(error.status(), Some(Status::Grpc(2)), "{text:?}");
    }
    // A google.rpc.Status of code 8 and message "no", with the padding that should be left out.
    let details = GrpcStatus::new(8).metadata("grpc-status-details-bin", "CAgSAm5vGgA=");
    assert!(reply(details).await.unwrap_err().message().ends_with(": no"));
    let garbage = GrpcStatus::new(8)
        .metadata("grpc-status-details-bin", "?!")
        .metadata("grpc-message", "%zz%");
    assert_eq!(reply(garbage).await.unwrap_err().message(), "RESOURCE_EXHAUSTED: %zz%");
}

#[tokio::test]
async fn a_partial_success_is_a_success_with_rejected_points() {
    let partial =
        |rejected, message: &str| Reply::PartialSuccess { rejected, message: message.into() };
    let table = [
        (partial(1, "too old"), (2, 1), "too old"),
        (partial(0, "deprecated"), (3, 0), "deprecated"),
        (partial(99, "liar"), (0, 3), "liar"),
        (partial(-5, "liar"), (3, 0), "liar"),
        (partial(0, ""), (3, 0), ""),
    ];
    for (answer, books, message) in table {
        let what = format!("{answer:?}");
        let outcome = reply(answer).await.unwrap();
        assert_eq!((outcome.delivered, outcome.rejected), books, "{what}");
        assert_eq!(outcome.unverified, 0, "{what}");
        assert_eq!(outcome.message.as_deref().unwrap_or_default(), message, "{what}");
    }
}

#[tokio::test]
async fn a_success_whose_message_cannot_be_read_is_unverified_and_not_sent_again() {
    let frames: [&'static [u8]; 6] = [
        b"",
        b"\0\0\0",
        b"\xff\0\0\0\0",
        b"\0\0\0\0\x09x",
        b"\x01\0\0\0\x01x",
        b"\0\0\0\0\0\0\0\0\0\0",
    ];
    let replies = frames.map(|frames| Reply::Grpc(GrpcReply::Frames(frames.into())));
    for answer in replies.into_iter().chain([Reply::Garbage(Garbage::Truncated)]) {
        let what = format!("{answer:?}");
        let outcome = reply(answer).await.unwrap();
        assert_eq!((outcome.delivered, outcome.unverified), (POINTS, POINTS), "{what}");
        assert!(outcome.message.is_some(), "{what}");
    }
}

#[tokio::test]
async fn compressed_answers_are_read_as_far_as_compiled_in() {
    for (encoding, codec) in
        [(Encoding::Gzip, Compression::GZIP), (Encoding::Zstd, Compression::ZSTD)]
    {
        let compiled = codec.available().is_ok();
        let outcome = reply(GrpcReply::Compressed(encoding)).await.unwrap();
        assert_eq!((outcome.delivered, outcome.unverified == 0), (POINTS, compiled));
        if compiled {
            let error = reply(Reply::Bomb(encoding)).await.unwrap_err();
            assert_eq!((error.kind(), error.advice()), (ErrorKind::Response, RetryAdvice::Never));
            assert!(error.is_unconfirmed() && error.message().contains("4194304"), "{error}");
        }
    }
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_neither_read_nor_asked_for_again() {
    for declared in [true, false] {
        let error = reply(Reply::Oversized { declared }).await.unwrap_err();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Response, RetryAdvice::Never));
        assert!(error.is_unconfirmed());
    }
    let error = reply(Reply::HugeHeaders { count: 1000, bytes: 100 }).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.advice()),
        (ErrorKind::Response, RetryAdvice::Never),
        "{error:?}"
    );
}

#[tokio::test]
async fn without_a_status_it_was_something_else_that_answered() {
    use ErrorKind as K;
    use RetryAdvice as R;
    let after = R::After(Duration::from_secs(7));
    let too_large = K::TooLarge { size: size(), limit: None };
    let table = [
        (
            Response::new(200).header("content-type", "text/html").body("<html>"),
            K::Response,
            R::Never,
        ),
        (Response::new(401), K::Rejected, R::Never),
        (Response::new(403), K::Rejected, R::Never),
        (Response::new(404), K::Rejected, R::Never),
        (Response::new(413), too_large, R::Never),
        (Response::new(429), K::Throttled, R::Backoff),
        (Response::new(429).header("retry-after", "7"), K::Throttled, after),
        (Response::new(500), K::Rejected, R::Never),
        (Response::new(502).body("bad gateway"), K::Unavailable, R::Backoff),
        (Response::new(503).header("retry-after", "7"), K::Throttled, after),
        (Response::new(503), K::Unavailable, R::Backoff),
        (Response::new(504), K::Unavailable, R::Backoff),
    ];
    for (response, kind, advice) in table {
        let what = format!("{response:?}");
        let code = response.code;
        let error = reply(response).await.unwrap_err();
        assert_eq!((error.kind(), error.advice()), (kind, advice), "{what}");
        assert_eq!(error.status(), Some(Status::Http(code)), "{what}");
        assert!(!error.is_unconfirmed(), "{what}");
    }
    let html = reply(Reply::Garbage(Garbage::Html)).await.unwrap_err();
    assert!(html.message().contains("text/html"), "{html}");
    for trailers in [false, true] {
        let error = reply(GrpcReply::WithoutStatus { trailers }).await.unwrap_err();
        assert_eq!((error.kind(), error.advice()), (K::Response, R::Never));
        assert!(error.is_unconfirmed(), "it was a receiver's answer as far as it went");
    }
}

#[tokio::test]
async fn what_breaks_on_the_way_may_be_sent_again_and_may_have_arrived() {
    // Every code of RFC 9113 but REFUSED_STREAM.
    let resets = (0..=13).filter(|code| *code != 7).map(GrpcReply::Reset);
    let others = [
        GrpcReply::ResetMidway(2),
        GrpcReply::NotHttp2,
        GrpcReply::GoAway { code: 0, request: Fate::Lost },
        GrpcReply::GoAway { code: 11, request: Fate::Lost },
    ];
    let plain = [Reply::ResetBeforeReply, Reply::ResetAfter(5), Reply::Garbage(Garbage::NotHttp)];
    for fault in resets.chain(others).map(Reply::Grpc).chain(plain) {
        let what = format!("{fault:?}");
        let error = reply(fault).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{what}: {error:?}");
        assert_eq!(error.advice(), RetryAdvice::Backoff, "{what}");
        assert!(error.is_unconfirmed(), "{what}");
        assert_eq!(error.settled().attempts, 1, "{what}");
    }
}

#[tokio::test]
async fn what_was_not_looked_at_is_sent_again_at_once_and_then_left_to_others() {
    let unseen = [
        GrpcReply::Reset(7),
        GrpcReply::GoAway { code: 0, request: Fate::Unprocessed },
        GrpcReply::GoAway { code: 11, request: Fate::Unprocessed },
    ];
    for fault in unseen {
        let what = format!("{fault:?}");
        let collector = FakeCollector::start_grpc();
        let exporter = exporter(&collector).build().unwrap();
        collector.script([fault.clone().into()]);
        let outcome = export(&exporter).await.unwrap();
        assert_eq!((outcome.delivered, outcome.attempts), (POINTS, 1), "{what}");
        assert_eq!(collector.accepted_points(), POINTS, "{what}");

        collector.script([fault.clone().into(), fault.into()]);
        let error = export(&exporter).await.unwrap_err();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Unavailable, RetryAdvice::Backoff));
        assert!(!error.is_unconfirmed(), "{what}");
        assert!(export(&exporter).await.is_ok(), "{what}");
        assert_eq!(collector.accepted_points(), 2 * POINTS, "{what}");
    }
}

#[tokio::test]
async fn a_graceful_end_and_a_restart_lose_nothing() {
    let collector = FakeCollector::start_grpc();
    let exporter = exporter(&collector).build().unwrap();
    collector.script([GrpcReply::GoAway { code: 0, request: Fate::Answered }.into()]);
    assert!(export(&exporter).await.is_ok());
    assert!(export(&exporter).await.is_ok());
    collector.script([Reply::CloseAfterReply]);
    assert!(export(&exporter).await.is_ok());
    for _ in 0..3 {
        // A connection that ends without a word may be used once more before that is seen.
        if let Err(error) = export(&exporter).await {
            assert_eq!(error.advice(), RetryAdvice::Backoff);
            assert!(export(&exporter).await.is_ok());
        }
        collector.refuse();
        let error = export(&exporter).await.unwrap_err();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Connect, RetryAdvice::Backoff));
        assert!(!error.is_unconfirmed());
        collector.resume();
    }
    assert!(export(&exporter).await.is_ok());
    let delivered = 3 + 3 + 1;
    assert_eq!(collector.accepted_points(), delivered * POINTS);
    assert_eq!(collector.requests().len() as u64, delivered, "and nothing twice");
}

#[tokio::test]
async fn an_address_of_otlp_over_http_is_told() {
    let http = FakeCollector::start();
    let exporter = OtlpGrpcExporter::builder().endpoint(http.url()).build().unwrap();
    let error = export(&exporter).await.unwrap_err();
    assert_eq!(error.advice(), RetryAdvice::Backoff);
    assert!(error.message().contains("does not speak HTTP/2"), "{error}");
}

#[tokio::test]
async fn metadata_the_timeout_and_the_user_agent_go_with_every_call() {
    let collector = FakeCollector::start_grpc();
    let exporter = exporter(&collector)
        .header("Api-Key", "secret")
        .header("x-text-bin", "ä")
        .binary_header("x-bytes-bin", [0, 255])
        .user_agent_prefix("my-app/1.2")
        .build()
        .unwrap();
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(5));
    assert!(exporter.export(&batch(), deadline).await.is_ok());
    let received = &collector.requests()[0];
    assert_eq!(received.header("api-key"), Some("secret"));
    assert_eq!(received.header("x-text-bin"), Some("w6Q"));
    assert_eq!(received.header("x-bytes-bin"), Some("AP8"));
    let agent = received.header("user-agent").unwrap();
    let own = concat!("my-app/1.2 OTel-OTLP-Exporter-Rust/", env!("CARGO_PKG_VERSION"));
    assert!(agent.starts_with(own), "{agent}");
    let timeout = received.header("grpc-timeout").unwrap();
    let micros: u64 = timeout.strip_suffix('u').unwrap().parse().unwrap();
    assert!((1_000_000..=5_000_000).contains(&micros), "{timeout}");
    assert_eq!(collector.violations(), [""; 0]);
}

#[tokio::test]
async fn requests_beyond_the_limit_are_not_sent() {
    let collector = FakeCollector::start_grpc();
    let exporter = exporter(&collector).request_limit(size() - 1).build().unwrap();
    let error = export(&exporter).await.unwrap_err();
    let kind = ErrorKind::TooLarge { size: size(), limit: Some(size() - 1) };
    assert_eq!((error.kind(), error.advice()), (kind, RetryAdvice::Never));
    assert_eq!(collector.connections(), 0);
}

#[test]
fn its_component_and_preferences_are_told() {
    use meterport_core::{InstrumentKind, Temporality, TemporalitySelector};
    let exporter = OtlpGrpcExporter::builder()
        .name("otlp_grpc_metric_exporter/0")
        .temporality(TemporalitySelector::Delta)
        .build()
        .unwrap();
    let text = exporter.component().to_string();
    assert!(
        text.contains("otlp_grpc_metric_exporter") && text.contains("localhost:4317"),
        "{text}"
    );
    assert_eq!(exporter.temporality(InstrumentKind::Counter), Temporality::Delta);
    assert_eq!(exporter.temporality(InstrumentKind::UpDownCounter), Temporality::Cumulative);
}
