use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderValue, Uri};
use meterport_core::ConfigError;
use percent_encoding::percent_decode_str;

use crate::endpoint::host_and_port;

/// One proxy.
#[derive(Clone)]
pub(crate) struct ProxyServer {
    tls: bool,
    /// In brackets if it is an IPv6 address.
    host: Arc<str>,
    port: u16,
    authorization: Option<HeaderValue>,
}

impl ProxyServer {
    pub(super) fn parse(setting: &str, url: &str) -> Result<Self, ConfigError> {
        Self::read(url.trim()).map_err(|problem| ConfigError::new(setting, problem))
    }

    fn read(url: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err("is a proxy with a scheme other than http and https"),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let authority = &rest[..end];
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, authority)) => (Some(user), authority),
            None => (None, authority),
        };
        let (host, port) = host_and_port(authority)?;
        let port = match port {
            None if tls => 443,
            None => 80,
            Some(port) => match port.parse() {
                Ok(number) if number > 0 => number,
                _ => return Err("has a port that is not a number from 1 to 65535"),
            },
        };
        let server = Self { tls, host: host.into(), port, authorization: user.map(basic) };
        // What can't be connected to is found out here.
        server.address().map(|_| server).ok_or("is no valid address")
    }

    /// Whether the proxy itself speaks TLS.
    pub(crate) fn is_tls(&self) -> bool {
        self.tls
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Where to connect.
    pub(crate) fn uri(&self) -> Uri {
        self.address().unwrap_or_default()
    }

    fn address(&self) -> Option<Uri> {
        format!("http://{}:{}/", self.host, self.port).parse().ok()
    }

    /// The value of `Proxy-Authorization`, marked as secret.
    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }
}

/// Basic authentication (RFC 7617) with what stands before the `@`, percent-decoded.
fn basic(user_info: &str) -> HeaderValue {
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let mut credentials: Vec<u8> = percent_decode_str(user).collect();
    credentials.push(b':');
    credentials.extend(percent_decode_str(password));
    let text = format!("Basic {}", BASE64_STANDARD.encode(credentials));
    // base64 has only characters that a header can have.
    let mut value = HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("Basic"));
    value.set_sensitive(true);
    value
}

/// Without credentials.
impl fmt::Display for ProxyServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for ProxyServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credentials = if self.authorization.is_some() { " with credentials" } else { "" };
        write!(f, "{self}{credentials}")
    }
}
