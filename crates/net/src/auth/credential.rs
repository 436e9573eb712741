use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{HeaderName, HeaderValue};
use http::{StatusCode, request};
use meterport_core::ConfigError;

use super::file::SecretFile;
use crate::HookError;
use crate::static_headers::{header_name, secret_value};

pub(super) const AUTHORIZATION: &str = "authorization";

/// How a secret becomes a header's value.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// As it is.
    Bare,
    /// RFC 7617: `Basic` and the base64 of `user:secret`.
    Basic { user: Box<str> },
    /// RFC 9110, section 11.4: the scheme, a blank, the secret.
    Scheme(Box<str>),
}

impl Form {
    /// The value, marked as sensitive. An error says what is wrong with the secret, not what it is.
    pub(super) fn value(&self, secret: &str) -> Result<HeaderValue, &'static str> {
        // What the alphabet of base64 would hide.
        if secret.chars().any(|c| c.is_control() && c != '\t') {
            return Err("has a control character");
        }
        let text = match self {
            Self::Basic { user } => {
                format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")))
            }
            _ if secret.is_empty() => return Err("is empty"),
            Self::Bare => secret.to_owned(),
            Self::Scheme(scheme) => format!("{scheme} {secret}"),
        };
        secret_value(&text).ok_or("has a control character")
    }
}

/// A secret in a header: fixed, or from a file.
#[derive(Debug)]
pub(super) struct Credential {
    header: HeaderName,
    secret: Secret,
}

#[derive(Debug)]
enum Secret {
    File(SecretFile),
    Fixed(HeaderValue),
}

impl Credential {
    pub(super) fn fixed(header: &str, form: Form, secret: &str) -> Result<Self, ConfigError> {
        let header = header_name(header)?;
        let value = form.value(secret).map_err(|problem| {
            ConfigError::new(format!("the secret for header `{header}`"), problem)
        })?;
        Ok(Self { header, secret: Secret::Fixed(value) })
    }

    pub(super) fn in_file(header: &str, form: Form, path: PathBuf) -> Result<Self, ConfigError> {
        let header = header_name(header)?;
        Ok(Self { header, secret: Secret::File(SecretFile::open(path, form)?) })
    }

    pub(super) async fn prepare(&self, parts: &mut request::Parts) -> Result<(), HookError> {
        let value = match &self.secret {
            Secret::File(file) => file.value().await?,
            Secret::Fixed(value) => value.clone(),
        };
        parts.headers.insert(&self.header, value);
        Ok(())
    }

    pub(super) async fn refused(&self, _: StatusCode) -> bool {
        match &self.secret {
            Secret::File(file) => file.refused().await,
            Secret::Fixed(_) => false,
        }
    }
}

/// Makes a hook of a type whose only field is a [`Credential`].
macro_rules! hook_by_credential {
    ($type:ty) => {
        #[async_trait::async_trait]
        impl crate::RequestHook for $type {
            async fn prepare(
                &self,
                parts: &mut http::request::Parts,
                _: &bytes::Bytes,
                _: meterport_core::Deadline,
            ) -> Result<(), crate::HookError> {
                self.0.prepare(parts).await
            }

            async fn refused(&self, status: http::StatusCode) -> bool {
                self.0.refused(status).await
            }
        }
    };
}
pub(super) use hook_by_credential;
