//! The facade: the protocol said in code, what is not compiled in, and what it passes on.

use std::time::Duration;

use meterport_config::{OtlpBuilder, OtlpExporter, Protocol, RetryPolicy};
use meterport_core::{ConfigError, Deadline, MetricExporter, Variables};
use meterport_testkit::conformance::tagged;
use meterport_testkit::{FakeCollector, Response};

fn built(set: impl FnOnce(OtlpBuilder) -> OtlpBuilder, protocol: &str) -> String {
    let lookup = |name: &str| {
        (name == "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL").then(|| protocol.to_owned().into())
    };
    let builder = set(OtlpExporter::builder()).with_variables(&Variables::new(&lookup));
    match builder.and_then(OtlpBuilder::build) {
        Ok(exporter) => exporter.component().kind.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn code_counts_more_than_a_variable() {
    let said = |protocol| move |builder: OtlpBuilder| builder.protocol(protocol);
    assert_eq!(built(said(Protocol::HttpJson), "http/protobuf"), "otlp_http_json_metric_exporter");
    assert_eq!(built(said(Protocol::HttpProtobuf), "grpc"), "otlp_http_metric_exporter");
    let expected = match cfg!(feature = "otlp-grpc") {
        true => "otlp_grpc_metric_exporter",
        false => "protocol: OTLP over gRPC is not compiled in: enable the feature `otlp-grpc`",
    };
    assert_eq!(built(said(Protocol::Grpc), "http/json"), expected);
}

#[test]
fn no_secret_shows() -> Result<(), ConfigError> {
    let builder =
        OtlpExporter::builder().header("api-key", "s3cr3t").endpoint("http://c/?k=s3cr3t");
    assert!(!format!("{builder:?}").contains("s3cr3t"), "{builder:?}");
    let exporter = builder.build()?;
    assert!(!format!("{exporter:?}").contains("s3cr3t"), "{exporter:?}");
    let stack = "Logging(Split(Timeout(Retry(Timeout(OtlpHttpExporter";
    assert!(format!("{exporter:?}").starts_with(stack), "{exporter:?}");
    Ok(())
}

/// An exporter to a collector that cannot take the first request, with pauses a test can wait for.
fn to_busy(collector: &FakeCollector) -> OtlpBuilder {
    collector.script([Response::new(503).into()]);
    let retry = RetryPolicy::default().with_initial_interval(Duration::from_millis(1));
    OtlpExporter::builder()
        .endpoint(collector.url())
        .reliability(|parts| parts.with_retry(retry).with_max_points(4))
}

#[tokio::test]
async fn what_is_built_sends_in_pieces_and_again() -> Result<(), ConfigError> {
    let collector = FakeCollector::start();
    let exporter = to_busy(&collector).build()?;
    let books = exporter.export(&tagged("reliable", 10), Deadline::NONE).await.unwrap();
    assert_eq!((books.delivered, books.attempts), (10, 4));
    assert_eq!(collector.accepted_points(), 10);
    Ok(())
}

#[tokio::test]
async fn a_transport_alone_sends_once() -> Result<(), ConfigError> {
    let collector = FakeCollector::start();
    let transport = to_busy(&collector).build_transport()?;
    let error = transport.export(&tagged("bare", 10), Deadline::NONE).await.unwrap_err();
    assert_eq!((error.settled().attempts, collector.requests().len()), (1, 1));
    assert!(format!("{transport:?}").starts_with("OtlpHttpExporter"), "{transport:?}");
    Ok(())
}

/// The limit of an export with its retries, said in each way.
#[test]
fn code_says_the_limit_before_the_environment() -> Result<(), ConfigError> {
    let lookup =
        |name: &str| (name == "OTEL_EXPORTER_OTLP_TIMEOUT").then(|| "7000".to_owned().into());
    let seconds = Duration::from_secs;
    let built = |builder: OtlpBuilder| -> Result<String, ConfigError> {
        Ok(format!("{:?}", builder.with_variables(&Variables::new(&lookup))?.build()?))
    };
    let default = || OtlpExporter::builder();
    let table = [
        (default(), "7s"),
        (default().timeout(seconds(3)), "3s"),
        (default().reliability(|parts| parts.with_timeout(seconds(4))), "4s"),
        (default().reliability(|parts| parts.with_max_points(1)), "7s"),
        (default().timeout(seconds(3)).reliability(|parts| parts.with_max_points(1)), "3s"),
        (default().reliability(|parts| parts.with_timeout(seconds(4))).timeout(seconds(3)), "3s"),
    ];
    for (builder, limit) in table {
        let stack = built(builder)?;
        assert!(stack.contains(&format!("}}), {limit}), ")), "{limit}: {stack}");
    }
    Ok(())
}
