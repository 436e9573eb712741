use meterport_prom::encoding::{NumberStyle, write_f64};

/// How the bounds of classic buckets (`le`) and the quantiles of summaries are written. They are
/// label values, and Prometheus compares them as texts: the same bucket under two spellings is two
/// series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "what Prometheus' own components write")]
pub enum BoundFormat {
    /// `5.0`, `1e+06`: what Prometheus 3 makes of every bound that it scrapes, in whatever format.
    /// The default, so that a service that is scraped here and writes there has one set of series.
    /// Prometheus leaves the labels of remote write as they come.
    #[default]
    OpenMetrics,
    /// `5`, `1e+06`: what Prometheus 2 kept of bounds scraped as text.
    Text,
    /// `5`, `1000000`: what Prometheus makes of OTLP.
    Decimal,
}

impl BoundFormat {
    /// Replaces `out` by the text of a bound.
    pub(crate) fn write(self, bound: f64, out: &mut Vec<u8>) {
        out.clear();
        match self {
            Self::OpenMetrics => write_f64(out, bound, NumberStyle::OpenMetrics),
            Self::Text => write_f64(out, bound, NumberStyle::Plain),
            // `Display` of floats is Go's 'f' with the shortest digits.
            Self::Decimal if bound.is_finite() => out.extend(format!("{bound}").bytes()),
            Self::Decimal => write_f64(out, bound, NumberStyle::Plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_have_the_spelling_of_where_they_are_compared() {
        let table = [
            (5.0, ["5.0", "5", "5"]),
            (0.25, ["0.25", "0.25", "0.25"]),
            (1e6, ["1e+06", "1e+06", "1000000"]),
            (1e-9, ["1e-09", "1e-09", "0.000000001"]),
            (-1.0, ["-1.0", "-1", "-1"]),
            (f64::INFINITY, ["+Inf", "+Inf", "+Inf"]),
        ];
        let formats = [BoundFormat::OpenMetrics, BoundFormat::Text, BoundFormat::Decimal];
        for (bound, expected) in table {
            for (format, expected) in formats.into_iter().zip(expected) {
                let mut out = b"before".to_vec();
                format.write(bound, &mut out);
                assert_eq!(String::from_utf8(out).unwrap(), expected, "{format:?}");
            }
        }
    }
}
