use meterport_core::ConfigError;
use tokio_rustls::rustls::crypto::CryptoProvider;

use super::{Crypto, aws_lc, ring};

/// The cryptography that is asked for; ring's if it is compiled in and nothing is said.
///
/// It is handed to rustls with every configuration, so that neither a process-wide default nor a
/// second provider in the dependency tree plays a part.
pub(super) fn provider(wanted: Option<Crypto>) -> Result<CryptoProvider, ConfigError> {
    let (found, feature) = match wanted {
        Some(Crypto::Ring) => (ring::provider(), "`tls-ring`"),
        Some(Crypto::AwsLc) => (aws_lc::provider(), "`tls-aws-lc`"),
        None => (ring::provider().or_else(aws_lc::provider), "`tls-ring` or `tls-aws-lc`"),
    };
    found.ok_or_else(|| {
        ConfigError::new("crypto", format!("is not compiled in: enable the feature {feature}"))
    })
}
