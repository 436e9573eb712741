//! In place of OTLP over HTTP where it is not compiled in.

use meterport_core::{ConfigError, MetricExporter, Variables};
use meterport_otlp::Protocol;

use super::setting::Setting;

pub(super) const IS_COMPILED: bool = false;

#[derive(Debug, Default)]
pub(super) struct Http;

impl Http {
    pub(super) fn set(self, _: Setting) -> Self {
        self
    }

    pub(super) fn read(self, _: &Variables<'_>) -> Result<Self, ConfigError> {
        Ok(self)
    }

    pub(super) fn build(
        self,
        _: Option<Protocol>,
        setting: &str,
    ) -> Result<Box<dyn MetricExporter>, ConfigError> {
        let problem = "OTLP over HTTP is not compiled in: enable the feature `otlp-http`";
        Err(ConfigError::new(setting, problem))
    }
}
