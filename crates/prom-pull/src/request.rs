use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName};
use http::request::Parts;
use http::{Method, Uri};
use meterport_compress::Compression;
use meterport_prom::{ContentEncoding, Format, Negotiated, negotiate, negotiate_encoding};
use percent_encoding::percent_decode_str;

/// What a scraper asks for.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) negotiated: Negotiated,
    pub(crate) compression: Compression,
    pub(crate) names: Option<Arc<BTreeSet<String>>>,
    /// How long it waits for the whole answer.
    pub(crate) timeout: Option<Duration>,
    /// Whether it wants the headers alone.
    pub(crate) is_head: bool,
}

/// Another method than GET and HEAD.
#[derive(Debug)]
pub(crate) struct MethodNotAllowed;

const SCRAPE_TIMEOUT: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

impl Asked {
    pub(crate) fn read(parts: &Parts, offered: &[Format]) -> Result<Self, MethodNotAllowed> {
        if parts.method != Method::GET && parts.method != Method::HEAD {
            return Err(MethodNotAllowed);
        }
        let headers = &parts.headers;
        Ok(Self {
            negotiated: negotiate(&joined(headers, ACCEPT), offered),
            compression: compression(&joined(headers, ACCEPT_ENCODING)),
            names: names(&parts.uri).map(Arc::new),
            timeout: headers.get(SCRAPE_TIMEOUT).and_then(|value| timeout(value.to_str().ok()?)),
            is_head: parts.method == Method::HEAD,
        })
    }
}

/// All values of a header as one (RFC 9110, section 5.3); what is no text counts for nothing.
fn joined(headers: &HeaderMap, name: HeaderName) -> Cow<'_, str> {
    let mut values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let first = values.next().unwrap_or_default();
    values.fold(first.into(), |all, more| format!("{all},{more}").into())
}

/// zstd is both smaller and faster than gzip, so of equally liked ones it is taken.
fn compression(accept_encoding: &str) -> Compression {
    let known =
        [(ContentEncoding::Zstd, Compression::ZSTD), (ContentEncoding::Gzip, Compression::GZIP)];
    let compiled: Vec<_> = known.into_iter().filter(|known| known.1.available().is_ok()).collect();
    let offered: Vec<_> = compiled.iter().map(|known| known.0).collect();
    let chosen = negotiate_encoding(accept_encoding, &offered);
    let chosen = compiled.iter().find(|known| known.0 == chosen);
    chosen.map_or(Compression::Identity, |known| known.1)
}

/// The values of `name[]` in a query, decoded as forms are.
fn names(uri: &Uri) -> Option<BTreeSet<String>> {
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    let pairs = uri.query()?.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let names = pairs.filter(|pair| decoded(pair.0) == "name[]").map(|pair| decoded(pair.1));
    Some(names.collect()).filter(|names: &BTreeSet<_>| !names.is_empty())
}

/// Seconds with a fraction, as Prometheus sends them. What cannot be read is no limit.
fn timeout(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().filter(|timeout| !timeout.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_forms_are() {
        let table: &[(&str, Option<&[&str]>)] = &[
            ("/metrics", None),
            ("/metrics?", None),
            ("/metrics?name=a", None),
            ("/metrics?name[]=a", Some(&["a"])),
            ("/metrics?name%5B%5D=a&name[]=b%2Ec&x=y&name[]=a", Some(&["a", "b.c"])),
            ("/metrics?name[]=a+b%20c", Some(&["a b c"])),
            ("/metrics?name[]", Some(&[""])),
            ("/metrics?name[]=%ff%zz", Some(&["\u{fffd}%zz"])),
        ];
        for (uri, expected) in table {
            let read = names(&uri.parse().unwrap());
            let expected = expected.map(|names| names.iter().map(ToString::to_string).collect());
            assert_eq!(read, expected, "{uri}");
        }
    }

    #[test]
    fn a_timeout_is_seconds_or_nothing() {
        let millis = |text| timeout(text).map(|timeout| timeout.as_millis());
        for (text, expected) in [
            ("10", Some(10_000)),
            (" 0.5 ", Some(500)),
            ("1e3", Some(1_000_000)),
            ("0", None),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("1e300", None),
            ("10s", None),
            ("", None),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
    }
}
