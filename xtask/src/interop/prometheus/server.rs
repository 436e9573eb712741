use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::readings::{Lines, difference};
use crate::failure::{Failure, Result};
use crate::interop::daemon::{self, Daemon};
use crate::interop::scratch::Scratch;
use crate::interop::{http, ports};

/// How long one answer may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How long it may take until what is expected has come about.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(250);

/// Which of Prometheus' releases, or who else has its API; what they are told differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::interop) enum Release {
    V2,
    V3,
    VictoriaMetrics,
}

/// A Prometheus that can be started.
#[derive(Clone, Debug)]
pub(in crate::interop) struct Program {
    pub(in crate::interop) path: PathBuf,
    pub(in crate::interop) release: Release,
}

/// A running Prometheus, with storage of its own. It ends with this value.
#[derive(Debug)]
pub(in crate::interop) struct Prometheus {
    daemon: Daemon,
    address: SocketAddr,
}

impl Prometheus {
    /// Starts the program on a free loopback port, with its files in a new folder below `parent`,
    /// and waits until it is ready. It takes remote write, and OTLP where the release can.
    pub(in crate::interop) fn start(
        program: &Program,
        parent: &Path,
        configuration: &str,
    ) -> Result<Self> {
        daemon::start(|| Self::start_once(program, parent, configuration))
    }

    fn start_once(program: &Program, parent: &Path, configuration: &str) -> Result<Self> {
        let failed = |error| Failure::while_doing("starting Prometheus", error);
        let files = Scratch::new(parent, "prometheus")?;
        fs::write(files.path().join("prometheus.yml"), configuration).map_err(failed)?;
        let [address] = ports::free()?;
        let mut command = Command::new(&program.path);
        command.arg(format!("{}={address}", program.release.address_flag()));
        command.args(program.release.flags());
        let mut daemon = Daemon::spawn("Prometheus", files, &mut command)?;
        daemon.wait_until(|| {
            http::get(address, "/-/ready", LIMIT).is_ok_and(|answer| answer.status == 200)
        })?;
        Ok(Self { daemon, address })
    }

    /// Where it listens.
    pub(in crate::interop) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leaves its files when it ends; answers the folder.
    pub(in crate::interop) fn keep_files(&mut self) -> PathBuf {
        self.daemon.keep_files()
    }

    /// What its HTTP API has as `data` for a path below `/api/v1/`.
    pub(in crate::interop) fn api(&self, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        let mut target = format!("/api/v1/{path}");
        for (at, (name, value)) in query.iter().enumerate() {
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
            target.push_str(&format!("{}{name}={value}", if at == 0 { '?' } else { '&' }));
        }
        let answer = http::get(self.address, &target, LIMIT)?;
        let unread = |why: &dyn std::fmt::Display| {
            self.daemon.failure(&format!("Prometheus answered {target} with {answer:?}: {why}"))
        };
        let mut read: Value = serde_json::from_str(&answer.body).map_err(|error| unread(&error))?;
        match read["status"].as_str() {
            Some("success") => Ok(read["data"].take()),
            _ => Err(unread(&"no success")),
        }
    }

    /// Reads again and again until what is found is what is expected; answers the difference that
    /// is left after half a minute.
    ///
    /// # Errors
    /// Reading failed.
    pub(in crate::interop) fn settle(
        &self,
        expected: &Lines,
        since: Instant,
        read: impl Fn(&Self) -> Result<Lines>,
    ) -> Result<Option<String>> {
        loop {
            match difference(expected, &read(self)?) {
                Some(_) if since.elapsed() < PATIENCE => thread::sleep(POLL),
                outcome => return Ok(outcome),
            }
        }
    }

    /// A failure with the end of its log.
    pub(in crate::interop) fn failure(&self, what: &str) -> Failure {
        self.daemon.failure(what)
    }
}

impl Release {
    /// The name in reports.
    pub(in crate::interop) fn title(self) -> &'static str {
        match self {
            Self::V2 => "Prometheus 2",
            Self::V3 => "Prometheus 3",
            Self::VictoriaMetrics => "VictoriaMetrics",
        }
    }

    fn address_flag(self) -> &'static str {
        match self {
            Self::V2 | Self::V3 => "--web.listen-address",
            Self::VictoriaMetrics => "-httpListenAddr",
        }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::V2 => &[
                "--config.file=prometheus.yml",
                "--storage.tsdb.path=data",
                "--enable-feature=exemplar-storage,native-histograms",
                "--web.enable-remote-write-receiver",
            ],
            Self::V3 => &[
                "--config.file=prometheus.yml",
                "--storage.tsdb.path=data",
                "--enable-feature=exemplar-storage,created-timestamp-zero-ingestion,openmetrics2,zstd-scrape",
                "--web.enable-remote-write-receiver",
                "--web.enable-otlp-receiver",
                "--web.remote-write-receiver.accepted-protobuf-messages=prometheus.WriteRequest",
                "--web.remote-write-receiver.accepted-protobuf-messages=io.prometheus.write.v2.Request",
            ],
            // What has just arrived can be asked for at once.
            Self::VictoriaMetrics => &["-storageDataPath=data", "-search.latencyOffset=0s"],
        }
    }
}
