//! TLS on rustls; without a provider of cryptography `engine_absent.rs` stands here.
//!
//! `pem`, `identity`, `roots`, `contents` and `validity` know nothing of who uses them: a server's
//! side loads and reloads by the same code.

#[cfg_attr(not(feature = "tls-aws-lc"), path = "aws_lc_absent.rs")]
mod aws_lc;
mod client;
mod contents;
mod identity;
mod pem;
mod provider;
mod refusal;
#[cfg_attr(not(feature = "tls-ring"), path = "ring_absent.rs")]
mod ring;
mod roots;
mod stream;
#[cfg(test)]
mod tests;
mod unverified;
mod validity;

use std::sync::Arc;

use meterport_core::ConfigError;

use super::source::{Place, Source};
use super::{CA, Crypto, Identity, Roots, Settings, TlsVersion};

pub(crate) use client::TlsClient;

/// That there is the cryptography which is asked for.
pub(super) fn check_available(settings: &Settings) -> Result<(), ConfigError> {
    provider::provider(settings.crypto).map(drop)
}

/// What is wrong with a certificate or a key, with the setting it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    setting: &'static str,
    text: Arc<str>,
}

impl Problem {
    fn new(setting: &'static str, text: impl Into<Arc<str>>) -> Self {
        Self { setting, text: text.into() }
    }

    fn of(source: &Source, text: impl Into<Arc<str>>) -> Self {
        Self::new(source.setting, text)
    }
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self::new(problem.setting, problem.text)
    }
}
