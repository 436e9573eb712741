use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::interop::daemon::{self, Daemon, POLL};
use crate::interop::ports;
use crate::interop::scratch::Scratch;

use super::door::{Door, Security};
use super::identities::Identities;

const EXPORTER_AND_PIPELINE: &str = "\
exporters:
  file:
    path: OUTPUT
    flush_interval: 100ms
service:
  telemetry:
    metrics:
      level: none
  pipelines:
    metrics:
      receivers: [RECEIVERS]
      exporters: [file]
";

/// A running Collector. It ends with this value, whatever happens.
#[derive(Debug)]
pub(super) struct Collector {
    daemon: Daemon,
    doors: [Door; Security::ALL.len()],
    identities: Identities,
}

impl Collector {
    /// Starts the program on free loopback ports, with its files in a new folder below
    /// `parent`, and waits until it listens.
    pub(super) fn start(program: &Path, parent: &Path) -> Result<Self> {
        daemon::start(|| Self::start_once(program, parent))
    }

    fn start_once(program: &Path, parent: &Path) -> Result<Self> {
        let failed = |error| Failure::while_doing("starting the Collector", error);
        let files = Scratch::new(parent, "otelcol")?;
        let identities = Identities::write(files.path()).map_err(failed)?;
        let ports: [SocketAddr; 2 * Security::ALL.len()] = ports::free()?;
        let doors = Security::ALL.map(|security| {
            let first = 2 * security as usize;
            Door { security, http: ports[first], grpc: ports[first + 1] }
        });
        let configuration = configuration(&doors, &files.path().join(OUTPUT));
        let configuration_file = files.path().join("config.yaml");
        fs::write(&configuration_file, configuration).map_err(failed)?;
        let mut command = Command::new(program);
        command.arg("--config").arg(configuration_file);
        let mut daemon = Daemon::spawn("the Collector", files, &mut command)?;
        let listens = |address: SocketAddr| TcpStream::connect_timeout(&address, POLL).is_ok();
        daemon.wait_until(|| doors.iter().all(|door| listens(door.http) && listens(door.grpc)))?;
        Ok(Self { daemon, doors, identities })
    }

    /// Where it takes OTLP that is secured like this.
    pub(super) fn door(&self, security: Security) -> Door {
        self.doors[security as usize]
    }

    /// Whom it trusts, and whom to trust.
    pub(super) fn identities(&self) -> &Identities {
        &self.identities
    }

    /// Leaves its files when it ends; answers the folder.
    pub(super) fn keep_files(&mut self) -> PathBuf {
        self.daemon.keep_files()
    }

    /// The lines of the output behind the first `skip`, once there are `count`: the export request
    /// of each answered request, in order. They may be more.
    ///
    /// It is an error if that takes longer than `limit`.
    pub(super) fn received(
        &self,
        skip: usize,
        count: usize,
        limit: Duration,
    ) -> Result<Vec<String>> {
        let began = Instant::now();
        loop {
            let mut lines = whole_lines(&self.daemon.folder().join(OUTPUT));
            if lines.len() >= skip + count {
                return Ok(lines.split_off(skip));
            }
            if began.elapsed() > limit {
                let found = lines.len().saturating_sub(skip);
                let text = format!("the Collector wrote {found} of {count} lines in {limit:?}");
                return Err(self.daemon.failure(&text));
            }
            thread::sleep(POLL);
        }
    }
}

fn configuration(doors: &[Door], output: &Path) -> String {
    let names: Vec<_> = doors.iter().map(|door| door.receiver_name()).collect();
    let receivers: String = doors.iter().map(Door::receiver).collect();
    let rest = EXPORTER_AND_PIPELINE
        .replace("RECEIVERS", &names.join(", "))
        .replace("OUTPUT", &quoted(output));
    format!("receivers:\n{receivers}{rest}")
}

const OUTPUT: &str = "output.jsonl";

/// A path as a YAML string.
fn quoted(path: &Path) -> String {
    Value::from(path.to_string_lossy()).to_string()
}

/// All lines that are complete; none while there is no file.
fn whole_lines(path: &Path) -> Vec<String> {
    let Ok(text) = fs::read_to_string(path) else { return Vec::new() };
    text.split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'))
        .filter(|line| !line.trim().is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_still_written_is_left_for_later() {
        let folder = Scratch::new(&std::env::temp_dir(), "lines").unwrap();
        let path = folder.path().join(OUTPUT);
        assert_eq!(whole_lines(&path), [""; 0]);
        fs::write(&path, "{\"a\":1}\n\n{\"b\":").unwrap();
        assert_eq!(whole_lines(&path), ["{\"a\":1}"]);
    }

    #[test]
    fn every_door_is_in_the_configuration() {
        let doors = Security::ALL.map(|security| {
            let [http, grpc] = ports::free().unwrap();
            Door { security, http, grpc }
        });
        let text = configuration(&doors, Path::new("/out"));
        assert!(text.contains("receivers: [otlp, otlp/tls, otlp/mutual]"), "{text}");
        for Door { http, grpc, .. } in doors {
            assert!(text.contains(&format!("endpoint: {http}\n")), "{text}");
            assert!(text.contains(&format!("endpoint: {grpc}\n")), "{text}");
        }
        // For each protocol of a door.
        assert_eq!(text.matches("cert_file: server.pem").count(), 4);
        assert_eq!(text.matches("client_ca_file: clients.pem").count(), 2);
    }
}
