use std::net::SocketAddr;
use std::time::Duration;

use crate::ConnectError;
use crate::runtime::within;

/// The addresses of `host`.
pub(super) async fn resolve(
    host: &str,
    port: u16,
    limit: Option<Duration>,
) -> Result<Vec<SocketAddr>, ConnectError> {
    match within(limit, tokio::net::lookup_host((host, port))).await? {
        Ok(Ok(addresses)) => Ok(addresses.collect()),
        Ok(Err(error)) => Err(ConnectError::unreachable(error)),
        Err(passed) => {
            Err(ConnectError::too_slow(&format!("{host} is not resolved"), limit, passed))
        }
    }
}
