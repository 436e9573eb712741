use meterport_core::ConfigError;

use super::OtlpSettings;
use crate::env::{CLIENT_CERTIFICATE_VARIABLES, CLIENT_KEY_VARIABLES};

/// A path behind the name of the variable that says it.
type File<'f> = (&'static str, &'f str);

impl OtlpSettings {
    /// How connections are secured: as `said` in code, or as `from_files` has it of the PEM files
    /// that the environment names, each behind the name of its variable: first that of the
    /// certificates that are trusted, then those of the client's certificate chain and its key. To
    /// an endpoint without TLS the variables mean nothing.
    ///
    /// # Errors
    /// The environment names a client's key without its certificate, or the other way round.
    pub fn tls<T>(
        &self,
        said: Option<T>,
        endpoint_is_tls: bool,
        from_files: impl FnOnce(Option<File<'_>>, Option<[File<'_>; 2]>) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        if said.is_some() || !endpoint_is_tls {
            return Ok(said);
        }
        let (env, found) = (&self.env, &self.found);
        let alone = |(name, _): File<'_>, [_, other]: [&str; 2]| {
            let problem = format!("is of use only with {other}, which is not set");
            Err(ConfigError::new(name, problem))
        };
        let certificate = found.client_certificate.zip(env.client_certificate.as_deref());
        let client = match (certificate, found.client_key.zip(env.client_key.as_deref())) {
            (Some(certificate), Some(key)) => Some([certificate, key]),
            (None, None) => None,
            (Some(certificate), None) => return alone(certificate, CLIENT_KEY_VARIABLES),
            (None, Some(key)) => return alone(key, CLIENT_CERTIFICATE_VARIABLES),
        };
        Ok(from_files(found.certificate.zip(env.certificate.as_deref()), client))
    }
}
