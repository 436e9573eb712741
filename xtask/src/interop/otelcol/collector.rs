use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::interop::ports;
use crate::interop::scratch::Scratch;

use super::door::{Door, Security};
use super::identities::Identities;

/// How often a start is tried: the ports are free when they are chosen, and may be taken when
/// they are used.
const STARTS: u32 = 3;
/// How long a start may take until all ports answer.
const READY: Duration = Duration::from_secs(30);
/// The pause between two looks at a port or a file.
const POLL: Duration = Duration::from_millis(20);

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
    child: Child,
    doors: [Door; Security::ALL.len()],
    identities: Identities,
    files: Scratch,
}

impl Collector {
    /// Starts the program on free loopback ports, with its files in a new folder below
    /// `parent`, and waits until it listens.
    pub(super) fn start(program: &Path, parent: &Path) -> Result<Self> {
        let mut attempt = 1;
        loop {
            match Self::start_once(program, parent) {
                Err(Failure::Failed(log)) if attempt < STARTS && log.contains("already in use") => {
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
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
        let log = File::create(files.path().join(LOG)).map_err(failed)?;
        let child = Command::new(program)
            .arg("--config")
            .arg(configuration_file)
            .current_dir(files.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log)
            .spawn()
            .map_err(failed)?;
        let mut collector = Self { child, doors, identities, files };
        collector.wait_until_ready()?;
        Ok(collector)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let began = Instant::now();
        let listens = |address: SocketAddr| TcpStream::connect_timeout(&address, POLL).is_ok();
        loop {
            let status = self
                .child
                .try_wait()
                .map_err(|error| Failure::while_doing("watching the Collector", error))?;
            if let Some(status) = status {
                return Err(self.failure(&format!("the Collector ended with {status}")));
            }
            if self.doors.iter().all(|door| listens(door.http) && listens(door.grpc)) {
                return Ok(());
            }
            if began.elapsed() > READY {
                return Err(self.failure(&format!("the Collector does not listen after {READY:?}")));
            }
            thread::sleep(POLL);
        }
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
        self.files.keep();
        self.files.path().to_owned()
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
            let mut lines = whole_lines(&self.files.path().join(OUTPUT));
            if lines.len() >= skip + count {
                return Ok(lines.split_off(skip));
            }
            if began.elapsed() > limit {
                let found = lines.len().saturating_sub(skip);
                let text = format!("the Collector wrote {found} of {count} lines in {limit:?}");
                return Err(self.failure(&text));
            }
            thread::sleep(POLL);
        }
    }

    /// Ends the process and waits for its end.
    pub(super) fn stop(mut self) {
        self.kill();
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// A failure with the end of the log.
    fn failure(&self, what: &str) -> Failure {
        let log = fs::read(self.files.path().join(LOG)).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        let tail = &lines[lines.len().saturating_sub(20)..];
        Failure::Failed(format!("{what}; its log ends with\n{}", tail.join("\n")))
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.kill();
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
const LOG: &str = "log.txt";

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

    #[test]
    fn a_program_that_ends_at_once_is_an_error_with_its_log() {
        let folder = Scratch::new(&std::env::temp_dir(), "start").unwrap();
        // Any program will do that does not know `--config`.
        let program = std::env::current_exe().unwrap();
        let failure = Collector::start(&program, folder.path()).unwrap_err().to_string();
        assert!(failure.contains("the Collector ended with"), "{failure}");
        assert!(failure.contains("config"), "{failure}");
    }
}
