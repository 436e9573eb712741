use std::fmt;

use crate::escaping::Escaping;

/// A format in which families are exposed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// OpenMetrics text 0.0.1: what a scraper gets that asks for OpenMetrics without a version.
    /// The bytes are those of 1.0.
    OpenMetrics0,
    /// OpenMetrics text 1.0.
    OpenMetrics1,
    /// OpenMetrics text 2.0, as of its release candidate 0: for those who ask for it by version.
    OpenMetrics2,
    /// Messages of `io.prometheus.client`, each with its length in front. The only one with native
    /// histograms and start timestamps that today's Prometheus reads.
    Protobuf,
    /// Prometheus' text 0.0.4, which everything reads.
    #[default]
    Text,
    /// Prometheus' text 1.0.0: that of 0.0.4 where names may be quoted.
    Text1,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::OpenMetrics0,
        Self::OpenMetrics1,
        Self::OpenMetrics2,
        Self::Protobuf,
        Self::Text,
        Self::Text1,
    ];

    /// The Content-Type of an answer in this format, without `escaping`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::OpenMetrics0 => "application/openmetrics-text; version=0.0.1; charset=utf-8",
            Self::OpenMetrics1 => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::OpenMetrics2 => "application/openmetrics-text; version=2.0.0; charset=utf-8",
            Self::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; \
                 encoding=delimited"
            }
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::Text1 => "text/plain; version=1.0.0; charset=utf-8",
        }
    }

    /// The Content-Type of an answer in this format and with names escaped so.
    ///
    /// ```
    /// use meterport_prom::{Escaping, Format};
    ///
    /// assert_eq!(
    ///     Format::Text.content_type(Escaping::Underscores),
    ///     "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
    /// );
    /// ```
    pub fn content_type(self, escaping: Escaping) -> String {
        format!("{}; escaping={}", self.media_type(), escaping.as_str())
    }

    /// Whether it is one of OpenMetrics.
    pub const fn is_open_metrics(self) -> bool {
        matches!(self, Self::OpenMetrics0 | Self::OpenMetrics1 | Self::OpenMetrics2)
    }
}

/// A short name for people.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenMetrics0 => "OpenMetrics 0.0.1",
            Self::OpenMetrics1 => "OpenMetrics 1.0.0",
            Self::OpenMetrics2 => "OpenMetrics 2.0.0",
            Self::Protobuf => "Prometheus protobuf",
            Self::Text => "Prometheus text 0.0.4",
            Self::Text1 => "Prometheus text 1.0.0",
        })
    }
}
