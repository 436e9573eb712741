use std::fmt;
use std::sync::Arc;

use http::Uri;
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use meterport_core::{Component, ConfigError};

use crate::unix;

/// Where requests go: the parsed address of the other side.
///
/// Its text (`Display` and `Debug`) leaves the query out, and credentials in an address are
/// refused: they belong in a header.
///
/// ```
/// use meterport_net::Endpoint;
///
/// let endpoint = Endpoint::parse("endpoint", "http://localhost:4318/base?token=x", false).unwrap();
/// let metrics = endpoint.join("v1/metrics").unwrap();
/// assert_eq!(metrics.uri().to_string(), "http://localhost:4318/base/v1/metrics?token=x");
/// assert_eq!(metrics.to_string(), "http://localhost:4318/base/v1/metrics");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    target: Target,
    uri: Uri,
}

/// What to connect to.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Tcp {
        tls: bool,
        /// Without the brackets of an IPv6 address.
        host: Arc<str>,
        port: u16,
    },
    Unix(Arc<str>),
}

/// The authority of requests over a Unix socket, which has no host name.
const UNIX_AUTHORITY: &str = "localhost";

impl Endpoint {
    /// Reads an address; `setting` is the variable or option it comes from, for errors.
    ///
    /// - `http://host[:port][/path][?query]` and `https://…`; the scheme in any case.
    /// - `host[:port][/path][?query]`: `https`, or `http` if `insecure`. Where there is a scheme,
    ///   `insecure` means nothing (OTLP exporter specification, "Configuration Options").
    /// - `unix:/path` or `unix:///path`: HTTP over a Unix socket, to the path `/` unless
    ///   [`join`](Self::join) or [`with_path`](Self::with_path) says otherwise.
    ///
    /// # Errors
    /// The address can't be understood, names a user or a fragment, or is a Unix socket where
    /// the platform has none. The text never repeats the address: it may hold secrets.
    pub fn parse(setting: &str, text: &str, insecure: bool) -> Result<Self, ConfigError> {
        let refuse = |problem: &str| ConfigError::new(setting, problem);
        let text = text.trim();
        if text.is_empty() {
            return Err(refuse("is empty"));
        }
        if let Some(path) = strip_prefix_ignoring_case(text, "unix:") {
            return Self::unix(path).map_err(refuse);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(refuse("holds a blank or a control character"));
        }
        // Behind the first slash or question mark, `://` is part of a path or a query.
        let end = text.find(['/', '?']).map_or(text.len(), |at| (at + 2).min(text.len()));
        let has_scheme = text.as_bytes()[..end].ends_with(b"://");
        let (scheme, rest) = match text.split_once("://") {
            Some(parts) if has_scheme => parts,
            _ => ("", text),
        };
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "" if text.starts_with("://") => return Err(refuse("has an empty scheme")),
            "" => !insecure,
            "http" => false,
            "https" => true,
            _ => return Err(refuse("has a scheme other than http, https and unix")),
        };
        Self::tcp(tls, rest).map_err(refuse)
    }

    fn unix(path: &str) -> Result<Self, &'static str> {
        // `unix:///path` has an empty authority in front of the path; `unix://host/path` another.
        let path = match path.strip_prefix("//") {
            Some(path) if path.starts_with('/') => path,
            Some(_) => return Err("names a host before the socket's path: write unix:///path"),
            None => path,
        };
        if !path.starts_with('/') {
            return Err("needs the absolute path of a socket: unix:/path");
        }
        unix::check(path)?;
        let uri = uri(false, UNIX_AUTHORITY, "/")?;
        Ok(Self { target: Target::Unix(path.into()), uri })
    }

    fn tcp(tls: bool, rest: &str) -> Result<Self, &'static str> {
        if rest.contains('#') {
            return Err("has a fragment (#), which is never sent");
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err("names a user or a password: send credentials in a header");
        }
        if !authority.is_ascii() {
            return Err("has a host name that is not ASCII: write it in its xn-- form");
        }
        let (host, port) = host_and_port(authority)?;
        let port = match port {
            None if tls => 443,
            None => 80,
            // `parse` takes a sign; a port has none.
            Some(port) => match port.parse() {
                Ok(number) if number > 0 && !port.starts_with('+') => number,
                _ => return Err("has a port that is not a number from 1 to 65535"),
            },
        };
        let uri = uri(tls, authority, path)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').into();
        Ok(Self { target: Target::Tcp { tls, host, port }, uri })
    }

    /// The same with `path` in place of the path and the query.
    ///
    /// # Errors
    /// It does not begin with `/`, or has a character that a path can't have.
    pub fn with_path(&self, path: &str) -> Result<Self, ConfigError> {
        let refuse = |problem| ConfigError::new("path", problem);
        if !path.starts_with('/') {
            return Err(refuse("does not begin with /"));
        }
        if path.contains('#') {
            return Err(refuse("has a fragment (#), which is never sent"));
        }
        let mut parts = self.uri.clone().into_parts();
        parts.path_and_query = Some(path_and_query(path).map_err(refuse)?);
        let uri = Uri::from_parts(parts).map_err(|_| refuse(INVALID))?;
        Ok(Self { target: self.target.clone(), uri })
    }

    /// The same with `path` appended to the path, one slash between them; the query stays, and
    /// nothing is normalised. This is how a base address becomes that of a signal (OTLP exporter
    /// specification, "Endpoint URLs for OTLP/HTTP").
    ///
    /// # Errors
    /// The path has a character that a path can't have.
    pub fn join(&self, path: &str) -> Result<Self, ConfigError> {
        let base = self.uri.path();
        let base = base.strip_suffix('/').unwrap_or(base);
        let mut joined = format!("{base}/{}", path.strip_prefix('/').unwrap_or(path));
        if let Some(query) = self.uri.query() {
            joined.push('?');
            joined.push_str(query);
        }
        self.with_path(&joined)
    }

    /// The address for a request. Over a Unix socket its host is `localhost`.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Whether it is reached through TLS.
    pub fn is_tls(&self) -> bool {
        matches!(self.target, Target::Tcp { tls: true, .. })
    }

    /// The host (an IPv6 address without brackets), or the path of the socket.
    pub fn server(&self) -> &str {
        match &self.target {
            Target::Tcp { host, .. } => host,
            Target::Unix(path) => path,
        }
    }

    /// The port, the scheme's own where the address names none; a socket has none.
    pub fn port(&self) -> Option<u16> {
        match self.target {
            Target::Tcp { port, .. } => Some(port),
            Target::Unix(_) => None,
        }
    }

    /// `component` with this as the address of its other side.
    #[must_use]
    pub fn describe(&self, component: Component) -> Component {
        component.with_server(self.server(), self.port())
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }
}

