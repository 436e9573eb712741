//! Prometheus' own receiver of OTLP beside our endpoint: of the same batch the same series.

use std::path::Path;
use std::time::{Duration, Instant};

use meterport_core::{Deadline, MetricBatch, MetricExporter, Timestamp};
use meterport_otlp_http::OtlpHttpExporter;

use super::configuration::{Configuration, Scraped};
use super::endpoint::{Endpoint, Names};
use super::readings::{Lines, Selection};
use super::report::Row;
use super::server::{Program, Prometheus};
use super::{milliseconds, names, specimen};
use crate::failure::{Failure, Result};

/// How long the export may take.
const LIMIT: Duration = Duration::from_secs(10);

/// What differs, and why.
const KNOWN: &str = include_str!("expected/otlp.txt");

/// The labels `job` of the two resources.
const JOBS: [&str; 2] = ["eu/shop", "names"];

/// Sends a batch to one Prometheus, has another scrape it, and compares what they store.
pub(super) fn compare(program: &Program, runs: &Path, start: Timestamp) -> Result<Row> {
    let time = Timestamp::from_nanos(start.as_nanos() + 10_000_000_000);
    let batch = MetricBatch::join([specimen::batch(start), names::batch(start, time)]);
    let receiver = Prometheus::start(program, runs, Configuration::new(program.release).text())?;
    send(&receiver, &batch)?;

    let endpoint = Endpoint::start_pushed(&batch)?;
    let configuration = Configuration::new(program.release).with_job(&Scraped {
        name: "scrape",
        target: endpoint.address()?,
        names: Names::Underscores,
        protocol: Some("PrometheusProto"),
        honor_labels: true,
    });
    let scraper = Prometheus::start(program, runs, configuration.text())?;

    let since = Instant::now();
    let sent = read(&receiver, start)?;
    let (only_sent, only_scraped) = known();
    let expected: Lines = sent.difference(&only_sent).chain(&only_scraped).cloned().collect();
    match scraper.settle(&expected, since, |scraper| read(scraper, start))? {
        None if only_sent.is_subset(&sent) => {
            Ok(Row::of("sent as OTLP, and scraped as protobuf".to_owned(), &expected))
        }
        None => {
            let gone = only_sent.difference(&sent);
            Err(Failure::Failed(format!("no longer stored of OTLP: {gone:?}")))
        }
        Some(difference) => {
            Err(scraper.failure(&format!("scraped, it stored beside OTLP{difference}\n")))
        }
    }
}

/// The lines that are stored of OTLP alone, and of the scrape alone.
fn known() -> (Lines, Lines) {
    let with = |sign: &str| {
        KNOWN.lines().filter_map(|line| line.strip_prefix(sign)).map(str::to_owned).collect()
    };
    (with("otlp   "), with("scrape "))
}

fn read(prometheus: &Prometheus, start: Timestamp) -> Result<Lines> {
    let mut lines = Lines::new();
    for job in JOBS {
        let selection = Selection {
            job,
            target: "scrape",
            without: &[],
            start: milliseconds(start),
            raw_exemplars: false,
        };
        lines.extend(selection.samples(prometheus)?);
        lines.extend(selection.exemplars(prometheus)?);
        lines.extend(selection.starts(prometheus)?);
    }
    Ok(lines)
}

fn send(receiver: &Prometheus, batch: &MetricBatch) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| Failure::while_doing("sending OTLP", error);
    let exporter = OtlpHttpExporter::builder()
        .endpoint(format!("http://{}", receiver.address()))
        .path("/api/v1/otlp/v1/metrics")
        .build()
        .map_err(|error| failed(&error))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(&error))?;
    let deadline = Deadline::after(Instant::now(), LIMIT);
    let outcome = runtime.block_on(exporter.export(batch, deadline));
    match outcome.map_err(|error| failed(&error))? {
        outcome if outcome.delivered == batch.points() => Ok(()),
        outcome => Err(failed(&format!("of {} points, {outcome:?}", batch.points()))),
    }
}
