use std::path::PathBuf;

use meterport_core::ConfigError;

use super::credential::{AUTHORIZATION, Credential, Form, hook_by_credential};

/// A bearer token (RFC 6750) that does not change, or that stands in a file.
///
/// One that expires comes from a [`TokenSource`](super::TokenSource).
///
/// ```
/// use meterport_net::auth::Bearer;
///
/// let token = Bearer::new("s3cr3t").unwrap();
/// assert!(!format!("{token:?}").contains("s3cr3t"));
/// assert!(Bearer::from_file("/no/such/file").is_err());
/// ```
#[derive(Debug)]
pub struct Bearer(Credential);

impl Bearer {
    /// Sends `token`.
    ///
    /// # Errors
    /// It is empty, or has a control character.
    pub fn new(token: &str) -> Result<Self, ConfigError> {
        Credential::fixed(AUTHORIZATION, Form::Scheme("Bearer".into()), token).map(Self)
    }

    /// Sends what stands in a file, such as a token that an orchestrator mounts and rotates.
    ///
    /// The file is read now, and again for every attempt; blanks and line ends around the token do
    /// not count. While it cannot be read, or is empty, what stood there last is sent, until the
    /// server refuses that: then the attempt fails and says why. A refusal leads to one more
    /// attempt if the file has changed.
    ///
    /// # Errors
    /// The file cannot be read, is no regular file, is larger than 64 KiB, or holds no token; the
    /// text names it and the cause.
    pub fn from_file(path: impl Into<PathBuf>) -> Result<Self, ConfigError> {
        Credential::in_file(AUTHORIZATION, Form::Scheme("Bearer".into()), path.into()).map(Self)
    }
}

hook_by_credential!(Bearer);
