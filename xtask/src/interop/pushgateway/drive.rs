use std::path::Path;
use std::time::{Duration, Instant};

use meterport_core::{Deadline, ErrorKind, MetricBatch, RetryAdvice, Status, Timestamp};
use meterport_prom_push::{
    AtShutdown, Compression, Format, PushMethod, PushgatewayBuilder, PushgatewayExporter, Strategy,
    Translation,
};

use super::batches::{AWKWARD, AWKWARD_JOBS, counter, gauges};
use super::server::Gateway;
use crate::failure::{Failure, Result};
use crate::interop::prometheus::{
    Configuration, Lines, Names, Program, Prometheus, Row, Scraped, Selection, Shows, begin,
    expected, milliseconds, specimen,
};

/// How long one push may take.
const LIMIT: Duration = Duration::from_secs(10);

/// The job of Prometheus' that scrapes the gateway; pushed series have their own label `job`.
const SCRAPE: &str = "gateway";

/// What is started.
#[derive(Clone, Copy, Debug)]
pub(super) struct Programs<'a> {
    pub(super) gateway: &'a Path,
    pub(super) prometheus: &'a Program,
    /// The folder for folders of files.
    pub(super) runs: &'a Path,
    /// Whether those stay.
    pub(super) keep: bool,
}

/// Pushes, has Prometheus scrape, and compares; answers what was compared, and the rest in words.
pub(super) fn drive(programs: &Programs<'_>) -> Result<(Vec<Row>, Vec<String>)> {
    // It has native histograms by protobuf, and names in UTF-8 by text.
    let drive = Drive::start(programs, Names::Underscores, "PrometheusProto")?;
    let utf8 = Drive::start(programs, Names::Utf8, "PrometheusText1.0.0")?;
    let mut rows = Vec::new();
    for (drive, ways) in [(&drive, WAYS), (&utf8, UTF8_WAYS)] {
        for way in ways {
            rows.push(drive.specimen(way)?);
        }
    }
    rows.push(drive.awkward_groups("value")?);
    rows.push(utf8.awkward_groups("größe.of")?);
    rows.push(drive.awkward_jobs()?);
    Ok((rows, vec![drive.methods()?, drive.shutdown()?, drive.refusal()?]))
}

/// A way to push the specimen.
struct Way {
    /// The job's name.
    name: &'static str,
    format: Format,
    compression: Compression,
    names: Names,
    shows: Shows,
}

/// Prometheus reads the exemplars of one native histogram of a family, and passes over as many of
/// each that follows: its parser's position is not put back between them.
const LATER: Shows = Shows { native_exemplars: false, ..Shows::ALL };

const WAYS: &[Way] = &[
    Way {
        name: "text",
        format: Format::Text,
        compression: Compression::Identity,
        names: Names::Underscores,
        shows: Shows::TEXT,
    },
    Way {
        name: "text, gzip",
        format: Format::Text,
        compression: Compression::GZIP,
        names: Names::Underscores,
        shows: Shows::TEXT,
    },
    Way {
        name: "protobuf",
        format: Format::Protobuf,
        compression: Compression::Identity,
        names: Names::Underscores,
        shows: Shows::ALL,
    },
    Way {
        name: "protobuf, gzip",
        format: Format::Protobuf,
        compression: Compression::GZIP,
        names: Names::Underscores,
        shows: LATER,
    },
];

/// To a gateway of its own: beside names with underscores, these would become the same where a
/// scraper cannot read them.
const UTF8_WAYS: &[Way] = &[
    Way {
        name: "UTF-8 names, text",
        format: Format::Text,
        compression: Compression::Identity,
        names: Names::Utf8,
        shows: Shows::TEXT,
    },
    Way {
        name: "UTF-8 names, protobuf, gzip",
        format: Format::Protobuf,
        compression: Compression::GZIP,
        names: Names::Utf8,
        shows: Shows { buckets: false, ..Shows::TEXT },
    },
];

/// A gateway, and a Prometheus that scrapes it.
#[derive(Debug)]
pub(super) struct Drive {
    gateway: Gateway,
    prometheus: Prometheus,
    start: Timestamp,
}

