//! The OTLP metric messages and `google.rpc.Status`, as `prost` generates them.
//!
//! The schema stands in `crates/testkit/proto`: that of opentelemetry-proto, up to `Metric.metadata`
//! and `Resource.entity_refs`, without comments, services and the two string-table fields that belong
//! to profiles alone. To generate anew, compile
//! `metrics_service.proto`, `status.proto` and `error_details.proto` there (with `protox` or
//! `protoc`), give the descriptor set to `prost_build::Config::new()` with
//! `compile_well_known_types()`, and put its output into `generated/`. Building this crate needs
//! neither.

#[allow(missing_docs, unreachable_pub, clippy::all, reason = "generated")]
mod opentelemetry {
    pub mod proto {
        pub mod common {
            pub mod v1 {
                include!("generated/opentelemetry.proto.common.v1.rs");
            }
        }
        pub mod resource {
            pub mod v1 {
                include!("generated/opentelemetry.proto.resource.v1.rs");
            }
        }
        pub mod metrics {
            pub mod v1 {
                include!("generated/opentelemetry.proto.metrics.v1.rs");
            }
        }
        pub mod collector {
            pub mod metrics {
                pub mod v1 {
                    include!("generated/opentelemetry.proto.collector.metrics.v1.rs");
                }
            }
        }
    }
}

#[allow(missing_docs, unreachable_pub, clippy::all, reason = "generated")]
mod google {
    pub mod protobuf {
        include!("generated/google.protobuf.rs");
    }
    pub mod rpc {
        include!("generated/google.rpc.rs");
    }
}

pub use opentelemetry::proto::collector::metrics::v1::*;
pub use opentelemetry::proto::common::v1::*;
pub use opentelemetry::proto::metrics::v1::*;
pub use opentelemetry::proto::resource::v1::*;

/// `google.rpc` and what it needs of `google.protobuf`.
pub mod rpc {
    pub use super::google::protobuf::{Any, Duration};
    pub use super::google::rpc::{RetryInfo, Status};

    use prost::Message;

    impl Status {
        /// A status without details.
        pub fn new(code: i32, message: impl Into<String>) -> Self {
            Self { code, message: message.into(), details: Vec::new() }
        }

        /// The same with a `RetryInfo` among its details.
        #[must_use]
        pub fn with_retry_delay(mut self, seconds: i64, nanos: i32) -> Self {
            let info = RetryInfo { retry_delay: Some(Duration { seconds, nanos }) };
            self.details.push(Any {
                type_url: "type.googleapis.com/google.rpc.RetryInfo".into(),
                value: info.encode_to_vec(),
            });
            self
        }
    }
}

impl Metric {
    /// How many points the metric has, of whichever kind.
    pub fn points(&self) -> usize {
        use metric::Data;
        match &self.data {
            None => 0,
            Some(Data::Gauge(data)) => data.data_points.len(),
            Some(Data::Sum(data)) => data.data_points.len(),
            Some(Data::Histogram(data)) => data.data_points.len(),
            Some(Data::ExponentialHistogram(data)) => data.data_points.len(),
            Some(Data::Summary(data)) => data.data_points.len(),
        }
    }
}

fn count(resources: &[ResourceMetrics]) -> usize {
    let scopes = resources.iter().flat_map(|resource| &resource.scope_metrics);
    scopes.flat_map(|scope| &scope.metrics).map(Metric::points).sum()
}

impl ExportMetricsServiceRequest {
    /// How many points the request has.
    pub fn points(&self) -> usize {
        count(&self.resource_metrics)
    }
}

impl MetricsData {
    /// How many points the data has.
    pub fn points(&self) -> usize {
        count(&self.resource_metrics)
    }
}
