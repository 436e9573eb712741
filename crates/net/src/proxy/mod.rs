//! Which requests go through a proxy, and how.

mod bypass;
mod server;
#[cfg(test)]
mod tests;
mod tunnel;

use std::fmt;
use std::sync::Arc;

use meterport_core::{ConfigError, Variables};

use crate::Endpoint;
use crate::endpoint::Target;
use bypass::Bypass;

pub(crate) use server::ProxyServer;
pub(crate) use tunnel::open_tunnel;

/// Through which proxy an endpoint is reached; by default none.
///
/// `https` endpoints, and all of HTTP/2 and gRPC, go through a tunnel (`CONNECT`), so that the
/// proxy sees the host and nothing else; HTTP/1.1 without TLS is forwarded by the proxy. A proxy
/// is `http://[user:password@]host[:port]`, or `https://` to speak TLS with the proxy itself, by
/// the same [`Tls`](crate::Tls) value as with the endpoint. Credentials become
/// `Proxy-Authorization` and are in no text. Unix sockets are never reached through a proxy.
///
/// ```
/// use meterport_net::Proxy;
///
/// let proxy = Proxy::to("http://user:secret@proxy.example:3128").unwrap().except("internal.example");
/// assert!(!format!("{proxy:?}").contains("secret"));
/// ```
#[derive(Clone, Default)]
pub struct Proxy(Arc<Rules>);

#[derive(Clone, Default)]
struct Rules {
    /// For endpoints without and with TLS.
    http: Choice,
    https: Choice,
    bypass: Bypass,
    /// Whether the machine itself is reached directly.
    loopback_direct: bool,
}

/// A proxy, or none, or why it can't be used: which matters only if it would be.
type Choice = Option<Result<Arc<ProxyServer>, ConfigError>>;

const HTTP: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
const HTTPS: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const NO: [&str; 2] = ["no_proxy", "NO_PROXY"];
/// Set where a program answers a web server's request (RFC 3875, 4.1.12).
const CGI: [&str; 1] = ["REQUEST_METHOD"];

impl Proxy {
    /// No proxy, whatever the environment says.
    pub fn none() -> Self {
        Self::default()
    }

    /// This proxy for every endpoint, the machine itself included.
    ///
    /// # Errors
    /// The address can't be understood. The text never repeats it: it may hold a password.
    pub fn to(url: &str) -> Result<Self, ConfigError> {
        let server = Arc::new(ProxyServer::parse("proxy", url)?);
        let choice = Some(Ok(server));
        Ok(Self(Arc::new(Rules { http: choice.clone(), https: choice, ..Rules::default() })))
    }

    /// The proxies of the environment: `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`,
    /// in lower or upper case, of which lower case counts first.
    ///
    /// - `HTTP_PROXY` means nothing in a CGI program (one with `REQUEST_METHOD`): there a client
    ///   sets it by sending a header `Proxy`.
    /// - `localhost` and loopback addresses are reached directly.
    ///
    /// A proxy that can't be used is an error when something is built that would go through it.
    ///
    /// # Errors
    /// A variable is not UTF-8; the text names it.
    pub fn from_variables(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        let is_cgi = variables.text(&CGI)?.is_some();
        let read = |names: &[&str]| {
            let found = variables.text(names)?;
            let parse = |(name, url): (&str, String)| ProxyServer::parse(name, &url).map(Arc::new);
            Ok::<_, ConfigError>(found.map(parse))
        };
        let http = match is_cgi {
            true => read(&[HTTP[0], HTTP[2], HTTP[3]])?,
            false => read(&HTTP)?,
        };
        let bypass = variables.text(&NO)?.map(|(_, list)| Bypass::parse(&list));
        let bypass = bypass.unwrap_or_default();
        Ok(Self(Arc::new(Rules { http, https: read(&HTTPS)?, bypass, loopback_direct: true })))
    }

    /// The same, but these hosts are reached directly: a list with commas as in `no_proxy`.
    ///
    /// `example.com` is that name and all below it, `.example.com` only what is below it; an
    /// address is itself, `10.0.0.0/8` a range; `:port` behind either keeps it to that port; `*`
    /// is everything. What is none of these means nothing.
    #[must_use]
    pub fn except(mut self, hosts: &str) -> Self {
        Arc::make_mut(&mut self.0).bypass.add(hosts);
        self
    }

    /// The proxy for this endpoint.
    pub(crate) fn for_endpoint(
        &self,
        endpoint: &Endpoint,
    ) -> Result<Option<Arc<ProxyServer>>, ConfigError> {
        let Target::Tcp { tls, host, port } = endpoint.target() else { return Ok(None) };
        let choice = if *tls { &self.0.https } else { &self.0.http };
        let Some(server) = choice else { return Ok(None) };
        let is_direct = self.0.loopback_direct && bypass::is_loopback(host);
        match is_direct || self.0.bypass.covers(host, *port) {
            true => Ok(None),
            false => server.clone().map(Some),
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rules { http, https, bypass, loopback_direct } = &*self.0;
        f.debug_struct("Proxy")
            .field("http", http)
            .field("https", https)
            .field("except", bypass)
            .field("loopback_direct", loopback_direct)
            .finish()
    }
}
