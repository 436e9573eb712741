use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::header::{HOST, HeaderName};
use http::{HeaderValue, StatusCode, request};
use meterport_core::{Clock, ConfigError, Deadline};
use meterport_net::auth::{Expiry, Renewal};
use meterport_net::{HookError, RequestHook};

/// Signs every attempt: AWS Signature Version 4, in the headers `authorization`, `x-amz-date` and, with
/// temporary credentials, `x-amz-security-token`.
///
/// The signature holds for about five minutes by the service's clock. The last hook should be this one:
/// what changes the path or the body behind it breaks the signature.
pub struct SigV4 {
    region: Box<str>,
    service: Box<str>,
    provider: Arc<dyn ProvideCredentials>,
    renewal: Renewal<Credentials>,
    clock: Option<Arc<dyn Clock>>,
}

impl SigV4 {
    /// The service name of Amazon Managed Service for Prometheus.
    pub const PROMETHEUS: &str = "aps";
    /// The service name of CloudWatch's metrics endpoint.
    pub const CLOUDWATCH: &str = "monitoring";

    /// Signs for a service in a region, such as `eu-central-1`.
    ///
    /// # Errors
    /// The region or the service is empty, or holds something else than letters, digits and `-`.
    pub fn new(
        region: &str,
        service: &str,
        credentials: impl ProvideCredentials + 'static,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            region: name("region", region)?,
            service: name("service", service)?,
            provider: Arc::new(credentials),
            renewal: Renewal::default().skew(Duration::from_secs(300)),
            clock: None,
        })
    }

    /// The same with another clock, for dates and for the expiry of credentials.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.renewal = self.renewal.clock(Arc::clone(&clock));
        self.clock = Some(clock);
        self
    }

    fn wall(&self) -> SystemTime {
        match &self.clock {
            Some(clock) => clock.wall().into(),
            None => SystemTime::now(),
        }
    }

    async fn ask(&self) -> Result<(Credentials, Expiry), HookError> {
        let keys = self.provider.provide_credentials().await.map_err(unavailable)?;
        let expiry = keys.expiry().map_or(Expiry::Never, |moment| Expiry::At(moment.into()));
        Ok((keys, expiry))
    }

    fn sign(
        &self,
        parts: &mut request::Parts,
        body: &Bytes,
        keys: Credentials,
    ) -> Result<(), HookError> {
        let identity = keys.into();
        let signing = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(self.wall())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| HookError::permanent(error.to_string()))?;
        let uri = parts.uri.to_string();
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let headers = host.map(|host| (HOST.as_str(), host)).into_iter();
        let body = SignableBody::Bytes(body);
        // The error may hold the request, and that a secret in its query.
        let unsignable = || HookError::permanent("the request cannot be signed");
        let request = SignableRequest::new(parts.method.as_str(), uri, headers, body);
        let signed = sign(request.map_err(|_| unsignable())?, &signing.into());
        let (instructions, _) = signed.map_err(|_| unsignable())?.into_parts();
        for (name, value) in instructions.headers() {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsignable())?;
            let mut value = HeaderValue::from_str(value).map_err(|_| unsignable())?;
            value.set_sensitive(true);
            parts.headers.insert(name, value);
        }
        Ok(())
    }
}

/// A name that is a part of the scope of a signature.
fn name(what: &str, text: &str) -> Result<Box<str>, ConfigError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(ConfigError::new(what, "is no name of letters, digits and `-`"));
    }
    Ok(text.into())
}

/// Without the cause's own text, which is the provider's.
fn unavailable(error: CredentialsError) -> HookError {
    match error {
        CredentialsError::InvalidConfiguration(_) | CredentialsError::CredentialsNotLoaded(_) => {
            HookError::permanent("there are no AWS credentials").with_source(error)
        }
        _ => HookError::temporary("AWS credentials cannot be had").with_source(error),
    }
}

#[async_trait]
impl RequestHook for SigV4 {
    async fn prepare(
        &self,
        parts: &mut request::Parts,
        body: &Bytes,
        deadline: Deadline,
    ) -> Result<(), HookError> {
        let keys = self.renewal.value(deadline, |_| self.ask()).await?;
        self.sign(parts, body, keys)
    }

    async fn refused(&self, _: StatusCode) -> bool {
        self.renewal.refused()
    }
}

/// Without credentials.
impl fmt::Debug for SigV4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigV4")
            .field("region", &self.region)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}
