//! OTLP/JSON, read into the generated messages: independent of Meterport's own reader and writer.
//!
//! The rules are those of the OTLP specification, "JSON Protobuf Encoding", over proto3's JSON
//! mapping. [`Rules`] says from whose side they are read.

mod error;
mod fields;
mod messages;
mod scalar;
#[cfg(test)]
mod tests;
mod unique;

use serde_json::Value;

use crate::proto::{ExportMetricsServiceRequest, ExportMetricsServiceResponse, MetricsData};

pub use error::JsonError;

/// From whose side the rules are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there are two sides")]
pub enum Rules {
    /// What a receiver has to accept: unknown names are ignored, 64-bit integers may be numbers or
    /// strings, `null` is the default.
    Receiver,
    /// What a writer may write, to the letter: no unknown or repeated name (a snake_case one is
    /// unknown), no `null`, 64-bit integers as decimal strings and all others as numbers, base64 with
    /// padding, at most one member of a oneof.
    #[default]
    Writer,
}

/// Reads the body of an export request.
///
/// # Errors
/// If it is not JSON or breaks the rules.
pub fn request(text: &[u8], rules: Rules) -> Result<ExportMetricsServiceRequest, JsonError> {
    messages::request(&value(text, rules)?, rules)
}

/// Reads the body of an answer.
///
/// # Errors
/// If it is not JSON or breaks the rules.
pub fn response(text: &[u8], rules: Rules) -> Result<ExportMetricsServiceResponse, JsonError> {
    messages::response(&value(text, rules)?, rules)
}

/// Reads one `MetricsData` object.
///
/// # Errors
/// If it is not JSON or breaks the rules.
pub fn metrics_data(text: &[u8], rules: Rules) -> Result<MetricsData, JsonError> {
    messages::metrics_data(&value(text, rules)?, rules)
}

/// Reads the OTLP file format: one `MetricsData` object a line.
///
/// A writer ends every line with `\n` and leaves none blank; a receiver skips blank lines and takes
/// a last line without an end.
///
/// # Errors
/// If a line is not JSON or breaks the rules; the error names the line, counted from 1.
pub fn metrics_data_lines(text: &[u8], rules: Rules) -> Result<Vec<MetricsData>, JsonError> {
    let mut read = Vec::new();
    for (at, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let place = format!("line {}", at + 1);
        let (line, ended) = match line {
            [line @ .., b'\n'] => (line, true),
            line => (line, false),
        };
        if rules == Rules::Writer {
            if !ended {
                return Err(JsonError::new("does not end with a line feed").within(&place));
            }
        } else if line.trim_ascii().is_empty() {
            continue;
        }
        read.push(metrics_data(line, rules).map_err(|error| error.within(&place))?);
    }
    Ok(read)
}

fn value(text: &[u8], rules: Rules) -> Result<Value, JsonError> {
    if rules == Rules::Writer {
        unique::check(text)?;
    }
    serde_json::from_slice(text).map_err(|error| JsonError::new(format!("not JSON: {error}")))
}
