use meterport_core::{ConfigError, MetricExporter, Variables};
use meterport_otlp::{Format, Protocol};
use meterport_otlp_http::{OtlpHttpBuilder, OtlpHttpExporter};

use super::setting::{Setting, apply};
use crate::OtlpBuilder;

pub(super) const IS_COMPILED: bool = true;

/// OTLP over HTTP, as far as it has been described.
#[derive(Debug)]
pub(super) struct Http(OtlpHttpBuilder);

impl Default for Http {
    fn default() -> Self {
        Self(OtlpHttpExporter::builder())
    }
}

impl Http {
    pub(super) fn set(self, setting: Setting) -> Self {
        Self(apply!(self.0, setting))
    }

    pub(super) fn read(self, variables: &Variables<'_>) -> Result<Self, ConfigError> {
        self.0.with_variables(variables).map(Self)
    }

    /// `said` is the protocol if it is said in code; the variables are the builder's to read.
    pub(super) fn build(
        self,
        said: Option<Protocol>,
        _: &str,
    ) -> Result<Box<dyn MetricExporter>, ConfigError> {
        let builder = match said {
            Some(Protocol::HttpJson) => self.0.format(Format::Json),
            Some(_) => self.0.format(Format::Protobuf),
            None => self.0,
        };
        Ok(Box::new(builder.build()?))
    }
}

impl OtlpBuilder {
    /// Settings that HTTP alone has, such as a whole URL, HTTP/2, or a service of one's own. They
    /// count if the protocol turns out to be one over HTTP.
    #[must_use]
    pub fn http(mut self, set: impl FnOnce(OtlpHttpBuilder) -> OtlpHttpBuilder) -> Self {
        self.http = Http(set(self.http.0));
        self
    }
}
