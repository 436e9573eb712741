use meterport_core::{ConfigError, MetricExporter, Variables};
use meterport_otlp::PROTOCOL_VARIABLES;
use meterport_otlp_grpc::{OtlpGrpcBuilder, OtlpGrpcExporter};

use super::setting::{Setting, apply};
use crate::OtlpBuilder;

pub(super) const IS_COMPILED: bool = true;

/// OTLP over gRPC, as far as it has been described.
#[derive(Debug)]
pub(super) struct Grpc(OtlpGrpcBuilder);

impl Default for Grpc {
    fn default() -> Self {
        Self(OtlpGrpcExporter::builder())
    }
}

impl Grpc {
    pub(super) fn set(self, setting: Setting) -> Self {
        Self(apply!(self.0, setting))
    }

    /// All variables but that of the protocol: it is gRPC if this is built, and what the code says
    /// of it counts more.
    pub(super) fn read(self, variables: &Variables<'_>) -> Result<Self, ConfigError> {
        let others = |name: &str| match PROTOCOL_VARIABLES.contains(&name) {
            true => None,
            false => variables.get(name),
        };
        self.0.with_variables(&Variables::new(&others)).map(Self)
    }

    pub(super) fn build(self, _: &str) -> Result<Box<dyn MetricExporter>, ConfigError> {
        Ok(Box::new(self.0.build()?))
    }
}

impl OtlpBuilder {
    /// Settings that gRPC alone has, such as a resolver, or keepalive. They count if the protocol
    /// turns out to be gRPC.
    #[must_use]
    pub fn grpc(mut self, set: impl FnOnce(OtlpGrpcBuilder) -> OtlpGrpcBuilder) -> Self {
        self.grpc = Grpc(set(self.grpc.0));
        self
    }
}
