use super::clause::{Clause, clauses};
use crate::escaping::Escaping;
use crate::format::Format;

/// What a scraper and an endpoint have agreed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "all that is negotiated by Accept")]
pub struct Negotiated {
    /// The format.
    pub format: Format,
    /// How names are escaped.
    pub escaping: Escaping,
}

impl Negotiated {
    /// The Content-Type of the answer.
    pub fn content_type(&self) -> String {
        self.format.content_type(self.escaping)
    }
}

/// The format and escaping for an `Accept` header; several headers are joined by commas first.
///
/// As `prometheus/common` (`expfmt`) does it: alternatives by quality; the first one that is
/// `offered` is served; a known `escaping` is remembered from each alternative on the way, also
/// from those that are not served. Whatever is asked for, text 0.0.4 can be had: nothing, `*/*`,
/// `text/*` and what is not offered lead there, and there is no 406. OpenMetrics without a
/// version is 0.0.1.
///
/// ```
/// use meterport_prom::{Escaping, Format, negotiate};
///
/// let accept = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.2";
/// let negotiated = negotiate(accept, &Format::ALL);
/// assert_eq!(negotiated.format, Format::OpenMetrics1);
/// assert_eq!(negotiated.escaping, Escaping::AllowUtf8);
/// ```
pub fn negotiate(accept: &str, offered: &[Format]) -> Negotiated {
    let mut negotiated = Negotiated::default();
    for clause in clauses(accept).iter().filter(|clause| clause.quality > 0.0) {
        if let Some(known) = clause.parameter("escaping").and_then(Escaping::from_name) {
            negotiated.escaping = known;
        }
        let wanted = format(clause);
        if let Some(format) = wanted.filter(|format| offered.contains(format)) {
            negotiated.format = format;
            break;
        }
        if wanted == Some(Format::Text) {
            break;
        }
    }
    negotiated
}

/// The format that an alternative names.
fn format(clause: &Clause<'_>) -> Option<Format> {
    let version = clause.parameter("version").unwrap_or_default();
    let is = |media_type: &str| clause.value.eq_ignore_ascii_case(media_type);
    if is("text/plain") {
        return match version {
            "" | "0.0.4" => Some(Format::Text),
            "1.0.0" => Some(Format::Text1),
            _ => None,
        };
    }
    if is("application/openmetrics-text") {
        return match version {
            "" | "0.0.1" => Some(Format::OpenMetrics0),
            "1.0.0" => Some(Format::OpenMetrics1),
            "2.0.0" => Some(Format::OpenMetrics2),
            _ => None,
        };
    }
    let is_family = is("application/vnd.google.protobuf")
        && clause.parameter("proto") == Some("io.prometheus.client.MetricFamily")
        && clause.parameter("encoding") == Some("delimited");
    is_family.then_some(Format::Protobuf)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Escaping::{AllowUtf8, Dots, Underscores, Values};
    use Format::{OpenMetrics0, OpenMetrics1, OpenMetrics2, Protobuf, Text, Text1};

    const PROMETHEUS: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
        application/openmetrics-text;version=0.0.1;q=0.5,\
        text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    const NATIVE: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
        encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;\
        q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,\
        text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
    const LEGACY: &str = "application/openmetrics-text; version=1.0.0; q=0.8,\
        application/openmetrics-text; version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

    #[test]
    fn what_is_asked_for_decides() {
        let table = [
            ("", Text, Underscores),
            ("*/*", Text, Underscores),
            ("text/*", Text, Underscores),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Text, Underscores),
            ("application/json", Text, Underscores),
            ("text/plain", Text, Underscores),
            ("TEXT/Plain; Version=0.0.4", Text, Underscores),
            ("text/plain;version=1.0.0;escaping=allow-utf-8", Text1, AllowUtf8),
            ("text/plain;version=9;escaping=dots", Text, Dots),
            ("application/openmetrics-text", OpenMetrics0, Underscores),
            ("application/openmetrics-text;version=0.0.1", OpenMetrics0, Underscores),
            ("application/openmetrics-text;version=1.0.0", OpenMetrics1, Underscores),
            (
                "application/openmetrics-text;version=\"1.0.0\";charset=utf-8",
                OpenMetrics1,
                Underscores,
            ),
            ("application/openmetrics-text;version=2.0.0", OpenMetrics2, Underscores),
            ("application/openmetrics-text;version=3.0.0", Text, Underscores),
            ("application/openmetrics-text;version=1.0.0;q=0,text/plain", Text, Underscores),
            (
                "application/openmetrics-text;version=1.0.0;escaping=bogus",
                OpenMetrics1,
                Underscores,
            ),
            ("application/openmetrics-text;version=1.0.0;escaping=values", OpenMetrics1, Values),
            (
                "text/plain;q=0.3,application/openmetrics-text;version=1.0.0;q=0.4",
                OpenMetrics1,
                Underscores,
            ),
            (
                "text/plain;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4",
                Text,
                Underscores,
            ),
            (
                "text/plain;q=rubbish,application/openmetrics-text;version=1.0.0;q=2",
                Text,
                Underscores,
            ),
            ("application/vnd.google.protobuf;encoding=delimited", Text, Underscores),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
                Text,
                Underscores,
            ),
            // An escaping sticks, also where the alternative is not served.
            ("x/y;escaping=values;q=0.9,text/plain;q=0.1", Text, Values),
            ("x/y;escaping=values;q=0.9,text/plain;escaping=dots;q=0.1", Text, Dots),
            ("x/y;escaping=values;q=0,text/plain", Text, Underscores),
            ("text/plain;q=0.9,x/y;escaping=values;q=0.1", Text, Underscores),
            (PROMETHEUS, OpenMetrics1, AllowUtf8),
            (NATIVE, Protobuf, Underscores),
            (LEGACY, OpenMetrics1, Underscores),
            (",,;;=,q=,\u{1F980};q=1;=;escaping", Text, Underscores),
        ];
        for (accept, format, escaping) in table {
            assert_eq!(
                negotiate(accept, &Format::ALL),
                Negotiated { format, escaping },
                "{accept}"
            );
        }
    }

    #[test]
    fn only_what_is_offered_is_served() {
        let format = |accept, offered: &[Format]| negotiate(accept, offered).format;
        assert_eq!(format(PROMETHEUS, &[Text]), Text);
        assert_eq!(format(NATIVE, &[Text, OpenMetrics0]), OpenMetrics0);
        assert_eq!(format(PROMETHEUS, &[]), Text);
        // Text can always be had, and stands before what is liked less.
        let text_first = "text/plain;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5";
        assert_eq!(format(text_first, &[OpenMetrics1]), Text);
        assert_eq!(negotiate(PROMETHEUS, &[Text]).escaping, AllowUtf8);
    }

    #[test]
    fn the_answer_says_what_it_is() {
        #[rustfmt::skip]
        let table = [
            (Text, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"),
            (OpenMetrics1, "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"),
            (Protobuf, "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores"),
        ];
        for (format, expected) in table {
            let negotiated = Negotiated { format, escaping: Underscores };
            assert_eq!(negotiated.content_type(), expected);
            assert_eq!(negotiate(&negotiated.content_type(), &Format::ALL), negotiated);
        }
    }

    #[test]
    fn a_hostile_header_costs_little() {
        let accept = "a/b;q=0.5,".repeat(100_000) + "application/openmetrics-text";
        assert_eq!(negotiate(&accept, &Format::ALL).format, Text);
    }
}
