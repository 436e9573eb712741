//! Every compression, in code and by the environment; and the bytes that are shared.

use meterport_core::{Deadline, ErrorKind, MetricExporter, RetryAdvice};
use meterport_otlp_grpc::{Compression, OtlpGrpcBuilder, OtlpGrpcExporter};
use meterport_testkit::strategy::{self, Numbers};
use meterport_testkit::workload::Workload;
use meterport_testkit::{FakeCollector, to_proto};

const ALL: [Compression; 3] = [Compression::Identity, Compression::GZIP, Compression::ZSTD];

#[tokio::test]
async fn what_arrives_is_what_was_sent_in_every_form() {
    for compression in ALL {
        let collector = FakeCollector::start_grpc();
        let builder =
            OtlpGrpcExporter::builder().endpoint(collector.url()).compression(compression);
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
            assert!(received.request.as_ref().unwrap() == request, "{compression}");
            assert_eq!((received.wire_bytes, received.raw_bytes), (*wire, *raw));
            assert_eq!(received.header("content-type"), Some("application/grpc"));
            assert_eq!(received.header("grpc-encoding"), compression.content_encoding());
            assert_eq!(received.header("grpc-accept-encoding"), Some("gzip,zstd,identity"));
        }
        assert_eq!(collector.violations(), [""; 0]);
        assert_eq!(collector.connections(), 1, "the connection is kept");
    }
}

#[tokio::test]
async fn a_limit_is_one_on_the_bytes_before_compression() {
    let batch = Workload::mixed(100).batch(0);
    for compression in ALL {
        let collector = FakeCollector::start_grpc();
        let export = async |limit: u64| {
            let builder = OtlpGrpcExporter::builder().endpoint(collector.url());
            let builder = builder.compression(compression).request_limit(limit);
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

#[test]
fn environment_and_code_meet_as_the_specification_says() {
    let build = |set: fn(OtlpGrpcBuilder) -> OtlpGrpcBuilder, variables: &[(&str, &str)]| {
        let lookup = |name: &str| variables.iter().find(|v| v.0 == name).map(|v| v.1.into());
        let variables = meterport_core::Variables::new(&lookup);
        let built = set(OtlpGrpcExporter::builder()).with_variables(&variables);
        built.and_then(OtlpGrpcBuilder::build).map(|exporter| format!("{exporter:?}"))
    };
    let protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    let debug = build(|b| b, &[(protocol, "grpc"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "0")]).unwrap();
    assert!(debug.contains("timeout: None"), "{debug}");
    let compression = "OTEL_EXPORTER_OTLP_COMPRESSION";
    let debug = build(|b| b, &[(compression, "zstd")]).unwrap();
    assert!(debug.contains("Zstd"), "{debug}");
    let code = build(|b| b.compression(Compression::GZIP), &[(compression, "zstd")]).unwrap();
    assert!(code.contains("Gzip"), "{code}");
    for other in ["http/protobuf", "http/json"] {
        let error = build(|b| b, &[(protocol, other)]).unwrap_err();
        assert!(error.to_string().starts_with(protocol), "{error}");
    }
    let name = "OTEL_EXPORTER_OTLP_HEADERS";
    let error = build(|b| b, &[(name, "grpc-timeout=s3cr3t")]).unwrap_err().to_string();
    assert!(error.starts_with(name) && !error.contains("s3cr3t"), "{error}");
    let secret = build(|b| b, &[(name, "api-key=s3cr3t")]).unwrap();
    assert!(!secret.contains("s3cr3t"), "{secret}");
}
