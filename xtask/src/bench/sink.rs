use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::failure::{Failure, Result};

use super::figures::Figures;

/// The receiver of both sides' exports, a process of its own. It ends with this value.
pub(super) struct Sink {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    address: String,
}

/// What a sink has received.
#[derive(Clone, Copy, Debug)]
pub(super) struct Received {
    pub(super) requests: f64,
    /// Of bodies; headers are not counted.
    pub(super) bytes: f64,
}

impl Sink {
    /// Starts the program in this folder, and waits until it listens.
    pub(super) fn start(programs: &Path) -> Result<Self> {
        let mut child = Command::new(programs.join("sink"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Failure::while_doing("starting the sink", error))?;
        let (Some(commands), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::Failed("the sink has no pipes".into()));
        };
        let answers = BufReader::new(answers);
        let mut sink = Self { child, commands, answers, address: String::new() };
        sink.address = sink.answer()?.text("address")?.to_owned();
        Ok(sink)
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// What has come since this was last asked.
    pub(super) fn take(&mut self) -> Result<Received> {
        self.commands
            .write_all(b"\n")
            .map_err(|error| Failure::while_doing("asking the sink", error))?;
        let answer = self.answer()?;
        Ok(Received { requests: answer.number("requests")?, bytes: answer.number("bytes")? })
    }

    fn answer(&mut self) -> Result<Figures> {
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .map_err(|error| Failure::while_doing("hearing the sink", error))?;
        Figures::parse(&line)
            .ok_or_else(|| Failure::Failed(format!("the sink does not answer: {line:?}")))
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
