use meterport_core::ConfigError;

use super::OtlpSettings;
use crate::env::{CLIENT_CERTIFICATE_VARIABLES, CLIENT_KEY_VARIABLES};

impl OtlpSettings {
    /// How connections are secured: as `said` in code, or as `from_files` has it of the PEM files
    /// that the environment names: first that of the certificates that are trusted, then those of
    /// the client's certificate chain and its key. To an endpoint without TLS the variables mean
    /// nothing.
    ///
    /// # Errors
    /// The environment names a client's key without its certificate, or the other way round.
    pub fn tls<T>(
        &self,
        said: Option<T>,
        endpoint_is_tls: bool,
        from_files: impl FnOnce(Option<&str>, Option<(&str, &str)>) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        if said.is_some() || !endpoint_is_tls {
            return Ok(said);
        }
        let alone = |name: Option<&str>, [_, other]: [&str; 2]| {
            let problem = format!("is of use only with {other}, which is not set");
            Err(ConfigError::new(name.unwrap_or_default(), problem))
        };
        let client = match (&self.env.client_certificate, &self.env.client_key) {
            (Some(certificate), Some(key)) => Some((&**certificate, &**key)),
            (None, None) => None,
            (Some(_), None) => return alone(self.found.client_certificate, CLIENT_KEY_VARIABLES),
            (None, Some(_)) => return alone(self.found.client_key, CLIENT_CERTIFICATE_VARIABLES),
        };
        Ok(from_files(self.env.certificate.as_deref(), client))
    }
}