impl Drive {
    /// Starts both; their files are below `runs`, and stay if that is wished.
    fn start(programs: &Programs<'_>, names: Names, protocol: &str) -> Result<Self> {
        let Programs { gateway, prometheus, runs, keep } = *programs;
        let mut gateway = Gateway::start(gateway, runs)?;
        println!("pushgateway: listens on http://{}", gateway.address());
        let configuration = Configuration::new(prometheus.release).with_job(&Scraped {
            name: SCRAPE,
            target: gateway.address(),
            names,
            protocol: Some(protocol),
            honor_labels: true,
        });
        let mut prometheus = Prometheus::start(prometheus, runs, configuration.text())?;
        println!("pushgateway: Prometheus listens on http://{}", prometheus.address());
        if keep {
            for folder in [gateway.keep_files(), prometheus.keep_files()] {
                println!("pushgateway: files stay in {}", folder.display());
            }
        }
        Ok(Self { gateway, prometheus, start: begin()? })
    }

    fn builder(&self, job: &str) -> PushgatewayBuilder {
        let endpoint = format!("http://{}", self.gateway.address());
        PushgatewayExporter::builder(job).endpoint(endpoint)
    }

    fn selection<'s>(&self, job: &'s str) -> Selection<'s> {
        Selection {
            job,
            target: SCRAPE,
            without: &[],
            start: milliseconds(self.start),
            raw_exemplars: false,
        }
    }

    /// Waits until Prometheus has these series of a job, and no others of the job.
    fn expect(&self, job: &str, expected: &Lines) -> Result<()> {
        self.settle(job, expected, |selection| {
            let mut found = selection.samples(&self.prometheus)?;
            // The gateway's own, of every group.
            found.retain(|line| !line.starts_with("sample push_"));
            Ok(found)
        })
    }

    fn settle(
        &self,
        job: &str,
        expected: &Lines,
        read: impl Fn(&Selection<'_>) -> Result<Lines>,
    ) -> Result<()> {
        let selection = self.selection(job);
        match self.prometheus.settle(expected, Instant::now(), |_| read(&selection))? {
            None => Ok(()),
            Some(difference) => {
                let text = format!("pushed by job {job:?}, it stored{difference}\n");
                Err(self.prometheus.failure(&text))
            }
        }
    }

    fn specimen(&self, way: &Way) -> Result<Row> {
        let strategy = match way.names {
            Names::Underscores => Strategy::UnderscoreEscapingWithSuffixes,
            Names::Utf8 => Strategy::NoUtf8EscapingWithSuffixes,
        };
        let builder = self
            .builder(way.name)
            .format(way.format)
            .compression(way.compression)
            .utf8_names(way.names == Names::Utf8)
            .translation(Translation::default().with_strategy(strategy));
        push(builder, &specimen::batch(self.start))?;
        // Of one gateway there is one metadata, whoever pushed: that of a group without units.
        let expected = expected(way.names, Shows { units: false, ..way.shows });
        let families: Lines = expected.iter().filter_map(|line| family(line)).collect();
        self.settle(way.name, &expected, |selection| {
            let prometheus = &self.prometheus;
            let mut found = selection.samples(prometheus)?;
            found.extend(selection.exemplars(prometheus)?);
            found.extend(selection.starts(prometheus)?);
            found.retain(|line| !line.contains(" push_"));
            let mut metadata = selection.metadata(prometheus)?;
            metadata.retain(|line| {
                let name = line.split(' ').nth(1).unwrap_or_default();
                families.contains(name) && !line.starts_with("unit ")
            });
            found.extend(metadata);
            Ok(found)
        })?;
        Ok(Row::of(way.name.to_owned(), &expected))
    }

    /// A group for each value of a label, told apart by the value alone; one of them ends.
    fn awkward_groups(&self, name: &str) -> Result<Row> {
        let job = "awkward groups";
        let mut expected = Lines::new();
        for (at, value) in AWKWARD.iter().enumerate() {
            let builder = self.builder(job).grouping(name, *value);
            push(builder, &gauges(&[("awkward_group", at as f64)]))?;
            let labels = match value.is_empty() {
                // Prometheus has no label without a value.
                true => String::new(),
                false => format!("{name}={value:?}"),
            };
            expected.insert(format!("sample awkward_group{{{labels}}} {:?}", at as f64));
        }
        self.expect(job, &expected)?;
        let exporter = built(self.builder(job).grouping(name, "/"))?;
        exporter.delete_blocking(soon()).map_err(failed)?;
        expected.retain(|line| !line.contains("=\"/\""));
        self.expect(job, &expected)?;
        Ok(Row::of(format!("{} values of the grouping label {name}", AWKWARD.len()), &expected))
    }

    fn awkward_jobs(&self) -> Result<Row> {
        let mut all = Lines::new();
        for (at, job) in AWKWARD_JOBS.iter().enumerate() {
            push(self.builder(job), &gauges(&[("awkward_job", at as f64)]))?;
            let line = format!("sample awkward_job{{}} {:?}", at as f64);
            self.expect(job, &Lines::from([line.clone()]))?;
            all.insert(line);
        }
        Ok(Row::of(format!("{} names of jobs", AWKWARD_JOBS.len()), &all))
    }

    /// POST leaves families of other names, PUT replaces all, DELETE ends one group alone.
    fn methods(&self) -> Result<String> {
        let job = "methods";
        let line = |group: &str, name: &str, value: f64| {
            format!("sample {name}{{group={group:?}}} {value:?}")
        };
        let group = |name: &str| self.builder(job).grouping("group", name);
        push(group("other"), &gauges(&[("left", 9.0)]))?;
        push(group("one"), &gauges(&[("left", 1.0), ("right", 1.0)]))?;
        let other = line("other", "left", 9.0);
        let lines =
            |of_one: &[String]| -> Lines { of_one.iter().chain([&other]).cloned().collect() };
        self.expect(job, &lines(&[line("one", "left", 1.0), line("one", "right", 1.0)]))?;
        push(group("one").method(PushMethod::Post), &gauges(&[("left", 2.0)]))?;
        self.expect(job, &lines(&[line("one", "left", 2.0), line("one", "right", 1.0)]))?;
        push(group("one"), &gauges(&[("right", 3.0)]))?;
        self.expect(job, &lines(&[line("one", "right", 3.0)]))?;
        built(group("one"))?.delete_blocking(soon()).map_err(failed)?;
        self.expect(job, &lines(&[]))?;
        Ok("POST replaced families, PUT the group, DELETE ended it; another group stayed".into())
    }

    /// What is not to be seen once its process is gone is not.
    fn shutdown(&self) -> Result<String> {
        let job = "shutdown";
        let exporter = built(self.builder(job).at_shutdown(AtShutdown::Delete))?;
        exporter.push_blocking(&gauges(&[("seen", 1.0)]), soon()).map_err(failed)?;
        self.expect(job, &Lines::from(["sample seen{} 1.0".to_owned()]))?;
        exporter.shutdown_blocking(soon()).map_err(failed)?;
        self.expect(job, &Lines::new())?;
        Ok("a shutdown that deletes left nothing".into())
    }

    /// A name that is of another type in another group: the gateway says so, and so do we.
    fn refusal(&self) -> Result<String> {
        push(self.builder("first"), &gauges(&[("clash_total", 1.0)]))?;
        let pushed = built(self.builder("second"))?.push_blocking(&counter("clash"), soon());
        match pushed {
            Err(error)
                if error.kind() == ErrorKind::Rejected
                    && error.advice() == RetryAdvice::Never
                    && error.status() == Some(Status::Http(400))
                    && error.to_string().contains("inconsistent") =>
            {
                Ok(format!("a clash of types: not to be retried, \"{error}\""))
            }
            other => Err(Failure::Failed(format!("a clash of types gave {other:?}"))),
        }
    }
}

/// The family that a line of metadata is about.
fn family(line: &str) -> Option<String> {
    let mut words = line.split(' ');
    (words.next() == Some("type")).then(|| words.next().unwrap_or_default().to_owned())
}

fn built(builder: PushgatewayBuilder) -> Result<PushgatewayExporter> {
    builder.build().map_err(failed)
}

/// All points of the batch, and nothing less.
fn push(builder: PushgatewayBuilder, batch: &MetricBatch) -> Result<()> {
    let outcome = built(builder)?.push_blocking(batch, soon()).map_err(failed)?;
    if outcome.delivered != batch.points() {
        let points = batch.points();
        return Err(Failure::Failed(format!("a push of {points} points: {outcome:?}")));
    }
    Ok(())
}

fn soon() -> Deadline {
    Deadline::after(Instant::now(), LIMIT)
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::while_doing("pushing", error)
}
