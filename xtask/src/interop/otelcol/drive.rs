use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::collector::Collector;
use crate::failure::{Failure, Result};
use crate::interop::http;

/// How long one request, or the writing of its line, may take.
const LIMIT: Duration = Duration::from_secs(10);

/// What was sent and came back equal.
#[derive(Debug)]
pub(super) struct Report {
    requests: usize,
    points: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} points in {} requests came back equal", self.points, self.requests)
    }
}

/// Sends to a Collector, and compares what it wrote with what was sent.
pub(super) fn drive(collector: &Collector) -> Result<Report> {
    smoke(collector)?;
    Ok(Report { requests: 1, points: 1 })
}

/// One point, written by hand: shows that the Collector takes and writes what it should before
/// any exporter is blamed.
fn smoke(collector: &Collector) -> Result<()> {
    let sent: Value = serde_json::json!({
        "resourceMetrics": [{
            "resource": { "attributes": [
                { "key": "service.name", "value": { "stringValue": "smoke" } },
            ] },
            "scopeMetrics": [{
                "scope": { "name": "xtask" },
                "metrics": [{
                    "name": "requests",
                    "unit": "1",
                    "sum": {
                        "dataPoints": [{
                            "attributes": [{ "key": "code", "value": { "intValue": "200" } }],
                            "startTimeUnixNano": "1700000000000000000",
                            "timeUnixNano": "1700000010000000000",
                            "asInt": "42",
                        }],
                        "aggregationTemporality": 2,
                        "isMonotonic": true,
                    },
                }],
            }],
        }],
    });
    let body = sent.to_string();
    let (status, answer) =
        http::post(collector.http(), "/v1/metrics", "application/json", body.as_bytes(), LIMIT)?;
    if status != 200 {
        return Err(Failure::Failed(format!("the Collector answered\n{answer}")));
    }
    let received = collector.received(1, LIMIT)?;
    if received != [sent.clone()] {
        return Err(Failure::Failed(format!("sent {sent}\nreceived {received:?}")));
    }
    Ok(())
}
