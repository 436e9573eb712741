//! In place of OTLP over gRPC where it is not compiled in.

use meterport_core::{ConfigError, MetricExporter, Variables};

use super::setting::Setting;

pub(super) const IS_COMPILED: bool = false;

#[derive(Debug, Default)]
pub(super) struct Grpc;

impl Grpc {
    pub(super) fn set(self, _: Setting) -> Self {
        self
    }

    pub(super) fn read(self, _: &Variables<'_>) -> Result<Self, ConfigError> {
        Ok(self)
    }

    pub(super) fn build(self, setting: &str) -> Result<Box<dyn MetricExporter>, ConfigError> {
        let problem = "OTLP over gRPC is not compiled in: enable the feature `otlp-grpc`";
        Err(ConfigError::new(setting, problem))
    }
}
