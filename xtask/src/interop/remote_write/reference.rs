use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use meterport_core::{MetricBatch, Timestamp};

use crate::failure::Result;
use crate::interop::prometheus::{
    Configuration, Endpoint, Lines, Names, Program, Prometheus, Scraped, Selection, milliseconds,
    names, specimen,
};

/// The labels `job` of the two resources.
const JOBS: [&str; 2] = ["eu/shop", "names"];

/// How long a first scrape may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What Prometheus stores of the batch when it scrapes it.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) start: Timestamp,
    /// With native histograms and start timestamps.
    pub(super) native: Lines,
    /// With buckets for all histograms.
    pub(super) classic: Lines,
    /// Types, helps and units.
    pub(super) metadata: Lines,
}

impl Reference {
    /// Scrapes by protobuf; and for what remote write 1.0 has, samples by text and exemplars by
    /// OpenMetrics.
    pub(super) fn scrape(program: &Program, runs: &Path, start: Timestamp) -> Result<Self> {
        let batch = batch(start);
        let scraped = |protocol: &str| scraped(program, runs, &batch, start, protocol);
        let stored = |protocol: &str| scraped(protocol).map(|found| found.0);
        let (mut native, metadata) = scraped("PrometheusProto")?;
        // A scrape lets quantiles begin with their summary; they are no counters, and what is
        // remote-written says so.
        native.retain(|line| !line.starts_with("start ") || !line.contains("quantile="));
        let mut classic = stored("PrometheusText0.0.4")?;
        let exemplars = stored("OpenMetricsText1.0.0")?;
        classic.retain(|line| line.starts_with("sample "));
        classic.extend(exemplars.into_iter().filter(|line| line.starts_with("exemplar ")));
        Ok(Self { start, native, classic, metadata })
    }
}

/// A batch of which every series began at `start`, and was last seen ten seconds later.
pub(super) fn batch(start: Timestamp) -> MetricBatch {
    let time = Timestamp::from_nanos(start.as_nanos() + 10_000_000_000);
    MetricBatch::join([specimen::batch(start), names::batch(start, time)])
}

/// What is stored, and the metadata.
fn scraped(
    program: &Program,
    runs: &Path,
    batch: &MetricBatch,
    start: Timestamp,
    protocol: &str,
) -> Result<(Lines, Lines)> {
    let endpoint = Endpoint::start_pushed(batch)?;
    let configuration = Configuration::new(program.release).with_job(&Scraped {
        name: "scrape",
        target: endpoint.address()?,
        names: Names::Underscores,
        protocol: Some(protocol),
        honor_labels: true,
    });
    let scraper = Prometheus::start(program, runs, configuration.text())?;
    let began = Instant::now();
    loop {
        let is_raw = protocol.starts_with("OpenMetrics");
        let lines = read(&scraper, start, is_raw)?;
        if !lines.is_empty() {
            return Ok((lines, selection("scrape", start, is_raw).metadata(&scraper)?));
        }
        if began.elapsed() > PATIENCE {
            return Err(scraper.failure("it has scraped nothing"));
        }
        thread::sleep(Duration::from_millis(250));
    }
}

/// All that is stored of the batch.
pub(super) fn read(prometheus: &Prometheus, start: Timestamp, is_raw: bool) -> Result<Lines> {
    let mut lines = Lines::new();
    for job in JOBS {
        let selection = selection(job, start, is_raw);
        lines.extend(selection.samples(prometheus)?);
        lines.extend(selection.exemplars(prometheus)?);
        lines.extend(selection.starts(prometheus)?);
    }
    Ok(lines)
}

/// The series that are alive.
pub(super) fn alive(prometheus: &Prometheus, start: Timestamp) -> Result<Lines> {
    let mut lines = Lines::new();
    for job in JOBS {
        lines.extend(selection(job, start, false).samples(prometheus)?);
    }
    Ok(lines)
}

fn selection(job: &str, start: Timestamp, raw_exemplars: bool) -> Selection<'_> {
    let start = milliseconds(start);
    Selection { job, target: "scrape", without: &[], start, raw_exemplars }
}
