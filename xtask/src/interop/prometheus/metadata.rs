//! Types, helps and units that a server shows, as lines.

use serde_json::Value;

use super::readings::{Lines, Selection, array};
use super::server::Prometheus;
use crate::failure::Result;

impl Selection<'_> {
    /// Types, helps and units of the scraped families, by the name that the text format has.
    pub(in crate::interop) fn metadata(&self, prometheus: &Prometheus) -> Result<Lines> {
        let target = format!("{{job={:?}}}", self.target);
        let data = prometheus.api("targets/metadata", &[("match_target", &target)])?;
        let mut lines = Lines::new();
        for entry in array(&data)? {
            describe(entry["metric"].as_str().unwrap_or_default(), entry, &mut lines);
        }
        Ok(lines)
    }
}

/// The same of all families that were remote-written, where the receiver shows it.
pub(in crate::interop) fn written_metadata(receiver: &Prometheus) -> Result<Lines> {
    let data = receiver.api("metadata", &[])?;
    let mut lines = Lines::new();
    for (name, entries) in data.as_object().into_iter().flatten() {
        for entry in array(entries)? {
            describe(name, entry, &mut lines);
        }
    }
    Ok(lines)
}

/// Type, help and unit of a family.
fn describe(name: &str, entry: &Value, lines: &mut Lines) {
    let field = |name: &str| entry[name].as_str().unwrap_or_default();
    let kind = field("type");
    // OpenMetrics has them without.
    let suffix = match kind {
        "counter" if !name.ends_with("_total") => "_total",
        "info" if !name.ends_with("_info") => "_info",
        _ => "",
    };
    let name = format!("{name}{suffix}");
    // The text format has no better word for it.
    let kind = if kind == "info" { "gauge" } else { kind };
    lines.insert(format!("type {name} {kind}"));
    if !field("help").is_empty() {
        lines.insert(format!("help {name} {:?}", field("help")));
    }
    if !field("unit").is_empty() {
        lines.insert(format!("unit {name} {}", field("unit")));
    }
}
