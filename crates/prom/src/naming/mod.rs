//! Names of metrics, units and labels: pure functions of texts.

mod label;
mod metric;
mod unit;

#[cfg(test)]
mod tests;

pub(crate) use label::is_scope_field;
pub use label::label_name;
pub use metric::{MetricKind, metric_name};
pub use unit::unit_name;

/// A name of which nothing would be left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidName;

impl std::fmt::Display for InvalidName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nothing of the name is left that Prometheus allows")
    }
}

impl std::error::Error for InvalidName {}

/// Refuses what is empty, and what has become underscores alone.
fn checked(name: String, original: &str) -> Result<String, InvalidName> {
    let is_bare = name.bytes().all(|byte| byte == b'_');
    if name.is_empty() || is_bare && name != original { Err(InvalidName) } else { Ok(name) }
}
