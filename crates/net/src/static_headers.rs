use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderMap, HeaderName,
    HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{StatusCode, request};
use meterport_core::{ConfigError, Deadline};

use crate::{HookError, RequestHook};

/// Headers that are put on every request, in place of what has been there under the same name.
///
/// Values are secrets: they are in no `Debug`, no error and no trace of the libraries beneath.
///
/// ```
/// use meterport_net::StaticHeaders;
///
/// let headers = StaticHeaders::new().with("api-key", "secret").unwrap();
/// assert_eq!(format!("{headers:?}"), r#"StaticHeaders({"api-key": [redacted]})"#);
/// assert!(StaticHeaders::new().with("x-split", "a\r\nx-other: b").is_err());
/// ```
#[derive(Clone, Default)]
pub struct StaticHeaders(HeaderMap);

/// What says how the body is to be read: the exporter writes it, and nobody else can know it.
const RESERVED: [HeaderName; 9] = [
    CONNECTION,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    EXPECT,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

impl StaticHeaders {
    /// No headers.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more header; a later one of the same name replaces the earlier.
    ///
    /// # Errors
    /// The name is no header name, or belongs to the exporter (such as `content-length`); or the
    /// value has a control character, of which CR and LF would begin another header. The text
    /// names the header, never its value.
    pub fn with(mut self, name: &str, value: &str) -> Result<Self, ConfigError> {
        let (name, value) = checked(name, value)?;
        if self.0.try_insert(name, value).is_err() {
            return Err(ConfigError::new("headers", "are too many"));
        }
        Ok(self)
    }

    /// Headers from pairs of name and value.
    ///
    /// # Errors
    /// As [`with`](Self::with).
    pub fn from_pairs<'p>(
        pairs: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Result<Self, ConfigError> {
        pairs.into_iter().try_fold(Self::new(), |headers, (name, value)| headers.with(name, value))
    }

    /// Refuses those that belong to the exporter.
    pub(crate) fn check(&self, is_reserved: fn(&str) -> bool) -> Result<(), ConfigError> {
        match self.names().find(|name| is_reserved(name)) {
            Some(name) => Err(ConfigError::new(format!("header `{name}`"), IS_OURS)),
            None => Ok(()),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, in no particular order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(HeaderName::as_str)
    }
}

const IS_OURS: &str = "is set by the exporter itself";

fn checked(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), ConfigError> {
    let header = header_name(name)?;
    match secret_value(value) {
        Some(value) => Ok((header, value)),
        None => Err(refusal(name, "has a control character in its value")),
    }
}

/// A header name that a user may set.
pub(crate) fn header_name(name: &str) -> Result<HeaderName, ConfigError> {
    let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else {
        return Err(refusal(name, "is no header name"));
    };
    if RESERVED.contains(&header) {
        return Err(refusal(name, IS_OURS));
    }
    Ok(header)
}

/// A value that no `Debug` and no trace shows; `None` if no header can have it.
pub(crate) fn secret_value(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn refusal(name: &str, problem: &str) -> ConfigError {
    // A name that is none may be a value in the wrong place: no more than its start is shown.
    let shown: String = name.chars().take(32).collect();
    ConfigError::new(format!("header `{}`", shown.escape_debug()), problem)
}

#[async_trait]
impl RequestHook for StaticHeaders {
    async fn prepare(
        &self,
        parts: &mut request::Parts,
        _: &Bytes,
        _: Deadline,
    ) -> Result<(), HookError> {
        for (name, value) in &self.0 {
            parts.headers.insert(name, value.clone());
        }
        Ok(())
    }

    async fn refused(&self, _: StatusCode) -> bool {
        false
    }
}

impl fmt::Debug for StaticHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Redacted<'h>(&'h HeaderMap);
        impl fmt::Debug for Redacted<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let hidden = format_args!("[redacted]");
                f.debug_map().entries(self.0.keys().map(|name| (name.as_str(), &hidden))).finish()
            }
        }
        f.debug_tuple("StaticHeaders").field(&Redacted(&self.0)).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(name: &str, value: &str) -> String {
        StaticHeaders::new().with(name, value).unwrap_err().to_string()
    }

    #[test]
    fn what_would_break_out_of_a_header_is_refused_without_its_value() {
        for value in ["sec\rret", "sec\nret", "sec\0ret", "secret\r\n", "\u{7f}secret", "\u{1}"] {
            let error = refused("api-key", value);
            assert_eq!(error, "header `api-key`: has a control character in its value");
        }
        for name in ["", "a b", "a:b", "a\r\nb", "ä", "a(b)"] {
            let error = refused(name, "secret");
            assert!(error.ends_with("is no header name") && !error.contains("secret"), "{error}");
            assert!(!error.contains('\n'));
        }
        assert!(refused(&"secret value ".repeat(9), "").len() < 80);
    }

    #[test]
    fn headers_of_the_exporter_are_refused() {
        for name in ["Content-Length", "transfer-encoding", "connection", "content-type"] {
            assert!(refused(name, "0").contains("set by the exporter itself"), "{name}");
        }
    }

    #[tokio::test]
    async fn they_replace_what_has_been_there_and_are_marked_as_secret() {
        let pairs = [("api-key", "one"), ("API-KEY", "secret"), ("x", "ä=,\t")];
        let headers = StaticHeaders::from_pairs(pairs).unwrap();
        assert!(!format!("{headers:?}").contains("secret"));
        let request = http::Request::builder().header("api-key", "zero").body(()).unwrap();
        let (mut parts, ()) = request.into_parts();
        headers.prepare(&mut parts, &Bytes::new(), Deadline::NONE).await.unwrap();
        let values: Vec<_> = parts.headers.get_all("api-key").iter().collect();
        assert_eq!(values, ["secret"]);
        assert!(!format!("{parts:?}").contains("secret"), "marked as sensitive");
        assert_eq!(parts.headers["x"].as_bytes(), "ä=,\t".as_bytes());
    }

    proptest! {
        #[test]
        fn no_pair_panics_and_no_value_with_a_line_end_passes(name: String, value: String) {
            let result = StaticHeaders::new().with(&name, &value);
            if value.contains(['\r', '\n', '\0']) {
                prop_assert!(result.is_err());
            }
        }
    }
}
