use std::time::{Duration, Instant};

use meterport_core::{
    Deadline, ErrorKind, ExportError, Metric, MetricBatch, MetricData, MetricExporter, RetryAdvice,
    Status,
};
use meterport_otlp_http::{Compression, OtlpHttpExporter};
use meterport_testkit::json::{self, Rules};
use meterport_testkit::strategy::{Numbers, batches};
use meterport_testkit::to_metrics_data;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use super::collector::Collector;
use super::door::Security;
use super::normal::normalise;
use super::report::{Report, Row};
use super::ways::{self, COMPRESSIONS, Speech};
use crate::difference;
use crate::failure::{Failure, Result};
use crate::interop::{http, specimen};

/// How long one request, or the writing of its lines, may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Generated batches, of which some are empty and not sent.
const GENERATED: usize = 800;
const SEED: u64 = 3;

/// Sends to a Collector, and compares what it wrote with what was sent.
pub(super) fn drive(collector: &Collector) -> Result<Report> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::while_doing("starting a runtime", error))?;
    let mut drive = Drive { collector, runtime, lines: 0 };
    let mut report = Report::default();
    drive.smoke()?;
    let mut round = 0;
    for security in Security::ALL {
        for speech in Speech::ALL {
            for (name, compression) in COMPRESSIONS {
                let exporter = ways::exporter(collector, security, speech, compression)?;
                let what = format!("specimen, {}{}, {name}", speech.title(), security.title());
                // The second goes over the connection of the first.
                let all = [specimen::batch(round), specimen::batch(round + 1)];
                round += 2;
                report.rows.push(drive.send(what, &*exporter, &all)?);
            }
        }
    }
    let generated: Vec<MetricBatch> =
        batches(Numbers::Finite, GENERATED, SEED).filter(|batch| !batch.is_empty()).collect();
    for speech in [Speech::Protobuf, Speech::Grpc] {
        let exporter = ways::exporter(collector, Security::Plain, speech, Compression::GZIP)?;
        let what = format!("generated, {}, gzip", speech.title());
        report.rows.push(drive.send(what, &*exporter, &generated)?);
    }
    for speech in [Speech::Protobuf, Speech::Grpc] {
        report.also.extend(drive.handshakes(speech)?);
    }
    report.also.push(drive.refusal()?);
    // Whatever was refused or sent twice would stand before this.
    drive.smoke()?;
    Ok(report)
}

struct Drive<'a> {
    collector: &'a Collector,
    runtime: Runtime,
    /// Lines of the Collector's output that have been compared.
    lines: usize,
}

