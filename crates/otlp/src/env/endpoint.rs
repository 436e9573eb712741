use std::fmt;

use meterport_core::{ConfigError, Variables};

/// Where metrics are sent, and by which rule an address is made of it (OTLP exporter specification,
/// "Endpoint URLs for OTLP/HTTP"). The text is not taken apart here: who connects does that, and
/// says what is wrong with it.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the specification's two variables")]
pub enum Endpoint {
    /// For all signals (`OTEL_EXPORTER_OTLP_ENDPOINT`): over HTTP each has a path below it, metrics
    /// have `v1/metrics`.
    Base(String),
    /// For metrics alone (`OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`): used as it is.
    Signal(String),
}

/// The variables of [`Endpoint`], the one for metrics first.
const VARIABLES: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

impl Endpoint {
    pub(super) fn read(variables: &Variables<'_>) -> Result<Option<Self>, ConfigError> {
        let found = variables.text(&VARIABLES)?;
        Ok(found.map(
            |(name, text)| {
                if name == VARIABLES[0] { Self::Signal(text) } else { Self::Base(text) }
            },
        ))
    }

    /// The variable it comes from.
    pub fn variable(&self) -> &'static str {
        match self {
            Self::Signal(_) => VARIABLES[0],
            Self::Base(_) => VARIABLES[1],
        }
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Base(text) | Self::Signal(text) => text,
        }
    }
}

/// Without the text: it may hold credentials, or a key in its query.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base(_) => "Base(..)",
            Self::Signal(_) => "Signal(..)",
        })
    }
}
