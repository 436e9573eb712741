//! Scrapes a Prometheus endpoint and writes what it finds to a remote-write receiver, as Prometheus
//! does in agent mode.
//!
//! `cargo run --release --example scrape_to_remote_write -- --scrape URL --remote-write URL`
//!
//! Each series has labels `job` and `instance`; `up` and its two sisters are there, too. Series that
//! vanish from the page, or the whole page, end with a stale marker. What a receiver that is away
//! does not take waits in memory. SIGINT or SIGTERM ends it: what waits is sent, and all series end.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::num::NonZeroU16;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use meterport::Deadline;
use meterport::decorators::{ExporterExt, QueueSettings, Reliability, RetryPolicy, Stale};
use meterport::prom_scrape::{ScrapeProducer, TargetLabels};
use meterport::reader::PeriodicReader;
use meterport::remote_write::{Protocol, RemoteWriteExporter, Translation};

const USAGE: &str = "\
Usage: scrape_to_remote_write --scrape URL --remote-write URL [options]

  --scrape URL         the page, such as http://localhost:9100/metrics
  --remote-write URL   the receiver, such as http://localhost:9090/api/v1/write
  --protocol VERSION   2.0, which becomes 1.0 if the receiver knows nothing else; or 1.0 alone.
                       2.0 by default
  --interval DURATION  from scrape to scrape, such as 500ms, 1s or 1m; 15s by default
  --shards NUMBER      requests at once, each with series of its own; 1 by default
  --for DURATION       ends after so long; by default only SIGINT or SIGTERM ends it
  --job NAME           the label job; \"scrape\" by default
";

/// What the options say.
pub(crate) struct Settings {
    scrape: String,
    remote_write: String,
    protocol: Protocol,
    interval: Duration,
    shards: NonZeroU16,
    end: Option<Duration>,
    job: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let settings = match Settings::read(std::env::args().skip(1)) {
        Ok(Some(settings)) => settings,
        Ok(None) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprint!("{wrong}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    // Failed scrapes, and what the receiver says, word by word.
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match run(settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Relays until the time is over or a signal comes.
pub(crate) async fn run(settings: Settings) -> Result<(), Box<dyn Error>> {
    let source = ScrapeProducer::builder(settings.job, settings.scrape)
        .target_labels(TargetLabels::Series)
        .timeout(settings.interval.min(Duration::from_secs(10)))
        .build()?;
    let receiver = RemoteWriteExporter::builder()
        .endpoint(settings.remote_write)
        .protocol(settings.protocol)
        .translation(Translation::verbatim())
        .divide_refused(false)
        .build()?;
    // Prometheus' own figures: 2,000 samples in a request, 30 ms up to 5 s from attempt to attempt.
    let retry = RetryPolicy::default()
        .with_initial_interval(Duration::from_millis(30))
        .with_multiplier(2.0)
        .with_max_interval(Duration::from_secs(5))
        .with_jitter(0.1)
        .with_budget(None);
    let reliability = Reliability::default()
        .with_timeout(Duration::from_secs(60))
        .with_attempt(Some(Duration::from_secs(30)))
        .with_retry(retry)
        .with_max_points(2_000);
    let queue = QueueSettings::default().export_timeout(Duration::from_secs(120));
    let queued = receiver.reliable_with(reliability).shard(settings.shards).queue(queue);
    let reader = PeriodicReader::builder(Stale::new(queued).at_shutdown())
        .producer(source)
        .interval(settings.interval)
        .fixed_phase()
        .start()?;

    let end = async {
        match settings.end {
            Some(end) => tokio::time::sleep(end).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        signal = signalled() => signal?,
        () = end => {}
    }
    // All series end with the next batch, and what waits is sent; supervisors wait for ten seconds.
    reader.shutdown(Deadline::after(Instant::now(), Duration::from_secs(8))).await?;
    Ok(())
}

/// Waits for what a terminal or a supervisor ends a program with.
async fn signalled() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

impl Settings {
    /// Of a command line; nothing if help is wanted.
    pub(crate) fn read(
        mut arguments: impl Iterator<Item = String>,
    ) -> Result<Option<Self>, String> {
        let (mut scrape, mut remote_write, mut protocol) = (None, None, Protocol::Automatic);
        let (mut interval, mut shards) = (Duration::from_secs(15), NonZeroU16::MIN);
        let (mut end, mut job) = (None, "scrape".to_owned());
        while let Some(option) = arguments.next() {
            if matches!(&*option, "--help" | "-h") {
                return Ok(None);
            }
            let mut value = || arguments.next().ok_or_else(|| format!("{option} needs a value"));
            match &*option {
                "--scrape" => scrape = Some(value()?),
                "--remote-write" => remote_write = Some(value()?),
                "--protocol" => protocol = version(&value()?)?,
                "--interval" => interval = duration(&value()?)?,
                "--shards" => shards = number(&value()?)?,
                "--for" => end = Some(duration(&value()?)?),
                "--job" => job = value()?,
                _ => return Err(format!("unknown option {option}")),
            }
        }
        let scrape = scrape.ok_or("--scrape is missing")?;
        let remote_write = remote_write.ok_or("--remote-write is missing")?;
        Ok(Some(Self { scrape, remote_write, protocol, interval, shards, end, job }))
    }
}

fn version(text: &str) -> Result<Protocol, String> {
    match text {
        "2.0" => Ok(Protocol::Automatic),
        "1.0" => Ok(Protocol::V1),
        _ => Err(format!("there is no version {text:?}")),
    }
}

fn number(text: &str) -> Result<NonZeroU16, String> {
    text.parse().map_err(|_| format!("{text:?} is no number of shards"))
}

fn duration(text: &str) -> Result<Duration, String> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)];
    let found = units.into_iter().find_map(|(unit, seconds)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        Duration::try_from_secs_f64(number * seconds).ok()
    });
    found.filter(|found| !found.is_zero()).ok_or_else(|| format!("{text:?} is no duration"))
}
