use std::fmt;

use meterport_core::{ConfigError, Variables};

/// Where metrics are sent, and by which rule a URL is made of it.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the specification's two variables")]
pub enum Endpoint {
    /// For all signals (`OTEL_EXPORTER_OTLP_ENDPOINT`): over HTTP each has a path below it.
    Base(String),
    /// For metrics alone (`OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`): used as it is.
    Signal(String),
}

impl Endpoint {
    pub(super) fn read(
        variables: &Variables<'_>,
        names: &[&'static str; 2],
    ) -> Result<Option<Self>, ConfigError> {
        let Some((name, text)) = variables.text(names)? else { return Ok(None) };
        let problem = |what: &str| Err(ConfigError::new(name, what));
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return problem("holds a blank or a control character");
        }
        let parts = Parts::of(&text);
        let is_http = |scheme: &str| ["http://", "https://"].contains(&&*scheme.to_lowercase());
        if is_http(parts.scheme) && parts.host().is_empty() {
            return problem("names no host");
        }
        Ok(Some(if name == names[0] { Self::Signal(text) } else { Self::Base(text) }))
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Base(text) | Self::Signal(text) => text,
        }
    }

    /// The URL that metrics are posted to over HTTP: below a base by [`metrics_url`], otherwise
    /// as it is, with `/` for an empty path.
    pub fn http_url(&self) -> String {
        match self {
            Self::Base(base) => metrics_url(base),
            Self::Signal(url) => {
                let Parts { scheme, authority, path, query } = Parts::of(url);
                let path = if path.is_empty() { "/" } else { path };
                [scheme, authority, path, query].concat()
            }
        }
    }
}

/// Credentials and the query, which may hold a key, are left out.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Base(_) => "Base",
            Self::Signal(_) => "Signal",
        };
        let parts = Parts::of(self.as_str());
        let hidden = |is: bool, text| if is { text } else { "" };
        let shown = [
            parts.scheme,
            hidden(parts.host().len() < parts.authority.len(), "..@"),
            parts.host(),
            parts.path,
            hidden(!parts.query.is_empty(), "?.."),
        ];
        f.debug_tuple(name).field(&shown.concat()).finish()
    }
}

/// `v1/metrics` below a base URL: exactly one slash between, base path and query kept, nothing
/// normalised, a fragment (which HTTP does not send) left out. A base without a scheme stays so.
///
/// ```
/// use meterport_otlp::metrics_url;
///
/// assert_eq!(metrics_url("http://collector:4318"), "http://collector:4318/v1/metrics");
/// assert_eq!(metrics_url("http://gate/otlp/?key=1"), "http://gate/otlp/v1/metrics?key=1");
/// ```
pub fn metrics_url(base: &str) -> String {
    let Parts { scheme, authority, path, query } = Parts::of(base);
    let slash = if path.ends_with('/') { "" } else { "/" };
    [scheme, authority, path, slash, "v1/metrics", query].concat()
}

/// A URL in pieces, which together are all of it but the fragment.
struct Parts<'a> {
    /// With `://`, or empty.
    scheme: &'a str,
    authority: &'a str,
    path: &'a str,
    /// With `?`, or empty.
    query: &'a str,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Self {
        let url = url.split('#').next().unwrap_or_default();
        let (url, query) = url.split_at(url.find('?').unwrap_or(url.len()));
        let (scheme, rest) = url.split_at(url.find("://").map_or(0, |at| at + 3));
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Self { scheme, authority, path, query }
    }

    /// The authority without credentials.
    fn host(&self) -> &'a str {
        self.authority.rsplit('@').next().unwrap_or_default()
    }
}
