//! What a Prometheus has stored, as lines that can be compared:
//!
//! ```text
//! sample http_requests_total{method="GET"} 7.0
//! native size_bytes{} count 3.0 sum 4.5 (2^0, 2^0.5] 3.0
//! exemplar http_requests_total{method="GET"} {trace_id="ab…"} 0.5 at 20
//! start http_requests_total{method="GET"} at 0
//! type http_requests_total counter
//! help http_requests_total "What it counts"
//! unit http_requests_total requests
//! ```
//!
//! Times are milliseconds since the start that is given.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::Value;

use super::server::Prometheus;
use crate::failure::{Failure, Result};

/// Whatever a scrape adds itself.
const OWN: &str = "up|scrape_.*";

/// Lines of what is stored.
pub(in crate::interop) type Lines = BTreeSet<String>;

/// Which series are read, and how they are written down.
#[derive(Clone, Copy, Debug)]
pub(in crate::interop) struct Selection<'a> {
    /// The label `job`.
    pub(in crate::interop) job: &'a str,
    /// The job that scraped, by which there is metadata.
    pub(in crate::interop) target: &'a str,
    /// Labels that are left out of the lines: what differs from run to run.
    pub(in crate::interop) without: &'a [&'a str],
    /// Milliseconds since the epoch from which times are told.
    pub(in crate::interop) start: i64,
    /// Whether the labels of exemplars are as they stood on the page, escapes and all: Prometheus
    /// does not read those of OpenMetrics 1.
    pub(in crate::interop) raw_exemplars: bool,
}

impl Selection<'_> {
    fn matcher(&self) -> String {
        format!("{{job={:?},__name__!~{OWN:?}}}", self.job)
    }

    /// The series that are alive now, with their last values.
    pub(in crate::interop) fn samples(&self, prometheus: &Prometheus) -> Result<Lines> {
        let data = prometheus.api("query", &[("query", &self.matcher())])?;
        let mut lines = Lines::new();
        for entry in array(&data["result"])? {
            let series = self.series(&entry["metric"])?;
            if let Some(value) = entry["value"][1].as_str() {
                lines.insert(format!("sample {series} {:?}", number(value)?));
            }
            if entry["histogram"].is_array() {
                lines.insert(format!("native {series} {}", native(&entry["histogram"][1])?));
            }
        }
        Ok(lines)
    }

    /// The series that began with a zero, and when: so start timestamps are stored.
    pub(in crate::interop) fn starts(&self, prometheus: &Prometheus) -> Result<Lines> {
        let query = format!("{}[15m]", self.matcher());
        let data = prometheus.api("query", &[("query", &query)])?;
        let mut lines = Lines::new();
        for entry in array(&data["result"])? {
            let series = self.series(&entry["metric"])?;
            let (first, is_zero) = match (&entry["values"][0], &entry["histograms"][0]) {
                (first @ Value::Array(_), _) => (first, first[1] == "0"),
                (_, first) => (first, first[1]["count"] == "0"),
            };
            let time = first[0].as_f64().map(|seconds| (seconds * 1000.0).round() as i64);
            if let Some(time) = time.filter(|time| is_zero && *time <= self.start + 1_000) {
                lines.insert(format!("start {series} at {}", time - self.start));
            }
        }
        Ok(lines)
    }

    /// The exemplars of all series.
    pub(in crate::interop) fn exemplars(&self, prometheus: &Prometheus) -> Result<Lines> {
        let at = |offset: i64| format!("{}", self.start / 1000 + offset);
        let query = [("query", &*self.matcher()), ("start", &*at(-3600)), ("end", &*at(3600))];
        let data = prometheus.api("query_exemplars", &query)?;
        let mut lines = Lines::new();
        for entry in array(&data)? {
            let series = self.series(&entry["seriesLabels"])?;
            for exemplar in array(&entry["exemplars"])? {
                let mut labels = labels(&exemplar["labels"], &[])?;
                if self.raw_exemplars {
                    labels.values_mut().for_each(|value| *value = unescaped(value));
                }
                let value = number(exemplar["value"].as_str().unwrap_or_default())?;
                let time = exemplar["timestamp"].as_f64().unwrap_or_default() * 1000.0;
                let time = time.round() as i64 - self.start;
                lines.insert(format!("exemplar {series} {} {value:?} at {time}", text(&labels)));
            }
        }
        Ok(lines)
    }

    /// A series as one would write it.
    fn series(&self, metric: &Value) -> Result<String> {
        let mut labels = labels(metric, self.without)?;
        let name = labels.remove("__name__").unwrap_or_default();
        labels.remove("job");
        Ok(format!("{name}{}", text(&labels)))
    }
}

