//! What is asked for, and what has come.

use meterport_prom::Format;

/// The formats that are read, the preferred one first.
pub(crate) const FORMATS: [Format; 5] =
    [Format::Protobuf, Format::OpenMetrics1, Format::OpenMetrics0, Format::Text1, Format::Text];

/// The header Accept, as Prometheus writes it: weights from six tenths down, and anything else at
/// the end.
pub(crate) fn accept(formats: &[Format]) -> String {
    let mut accept = String::new();
    let mut weight = formats.len() + 1;
    for format in formats {
        let media = match format {
            Format::OpenMetrics0 => "application/openmetrics-text;version=0.0.1",
            Format::Protobuf => {
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
                 encoding=delimited"
            }
            Format::Text => "text/plain;version=0.0.4",
            Format::Text1 => "text/plain;version=1.0.0;escaping=allow-utf-8",
            _ => "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8",
        };
        accept.push_str(&format!("{media};q=0.{weight},"));
        weight -= 1;
    }
    accept + &format!("*/*;q=0.{weight}")
}

/// The format of an answer, by its Content-Type, or nothing if it is none that is read. As
/// Prometheus sees it: parameters count for protobuf alone.
pub(crate) fn format_of(content_type: &str) -> Option<Format> {
    let mut parts = content_type.split(';').map(str::trim);
    let media = parts.next()?.to_ascii_lowercase();
    let parameter = |wanted: &str| {
        parts.clone().filter_map(|part| part.split_once('=')).find_map(|(name, value)| {
            let value = value.trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case(wanted).then_some(value)
        })
    };
    match &*media {
        "application/openmetrics-text" => match parameter("version") {
            Some(version) if version.starts_with("2.") => None,
            Some("1.0.0") => Some(Format::OpenMetrics1),
            _ => Some(Format::OpenMetrics0),
        },
        "application/vnd.google.protobuf" => {
            let is_family = parameter("proto") == Some("io.prometheus.client.MetricFamily");
            let is_delimited = parameter("encoding").is_none_or(|encoding| encoding == "delimited");
            (is_family && is_delimited).then_some(Format::Protobuf)
        }
        "text/plain" => Some(Format::Text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_asked_for_as_prometheus_does() {
        assert_eq!(
            accept(&FORMATS),
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
             encoding=delimited;q=0.6,\
             application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
             application/openmetrics-text;version=0.0.1;q=0.4,\
             text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
             text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
        );
        assert_eq!(accept(&[Format::Text]), "text/plain;version=0.0.4;q=0.2,*/*;q=0.1");
    }

    #[test]
    fn an_answer_says_what_it_is() {
        let proto = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily";
        let table = [
            ("text/plain", Some(Format::Text)),
            ("TEXT/plain; version=0.0.4; charset=utf-8; escaping=underscores", Some(Format::Text)),
            ("application/openmetrics-text", Some(Format::OpenMetrics0)),
            ("application/openmetrics-text; version=\"1.0.0\"", Some(Format::OpenMetrics1)),
            ("application/openmetrics-text; version=2.0.0", None),
            (proto, Some(Format::Protobuf)),
            (&format!("{proto}; encoding=delimited"), Some(Format::Protobuf)),
            (&format!("{proto}; encoding=text"), None),
            ("application/vnd.google.protobuf", None),
            ("text/html; charset=utf-8", None),
            ("", None),
        ];
        for (content_type, expected) in table {
            assert_eq!(format_of(content_type), expected, "{content_type}");
        }
    }
}
