use aws_credential_types::Credentials;
use meterport_core::ConfigError;

/// The keys that the variables `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, of temporary ones,
/// `AWS_SESSION_TOKEN` hold. An empty variable is as good as none.
///
/// ```
/// # let none = |_: &str| Some("set".to_owned());
/// let keys = meterport_sigv4::credentials_from(|name| std::env::var(name).ok());
/// # let keys = meterport_sigv4::credentials_from(none);
/// # assert!(keys.is_ok());
/// ```
///
/// # Errors
/// One of the first two is missing; the error names it.
pub fn credentials_from(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Credentials, ConfigError> {
    let value = |name| variable(name).filter(|value| !value.trim().is_empty());
    let needed = |name| value(name).ok_or_else(|| ConfigError::new(name, "is not set"));
    let (id, secret) = (needed("AWS_ACCESS_KEY_ID")?, needed("AWS_SECRET_ACCESS_KEY")?);
    Ok(Credentials::new(id, secret, value("AWS_SESSION_TOKEN"), None, "environment"))
}