/// What is expected and missing, and what is there unexpectedly.
pub(in crate::interop) fn difference(expected: &Lines, found: &Lines) -> Option<String> {
    let mut text = String::new();
    for line in expected.difference(found) {
        text.push_str(&format!("\n  missing: {line}"));
    }
    for line in found.difference(expected) {
        text.push_str(&format!("\n  instead: {line}"));
    }
    (!text.is_empty()).then_some(text)
}

fn labels(labels: &Value, without: &[&str]) -> Result<BTreeMap<String, String>> {
    let Some(labels) = labels.as_object() else {
        return Err(Failure::Failed(format!("Prometheus has labels {labels}")));
    };
    let known = labels.iter().filter(|(name, _)| !without.contains(&name.as_str()));
    let label = |(name, value): (&String, &Value)| {
        let value = value.as_str().unwrap_or_default();
        // Numbers, which have been written in several ways.
        let number = match name.as_str() {
            "le" | "quantile" => value.parse::<f64>().ok(),
            _ => None,
        };
        (name.clone(), number.map_or_else(|| value.to_owned(), |number| format!("{number:?}")))
    };
    Ok(known.map(label).collect())
}

fn text(labels: &BTreeMap<String, String>) -> String {
    let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{{{}}}", labels.join(","))
}

/// A text without the escapes of OpenMetrics.
fn unescaped(text: &str) -> String {
    let mut unescaped = String::new();
    let mut rest = text.chars();
    while let Some(one) = rest.next() {
        match (one, rest.clone().next()) {
            ('\\', Some('n')) => unescaped.push('\n'),
            ('\\', Some(escaped)) => unescaped.push(escaped),
            _ => {
                unescaped.push(one);
                continue;
            }
        }
        rest.next();
    }
    unescaped
}

/// A native histogram. Bounds are powers of two, so that no digit of a root stands in the way.
fn native(histogram: &Value) -> Result<String> {
    let field = |value: &Value| number(value.as_str().unwrap_or_default());
    let (count, sum) = (field(&histogram["count"])?, field(&histogram["sum"])?);
    let mut line = format!("count {count:?} sum {sum:?}");
    for bucket in histogram["buckets"].as_array().into_iter().flatten() {
        let (low, high) = (field(&bucket[1])?, field(&bucket[2])?);
        let is_zero = low <= 0.0 && high >= 0.0;
        let bound = |bound: f64| match is_zero {
            true => format!("{bound:?}"),
            false => power(bound),
        };
        // 0: open on the left, 1: on the right, 2: on both sides, 3: on neither.
        let (left, right) = match bucket[0].as_u64() {
            Some(0) => ('(', ']'),
            Some(1) => ('[', ')'),
            Some(3) => ('[', ']'),
            _ => ('(', ')'),
        };
        let count = field(&bucket[3])?;
        let written = write!(line, " {left}{}, {}{right} {count:?}", bound(low), bound(high));
        debug_assert!(written.is_ok(), "a string takes everything");
    }
    Ok(line)
}

fn power(bound: f64) -> String {
    let sign = if bound < 0.0 { "-" } else { "" };
    // A root is not known to the last digit.
    let exponent = (bound.abs().log2() * 1e9).round() / 1e9;
    format!("{sign}2^{exponent}")
}

pub(super) fn array(value: &Value) -> Result<&Vec<Value>> {
    value.as_array().ok_or_else(|| Failure::Failed(format!("Prometheus answered with {value}")))
}

fn number(text: &str) -> Result<f64> {
    text.parse()
        .map_err(|error| Failure::while_doing(format!("reading the number {text:?}"), error))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_native_histogram_is_told_by_its_buckets() {
        let histogram = json!({
            "count": "6", "sum": "-1.5",
            "buckets": [[1, "-2", "-1.0905077326652577", "1"], [3, "-0.5", "0.5", "2"],
                        [0, "1", "1.0905077326652577", "3"]],
        });
        let line = "count 6.0 sum -1.5 [-2^1, -2^0.125) 1.0 [-0.5, 0.5] 2.0 (2^0, 2^0.125] 3.0";
        assert_eq!(native(&histogram).unwrap(), line);
    }

    #[test]
    fn escapes_are_read() {
        assert_eq!(unescaped(r#"a\"b\\n\nc\"#), "a\"b\\n\nc\\");
    }

    #[test]
    fn lines_that_differ_are_told() {
        let lines = |all: &[&str]| all.iter().map(|line| (*line).to_owned()).collect::<Lines>();
        assert_eq!(difference(&lines(&["a", "b"]), &lines(&["b", "a"])), None);
        let found = difference(&lines(&["a", "b"]), &lines(&["b", "c"]));
        assert_eq!(found.as_deref(), Some("\n  missing: a\n  instead: c"));
    }
}
