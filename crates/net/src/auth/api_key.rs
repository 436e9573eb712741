use std::path::PathBuf;

use meterport_core::ConfigError;

use super::credential::{Credential, Form, hook_by_credential};

/// A key in a header, as many backends take it: `api-key`, `x-honeycomb-team`, `dd-api-key`.
///
/// ```
/// use meterport_net::auth::ApiKey;
///
/// let key = ApiKey::new("api-key", "s3cr3t").unwrap();
/// assert!(!format!("{key:?}").contains("s3cr3t"));
/// ```
#[derive(Debug)]
pub struct ApiKey(Credential);

impl ApiKey {
    /// Sends `key` in the header `header`.
    ///
    /// # Errors
    /// As [`StaticHeaders::with`](crate::StaticHeaders::with); or the key is empty.
    pub fn new(header: &str, key: &str) -> Result<Self, ConfigError> {
        Credential::fixed(header, Form::Bare, key).map(Self)
    }

    /// Sends what stands in a file, which is read again for every attempt; see
    /// [`Bearer::from_file`](super::Bearer::from_file).
    ///
    /// # Errors
    /// The header is none, or the file cannot be read or used; the text names it.
    pub fn from_file(header: &str, path: impl Into<PathBuf>) -> Result<Self, ConfigError> {
        Credential::in_file(header, Form::Bare, path.into()).map(Self)
    }
}

hook_by_credential!(ApiKey);