const INVALID: &str = "is no valid address";

fn strip_prefix_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// The host, in brackets if it is an IPv6 address, and what follows its colon.
pub(crate) fn host_and_port(authority: &str) -> Result<(&str, Option<&str>), &'static str> {
    let after_brackets = match authority.starts_with('[') {
        true => authority.find(']').ok_or("has an IPv6 address without its closing bracket")? + 1,
        false => 0,
    };
    let (host, port) = match authority[after_brackets..].split_once(':') {
        Some((host, port)) => (&authority[..after_brackets + host.len()], Some(port)),
        None => (authority, None),
    };
    if port.is_some_and(|port| port.contains(':')) {
        return Err("has more than one colon: an IPv6 address goes in brackets");
    }
    if after_brackets > 0 {
        let address = &host[1..after_brackets - 1];
        if host.len() != after_brackets || address.parse::<std::net::Ipv6Addr>().is_err() {
            return Err("has brackets around something that is no IPv6 address");
        }
    }
    match host.is_empty() {
        true => Err("has no host"),
        false => Ok((host, port)),
    }
}

fn path_and_query(text: &str) -> Result<PathAndQuery, &'static str> {
    let text = match text.starts_with('/') {
        true => text.to_owned(),
        false => format!("/{text}"),
    };
    PathAndQuery::try_from(text).map_err(|_| "has a character that a path can't have")
}

fn uri(tls: bool, authority: &str, path: &str) -> Result<Uri, &'static str> {
    let mut parts = Parts::default();
    parts.scheme = Some(if tls { Scheme::HTTPS } else { Scheme::HTTP });
    parts.authority = Some(Authority::try_from(authority).map_err(|_| INVALID)?);
    parts.path_and_query = Some(path_and_query(path)?);
    Uri::from_parts(parts).map_err(|_| INVALID)
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::Unix(path) => write!(f, "unix:{path}"),
            Target::Tcp { tls, .. } => {
                let scheme = if *tls { "https" } else { "http" };
                let authority = self.uri.authority().map_or("", Authority::as_str);
                write!(f, "{scheme}://{authority}{}", self.uri.path())
            }
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

#[cfg(test)]
mod tests;
