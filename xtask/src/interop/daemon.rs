use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Result};
use crate::interop::scratch::Scratch;

/// How often a start is tried: the ports are free when they are chosen, and may be taken when
/// they are used.
const STARTS: u32 = 3;
/// How long a start may take until the server answers.
const READY: Duration = Duration::from_secs(60);
/// The pause between two looks at whether something has come about.
pub(super) const POLL: Duration = Duration::from_millis(20);

const LOG: &str = "log.txt";

/// A server of others that runs in a folder of its own. It ends with this value, whatever happens.
#[derive(Debug)]
pub(super) struct Daemon {
    /// As it stands in a sentence.
    name: &'static str,
    child: Child,
    files: Scratch,
}

/// Starts something; once more if another process took one of its ports meanwhile.
pub(super) fn start<T>(mut once: impl FnMut() -> Result<T>) -> Result<T> {
    let mut attempt = 1;
    loop {
        match once() {
            Err(Failure::Failed(log)) if attempt < STARTS && log.contains("already in use") => {
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

impl Daemon {
    /// Starts a program in the folder, with its output in a file there.
    pub(super) fn spawn(name: &'static str, files: Scratch, command: &mut Command) -> Result<Self> {
        let failed = |error| Failure::while_doing(format!("starting {name}"), error);
        let log = File::create(files.path().join(LOG)).map_err(failed)?;
        let child = command
            .current_dir(files.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log)
            .spawn()
            .map_err(failed)?;
        Ok(Self { name, child, files })
    }

    /// Waits until the server is `ready`. It is an error if it ends before, or takes too long.
    pub(super) fn wait_until(&mut self, ready: impl Fn() -> bool) -> Result<()> {
        let began = Instant::now();
        let name = self.name;
        loop {
            let status = self.child.try_wait();
            let status =
                status.map_err(|error| Failure::while_doing(format!("watching {name}"), error))?;
            if let Some(status) = status {
                return Err(self.failure(&format!("{name} ended with {status}")));
            }
            if ready() {
                return Ok(());
            }
            if began.elapsed() > READY {
                return Err(self.failure(&format!("{name} does not answer after {READY:?}")));
            }
            thread::sleep(POLL);
        }
    }

    /// The folder with its files.
    pub(super) fn folder(&self) -> &Path {
        self.files.path()
    }

    /// Leaves its files when it ends; answers the folder.
    pub(super) fn keep_files(&mut self) -> PathBuf {
        self.files.keep();
        self.files.path().to_owned()
    }

    /// A failure with the end of the log.
    pub(super) fn failure(&self, what: &str) -> Failure {
        let log = fs::read(self.files.path().join(LOG)).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        let tail = &lines[lines.len().saturating_sub(20)..];
        Failure::Failed(format!("{what}; its log ends with\n{}", tail.join("\n")))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(log: &str, starts: u32) {
        let mut tried = 0;
        let outcome = start(|| -> Result<()> {
            tried += 1;
            Err(Failure::Failed(log.to_owned()))
        });
        assert!(outcome.is_err());
        assert_eq!(tried, starts, "{log}");
    }

    #[test]
    fn a_port_that_was_taken_meanwhile_is_no_reason_to_give_up() {
        failing("listen: address already in use", STARTS);
        failing("no such flag", 1);
    }

    #[test]
    fn a_program_that_ends_at_once_is_an_error_with_its_log() {
        let files = Scratch::new(&std::env::temp_dir(), "daemon").unwrap();
        // Any program will do that does not know the option.
        let program = std::env::current_exe().unwrap();
        let mut command = Command::new(program);
        let mut daemon = Daemon::spawn("it", files, command.arg("--configured")).unwrap();
        let failure = daemon.wait_until(|| false).unwrap_err().to_string();
        assert!(failure.contains("it ended with"), "{failure}");
        assert!(failure.contains("configured"), "{failure}");
    }
}