impl Drive<'_> {
    fn export(
        &self,
        exporter: &dyn MetricExporter,
        batch: &MetricBatch,
    ) -> std::result::Result<meterport_core::Outcome, ExportError> {
        self.runtime.block_on(exporter.export(batch, Deadline::after(Instant::now(), LIMIT)))
    }

    /// Sends the batches one after the other; each must come back as a line of its own.
    fn send(
        &mut self,
        what: String,
        exporter: &dyn MetricExporter,
        batches: &[MetricBatch],
    ) -> Result<Row> {
        let mut row = Row { what, ..Row::default() };
        for batch in batches {
            let outcome = self
                .export(exporter, batch)
                .map_err(|error| Failure::while_doing(&row.what, error))?;
            if outcome.delivered != batch.points() || outcome.unverified > 0 {
                let points = batch.points();
                let text = format!("{}: of {points} points, {outcome:?}", row.what);
                return Err(Failure::Failed(text));
            }
            row.requests += 1;
            row.points += outcome.delivered;
            row.exemplars += batch.metrics().map(exemplars).sum::<u64>();
            row.raw_bytes += outcome.raw_bytes;
            row.wire_bytes += outcome.wire_bytes;
        }
        let lines = self.lines(batches.len())?;
        for (at, (batch, line)) in batches.iter().zip(&lines).enumerate() {
            compare(batch, line)
                .map_err(|why| Failure::Failed(format!("{}, request {at}: {why}", row.what)))?;
        }
        Ok(row)
    }

    /// One point, written by hand: shows that the Collector takes and writes what it should before
    /// any exporter is blamed.
    fn smoke(&mut self) -> Result<()> {
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
        let server = self.collector.door(Security::Plain).http;
        let answer = http::post(server, "/v1/metrics", "application/json", body.as_bytes(), LIMIT)?;
        if answer.status != 200 {
            return Err(Failure::Failed(format!("the Collector answered\n{answer:?}")));
        }
        let lines = self.lines(1)?;
        let received: Value = serde_json::from_str(&lines[0])
            .map_err(|error| Failure::while_doing("reading the Collector's output", error))?;
        if received != sent {
            return Err(Failure::Failed(format!("sent {sent}\nreceived {received}")));
        }
        Ok(())
    }

    /// Certificates that one side does not accept: nothing is sent, and the cause is told.
    fn handshakes(&self, speech: Speech) -> Result<Vec<String>> {
        let identities = self.collector.identities();
        let cases = [
            ("a server of an unknown authority", Security::Tls, identities.distrustful()),
            ("no client certificate", Security::Mutual, identities.tls(Security::Tls)),
            ("a client of an unknown authority", Security::Mutual, identities.stranger()),
        ];
        let check = |(what, security, tls)| {
            let what = format!("{what}, {}", speech.title());
            let compression = Compression::Identity;
            let exporter = ways::exporter_with(self.collector, security, speech, compression, tls)?;
            match self.export(&*exporter, &specimen::batch(0)) {
                Err(error)
                    if error.kind() == ErrorKind::Connect
                        && !error.is_unconfirmed()
                        && error.to_string().contains("certificate") =>
                {
                    Ok(format!("{what}: \"{error}\""))
                }
                other => Err(Failure::Failed(format!("{what} gave {other:?}"))),
            }
        };
        cases.into_iter().map(check).collect()
    }

    /// A path that nobody serves: refused for good, and all is owed.
    fn refusal(&self) -> Result<String> {
        let url = self.collector.door(Security::Plain).http_url();
        let builder = OtlpHttpExporter::builder().endpoint(url).path("/nowhere");
        let exporter = ways::boxed(builder.build())?;
        let said = match self.export(&*exporter, &specimen::batch(0)) {
            Err(error)
                if error.kind() == ErrorKind::Rejected
                    && error.advice() == RetryAdvice::Never
                    && error.status() == Some(Status::Http(404)) =>
            {
                error.to_string()
            }
            other => {
                let text = format!("a path that nobody serves gave {other:?}");
                return Err(Failure::Failed(text));
            }
        };
        Ok(format!("a path that nobody serves: not to be retried, \"{said}\""))
    }

    /// The next `count` lines of the output, and no more than that.
    fn lines(&mut self, count: usize) -> Result<Vec<String>> {
        let lines = self.collector.received(self.lines, count, LIMIT)?;
        self.lines += lines.len();
        if lines.len() > count {
            let found = lines.len();
            return Err(Failure::Failed(format!("the Collector wrote {found} lines for {count}")));
        }
        Ok(lines)
    }
}

/// Reads a line with testkit's reader, and compares it with testkit's own conversion of the batch.
fn compare(batch: &MetricBatch, line: &str) -> std::result::Result<(), String> {
    let mut received = json::metrics_data(line.as_bytes(), Rules::Receiver)
        .map_err(|error| format!("the Collector's line: {error}"))?;
    let mut expected = to_metrics_data(batch);
    normalise(&mut expected.resource_metrics);
    normalise(&mut received.resource_metrics);
    match difference::first(&expected, &received) {
        None => Ok(()),
        Some(difference) => Err(difference.to_string()),
    }
}

fn exemplars(metric: &Metric) -> u64 {
    let count = match &metric.data {
        MetricData::ExponentialHistogram(data) => {
            data.points.iter().map(|p| p.exemplars.len()).sum()
        }
        MetricData::Gauge(data) => data.points.iter().map(|p| p.exemplars.len()).sum(),
        MetricData::Histogram(data) => data.points.iter().map(|p| p.exemplars.len()).sum(),
        MetricData::Sum(data) => data.points.iter().map(|p| p.exemplars.len()).sum(),
        MetricData::Summary(_) => 0,
    };
    let count: usize = count;
    count as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_differs_is_told_by_its_path() {
        // What a Collector writes of this, which always has a resource and a scope.
        let line = |value: &str| {
            format!(
                r#"{{"resourceMetrics":[{{"resource":{{}},"scopeMetrics":[{{"scope":{{}},"metrics":
                [{{"name":"g","gauge":{{"dataPoints":[{{"asInt":"{value}"}}]}}}}]}}]}}]}}"#
            )
        };
        let point = meterport_core::NumberPoint::new(
            meterport_core::AttributeSet::empty(),
            meterport_core::Number::I64(1),
        );
        let gauge = meterport_core::Gauge { points: [point].into_iter().collect() };
        let scope = meterport_core::ScopeMetrics::default().with_metric(Metric::new("g", gauge));
        let entry = meterport_core::ResourceMetrics::default().with_scope(scope);
        let batch = MetricBatch::from(entry);
        assert_eq!(compare(&batch, &line("1")), Ok(()));
        let why = compare(&batch, &line("2")).unwrap_err();
        let path = "resource_metrics[0].scope_metrics[0].metrics[0].data.data_points[0].value";
        assert!(why.contains(path), "{why}");
        assert!(compare(&batch, "nonsense").is_err());
    }
}
