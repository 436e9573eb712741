//! Stands in for TLS where no cryptography is compiled in.

use std::convert::Infallible;

use hyper_util::client::legacy::connect::Connection as HyperConnection;
use meterport_core::ConfigError;
use tokio::io::{AsyncRead, AsyncWrite};

use super::Settings;
use crate::{ConnectError, Connection};

pub(super) fn check_available(_: &Settings) -> Result<(), ConfigError> {
    Err(ConfigError::new(
        "tls",
        "TLS is not compiled in: enable the feature `tls-ring` or `tls-aws-lc`",
    ))
}

/// There is none.
#[derive(Clone)]
pub(crate) struct TlsClient(Infallible);

impl TlsClient {
    pub(super) fn open(_: &Settings) -> Result<Self, ConfigError> {
        Err(ConfigError::new(
            "endpoint",
            "https needs TLS, which is not compiled in: \
             enable the feature `tls-ring` or `tls-aws-lc`",
        ))
    }

    pub(crate) fn name<'n>(&'n self, _: &'n str) -> &'n str {
        match self.0 {}
    }

    pub(crate) fn check_name(&self, _: &str) -> Result<(), ConfigError> {
        match self.0 {}
    }

    pub(crate) async fn handshake<S>(
        &self,
        _: S,
        _: &str,
        _: bool,
    ) -> Result<Connection, ConnectError>
    where
        S: AsyncRead + AsyncWrite + HyperConnection + Send + Unpin + 'static,
    {
        match self.0 {}
    }
}
