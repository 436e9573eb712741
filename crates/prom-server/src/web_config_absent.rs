//! Stands in for `web-config.yml` where it is not compiled in.

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::sync::Arc;

use http::{HeaderMap, Response};
use meterport_core::ConfigError;
use meterport_prom_pull::PageBody;

use crate::listen::Stream;

/// There is none.
#[derive(Debug)]
pub(crate) struct WebConfig(Infallible);

impl WebConfig {
    pub(crate) fn open(_: &Path) -> Result<Self, ConfigError> {
        let text = "is not compiled in: enable the feature `web-config`";
        Err(ConfigError::new("web_config", text))
    }

    pub(crate) async fn secure(
        self: &Arc<Self>,
        _: Box<dyn Stream>,
    ) -> io::Result<Box<dyn Stream>> {
        match self.0 {}
    }

    pub(crate) async fn refusal(self: &Arc<Self>, _: &HeaderMap) -> Option<Response<PageBody>> {
        match self.0 {}
    }

    pub(crate) async fn adorn(self: &Arc<Self>, _: &mut Response<PageBody>) {
        match self.0 {}
    }
}
