use std::fmt;

/// What is wrong with a text that should be OTLP/JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    at: String,
    what: String,
}

impl JsonError {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { at: String::new(), what: what.into() }
    }

    /// The same, seen from one level further out.
    pub(super) fn within(mut self, place: &str) -> Self {
        let joint = if self.at.is_empty() || self.at.starts_with('[') { "" } else { "." };
        self.at = format!("{place}{joint}{}", self.at);
        self
    }

    /// The place: names joined by dots, indices in brackets; empty for the whole.
    pub fn at(&self) -> &str {
        &self.at
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() {
            f.write_str(&self.what)
        } else {
            write!(f, "{}: {}", self.at, self.what)
        }
    }
}

impl std::error::Error for JsonError {}
