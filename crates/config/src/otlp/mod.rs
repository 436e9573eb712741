mod builder;
mod exporter;
#[cfg_attr(not(feature = "otlp-grpc"), path = "grpc_absent.rs")]
mod grpc;
#[cfg_attr(not(feature = "otlp-http"), path = "http_absent.rs")]
mod http;
mod setting;
#[cfg(test)]
mod tests;

pub use builder::OtlpBuilder;
pub use exporter::OtlpExporter;
