//! The facade: the protocol said in code, what is not compiled in, and what it passes on.

use meterport_config::{OtlpBuilder, OtlpExporter, Protocol};
use meterport_core::{ConfigError, MetricExporter, Variables};

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
    let begin = "Logging(Split(Timeout(Retry(Timeout(OtlpHttpExporter";
    assert!(format!("{exporter:?}").starts_with(begin), "{exporter:?}");
    Ok(())
}
