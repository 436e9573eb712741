//! Stands in for HTTP/2 where it is not compiled in.

use hyper_util::client::legacy::Builder;
use meterport_core::ConfigError;

#[allow(clippy::needless_pass_by_ref_mut, reason = "the signature of the module it stands for")]
pub(crate) fn configure(_: &mut Builder) -> Result<(), ConfigError> {
    Err(ConfigError::new("http2", "is not compiled in: enable the Cargo feature `http2`"))
}
