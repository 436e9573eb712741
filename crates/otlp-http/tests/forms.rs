//! Every format and compression, in code and by the environment.

use meterport_core::{Deadline, ErrorKind, MetricExporter, RetryAdvice};
use meterport_otlp_http::{Compression, Format, OtlpHttpBuilder, OtlpHttpExporter};
use meterport_testkit::strategy::{self, Numbers};
use meterport_testkit::workload::Workload;
use meterport_testkit::{FakeCollector, to_proto};

#[tokio::test]
async fn what_arrives_is_what_was_sent_in_every_form() {
    let compressions = [Compression::Identity, Compression::GZIP, Compression::ZSTD];
    for format in [Format::Protobuf, Format::Json] {
        for compression in compressions {
            let collector = FakeCollector::start();
            let builder = OtlpHttpExporter::builder()
                .endpoint(collector.url())
                .format(format)
                .compression(compression);
            let exporter = builder.build().unwrap();
            let mut expected = Vec::new();
            let batches = strategy::batches(Numbers::Finite, 20, 9);
            for batch in batches.chain([Workload::mixed(500).batch(0)]) {
                if batch.is_empty() {
                    continue;
                }
                let outcome = exporter.export(&batch, Deadline::NONE).await.unwrap();
                assert_eq!((outcome.delivered, outcome.attempts), (batch.points(), 1));
                expected.push((to_proto(&batch), outcome.wire_bytes, outcome.raw_bytes));
            }
            let requests = collector.requests();
            assert_eq!(requests.len(), expected.len());
            for (received, (request, wire, raw)) in requests.iter().zip(&expected) {
                assert!(received.request.as_ref().unwrap() == request, "{format} {compression}");
                assert_eq!((received.wire_bytes, received.raw_bytes), (*wire, *raw));
                assert_eq!(received.path, "/v1/metrics");
                assert_eq!(received.header("content-type"), Some(format.content_type()));
                assert_eq!(received.header("content-encoding"), compression.content_encoding());
            }
            assert_eq!(collector.connections(), 1, "the connection is kept");
        }
    }
}

#[tokio::test]
async fn a_limit_is_one_on_the_bytes_before_compression() {
    let batch = Workload::mixed(100).batch(0);
    for format in [Format::Protobuf, Format::Json] {
        for compression in [Compression::Identity, Compression::GZIP, Compression::ZSTD] {
            let collector = FakeCollector::start();
            let export = async |limit: u64| {
                let builder = OtlpHttpExporter::builder().endpoint(collector.url());
                let builder = builder.format(format).compression(compression).request_limit(limit);
                builder.build().unwrap().export(&batch, Deadline::NONE).await
            };
            let size = export(u64::MAX).await.unwrap().raw_bytes;
            assert!(export(size).await.is_ok());
            let error = export(size - 1).await.unwrap_err();
            let kind = ErrorKind::TooLarge { size, limit: Some(size - 1) };
            assert_eq!((error.kind(), error.advice()), (kind, RetryAdvice::Never));
            assert_eq!(collector.requests().len(), 2);
        }
    }
}

#[test]
fn environment_and_code_meet_as_the_specification_says() {
    let build = |set: fn(OtlpHttpBuilder) -> OtlpHttpBuilder, variables: &[(&str, &str)]| {
        let lookup = |name: &str| variables.iter().find(|v| v.0 == name).map(|v| v.1.into());
        let variables = meterport_core::Variables::new(&lookup);
        let built = set(OtlpHttpExporter::builder()).with_variables(&variables);
        built.and_then(OtlpHttpBuilder::build).map(|exporter| format!("{exporter:?}"))
    };
    let protocol = "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL";
    let debug =
        build(|b| b, &[(protocol, "http/json"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "0")]).unwrap();
    assert!(debug.contains("Json") && debug.contains("timeout: None"), "{debug}");
    let code = build(|b| b.format(Format::Protobuf), &[(protocol, "http/json")]).unwrap();
    assert!(code.contains("format: Protobuf"), "{code}");
    let error = build(|b| b, &[(protocol, "grpc")]).unwrap_err();
    assert!(error.to_string().starts_with(protocol), "{error}");
    let name = "OTEL_EXPORTER_OTLP_HEADERS";
    let error = build(|b| b, &[(name, "content-type=s3cr3t")]).unwrap_err().to_string();
    assert!(error.starts_with(name) && !error.contains("s3cr3t"), "{error}");
    let secret = build(|b| b, &[("OTEL_EXPORTER_OTLP_HEADERS", "api-key=s3cr3t")]).unwrap();
    assert!(!secret.contains("s3cr3t"), "{secret}");
}
