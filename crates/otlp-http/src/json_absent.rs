//! In place of JSON where it is not compiled in.

use meterport_core::ConfigError;

use crate::wire::MakeBody;

pub(crate) fn body() -> Result<MakeBody, ConfigError> {
    Err(ConfigError::new("format", "JSON is not compiled in: enable the feature `json`"))
}
