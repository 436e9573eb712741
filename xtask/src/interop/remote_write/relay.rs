//! A page that is scraped here and remote-written, beside what Prometheus stores of the page itself.

use std::path::Path;
use std::time::Instant;

use meterport_core::{Deadline, Timestamp};
use meterport_prom_scrape::{Format, ScrapeProducer, TargetLabels};
use meterport_remote_write::{Protocol, Translation};

use super::send::{block_on, builder, send};
use crate::failure::{Failure, Result};
use crate::interop::prometheus::{
    Configuration, Endpoint, Names, Program, Prometheus, Row, Selection, Shows, expected,
    milliseconds, specimen,
};

/// In which format the page comes, and what of it arrives.
const PAGES: [(&str, Format, Shows); 3] = [
    ("text 0.0.4, relayed", Format::Text, Shows::TEXT),
    ("OpenMetrics 1.0, relayed", Format::OpenMetrics1, Shows::WITH_STARTS),
    ("protobuf, relayed", Format::Protobuf, Shows::ALL),
];

/// Scrapes, writes by 2.0, and compares with what Prometheus stores when it scrapes.
pub(super) fn check(program: &Program, runs: &Path, start: Timestamp) -> Result<Vec<Row>> {
    let receiver = Prometheus::start(program, runs, Configuration::new(program.release).text())?;
    let translation = Translation::verbatim();
    let exporter = builder(&receiver, Protocol::V2).translation(translation).build();
    let exporter = exporter.map_err(|error| Failure::while_doing("building an exporter", error))?;
    let batch = specimen::batch(start);
    let mut rows = Vec::new();
    for (job, format, shows) in PAGES {
        let translation = Names::Underscores.translation();
        let endpoint = Endpoint::start(&batch, translation, &[format], shows.starts)?;
        let source = ScrapeProducer::builder(job, format!("http://{}", endpoint.address()?))
            .target_labels(TargetLabels::Series)
            .formats([format])
            .build()
            .map_err(|error| Failure::while_doing("building a producer", error))?;
        let scrape = block_on(source.scrape(Deadline::NONE))?;
        if let Some(error) = scrape.error {
            return Err(Failure::while_doing("scraping", error));
        }
        send(&exporter, &scrape.batch)?;
        let selection = Selection {
            job,
            target: job,
            without: &["instance"],
            start: milliseconds(start),
            raw_exemplars: false,
        };
        // The receiver does not show types, helps and units.
        let mut expected = expected(Names::Underscores, shows);
        expected.retain(|line| {
            !["type ", "help ", "unit "].into_iter().any(|kind| line.starts_with(kind))
        });
        expected.retain(|line| !differs(line));
        let read = |receiver: &Prometheus| {
            let mut found = selection.samples(receiver)?;
            found.extend(selection.exemplars(receiver)?);
            found.extend(selection.starts(receiver)?);
            found.retain(|line| !differs(line));
            Ok(found)
        };
        match receiver.settle(&expected, Instant::now(), read)? {
            None => rows.push(Row::of(job.to_owned(), &expected)),
            Some(difference) => {
                return Err(receiver.failure(&format!("{job}: it stored{difference}\n")));
            }
        }
    }
    Ok(rows)
}

/// What is stored in another way, by design: quantiles are no counters, and are not said to have
/// begun; and of a histogram whose page has neither sum nor count, as OpenMetrics wants it of those
/// with negative buckets, the count is written that its buckets tell.
fn differs(line: &str) -> bool {
    let is_quantile = line.starts_with("start ") && line.contains("quantile=");
    is_quantile || line.contains("payload_size_bytes_count{kind=\"wide\"")
}
