use super::{OtlpBuilder, grpc, http};
use crate::{OtlpExporter, Protocol};
use meterport_core::{MetricExporter, Variables};

/// The type of what is built, or the error.
fn built(builder: OtlpBuilder) -> String {
    match builder.build() {
        Ok(exporter) => exporter.component().kind.to_string(),
        Err(error) => error.to_string(),
    }
}

/// Whatever is compiled in: this runs with all features, and with none.
#[test]
fn what_is_not_compiled_in_is_named() {
    let default = match (http::IS_COMPILED, grpc::IS_COMPILED) {
        (true, _) => "otlp_http_metric_exporter",
        (false, true) => "otlp_grpc_metric_exporter",
        (false, false) => {
            "protocol: OTLP over HTTP is not compiled in: enable the feature `otlp-http`"
        }
    };
    assert_eq!(built(OtlpExporter::builder()), default);
    let name = "OTEL_EXPORTER_OTLP_PROTOCOL";
    let table = [
        ("grpc", Protocol::Grpc, grpc::IS_COMPILED, "gRPC", "otlp-grpc"),
        ("http/json", Protocol::HttpJson, http::IS_COMPILED, "HTTP", "otlp-http"),
        ("http/protobuf", Protocol::HttpProtobuf, http::IS_COMPILED, "HTTP", "otlp-http"),
    ];
    for (value, protocol, is_compiled, over, feature) in table {
        let lookup = |asked: &str| (asked == name).then(|| value.into());
        let by_env = OtlpExporter::builder().with_variables(&Variables::new(&lookup));
        let by_env = built(by_env.unwrap_or_default());
        let by_code = built(OtlpExporter::builder().protocol(protocol));
        let missing =
            format!("OTLP over {over} is not compiled in: enable the feature `{feature}`");
        assert_eq!(by_env == format!("{name}: {missing}"), !is_compiled, "{by_env}");
        assert_eq!(by_code == format!("protocol: {missing}"), !is_compiled, "{by_code}");
    }
}
