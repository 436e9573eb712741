use std::path::Path;
use std::time::Instant;

use meterport_core::Timestamp;

use super::configuration::{Configuration, Scraped};
use super::endpoint::Endpoint;
use super::jobs::Job;
use super::readings::{Lines, Selection};
use super::report::Row;
use super::server::{Program, Prometheus};
use super::shows::expected;
use super::{milliseconds, specimen};
use crate::failure::Result;

/// Starts a Prometheus that scrapes the specimen in every way its release has, and compares what
/// it stores with what is expected.
pub(super) fn scrape(
    program: &Program,
    runs: &Path,
    start: Timestamp,
    keep: bool,
) -> Result<Vec<Row>> {
    let batch = specimen::batch(start);
    let jobs = program.release.jobs();
    let mut endpoints = Vec::new();
    let mut configuration = Configuration::new(program.release);
    for job in jobs {
        let translation = job.names.translation();
        let endpoint = Endpoint::start(&batch, translation, job.offered, job.shows.starts)?;
        let address = endpoint.address()?;
        configuration = configuration.with_job(&Scraped {
            name: job.name,
            target: address,
            names: job.names,
            protocol: job.protocol,
            honor_labels: false,
        });
        endpoints.push(endpoint);
    }
    let mut prometheus = Prometheus::start(program, runs, configuration.text())?;
    println!("{}: listens on http://{}", program.release.title(), prometheus.address());
    if keep {
        println!(
            "{}: its files stay in {}",
            program.release.title(),
            prometheus.keep_files().display()
        );
    }
    let since = Instant::now();
    let mut rows = Vec::new();
    let mut differences = String::new();
    for job in jobs {
        let title = format!("{}, {}", program.release.title(), job.name);
        let expected = expected(job.names, job.shows);
        match prometheus.settle(&expected, since, |prometheus| read(prometheus, job, start))? {
            None => rows.push(Row::of(title, &expected)),
            Some(difference) => differences.push_str(&format!("{title}: it stored{difference}\n")),
        }
    }
    if differences.is_empty() { Ok(rows) } else { Err(prometheus.failure(&differences)) }
}

/// All that is stored of a job.
fn read(prometheus: &Prometheus, job: &Job, start: Timestamp) -> Result<Lines> {
    let selection = Selection {
        job: job.name,
        target: job.name,
        without: &["instance"],
        start: milliseconds(start),
        raw_exemplars: job.shows.raw_exemplars,
    };
    let mut found = selection.samples(prometheus)?;
    found.extend(selection.metadata(prometheus)?);
    found.extend(selection.exemplars(prometheus)?);
    found.extend(selection.starts(prometheus)?);
    Ok(found)
}
