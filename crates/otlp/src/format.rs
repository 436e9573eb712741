use std::fmt;

/// The two formats of OTLP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the specification's list")]
pub enum Format {
    /// JSON; writing and reading it needs the feature `json`.
    Json,
    /// Protobuf's binary format.
    #[default]
    Protobuf,
}

impl Format {
    /// The `Content-Type` of requests, and of the answers to them.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Protobuf => "application/x-protobuf",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "json",
            Self::Protobuf => "protobuf",
        })
    }
}
