use std::path::PathBuf;

use meterport_core::ConfigError;

use super::credential::{AUTHORIZATION, Credential, Form, hook_by_credential};

/// A user and a password (RFC 7617), as UTF-8.
///
/// ```
/// use meterport_net::auth::Basic;
///
/// let basic = Basic::new("Aladdin", "open sesame").unwrap();
/// assert!(!format!("{basic:?}").contains("sesame"));
/// assert!(Basic::new("a:b", "").is_err());
/// ```
#[derive(Debug)]
pub struct Basic(Credential);

impl Basic {
    /// Sends the user and the password, which may be empty.
    ///
    /// # Errors
    /// The user has a colon, or one of them a control character (RFC 7617, section 2).
    pub fn new(user: &str, password: &str) -> Result<Self, ConfigError> {
        Credential::fixed(AUTHORIZATION, form(user)?, password).map(Self)
    }

    /// As [`new`](Self::new), with the password from a file, which is read again for every
    /// attempt; see [`Bearer::from_file`](super::Bearer::from_file).
    ///
    /// # Errors
    /// As [`new`](Self::new), or the file cannot be read or used; the text names it.
    pub fn with_password_file(user: &str, path: impl Into<PathBuf>) -> Result<Self, ConfigError> {
        Credential::in_file(AUTHORIZATION, form(user)?, path.into()).map(Self)
    }
}

fn form(user: &str) -> Result<Form, ConfigError> {
    if user.contains(':') || user.chars().any(char::is_control) {
        return Err(ConfigError::new("user", "has a colon or a control character"));
    }
    Ok(Form::Basic { user: user.into() })
}

hook_by_credential!(Basic);
