use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Result};

/// The cargo that runs this tool, so that everything is built by one toolchain.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command and answers its standard output. The failure holds all that it printed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = Line::of(command);
    let done = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::while_doing(format!("starting `{line}`"), error))?;
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    if done.status.success() {
        return Ok(text);
    }
    let errors = String::from_utf8_lossy(&done.stderr);
    Err(Failure::Failed(format!("`{line}` ended with {}\n{errors}{text}", done.status)))
}

/// Runs a command that prints as it likes, and hands each line of its standard output, which is
/// printed too, to `each`.
pub(crate) fn shown(command: &mut Command, mut each: impl FnMut(&str)) -> Result<()> {
    let line = Line::of(command);
    let starting = |error| Failure::while_doing(format!("running `{line}`"), error);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(starting)?;
    if let Some(stdout) = child.stdout.take() {
        for text in BufReader::new(stdout).split(b'\n').map_while(std::io::Result::ok) {
            let text = String::from_utf8_lossy(&text);
            println!("{text}");
            each(&text);
        }
    }
    let status = child.wait().map_err(starting)?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::Failed(format!("`{line}` ended with {status}")))
}

/// Runs a long command for at most `limit`, and says every ten seconds that it is alive, with
/// the last line that it printed. The failure holds the last lines.
pub(crate) fn watched(command: &mut Command, what: &str, limit: Duration) -> Result<()> {
    const KEPT_LINES: usize = 40;
    let line = Line::of(command);
    let failed = |error| Failure::while_doing(format!("running `{line}`"), error);
    let began = Instant::now();
    let (reader, writer) = std::io::pipe().map_err(failed)?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(writer.try_clone().map_err(failed)?)
        .stderr(writer)
        .spawn()
        .map_err(failed)?;
    // The command keeps its copies of the pipe's end: the reader ends only when they are gone.
    command.stdout(Stdio::null()).stderr(Stdio::null());

    let (lines, received) = mpsc::channel();
    thread::spawn(move || forward_lines(reader, &lines));
    let mut last: Vec<String> = Vec::new();
    let mut said = Instant::now();
    let timed_out = loop {
        match received.recv_timeout(Duration::from_secs(1)) {
            Ok(text) => {
                if last.len() == KEPT_LINES {
                    last.remove(0);
                }
                last.push(text);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break false,
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
        if began.elapsed() > limit {
            break true;
        }
        if said.elapsed() > Duration::from_secs(10) {
            said = Instant::now();
            let tail = last.last().map_or("", String::as_str);
            println!("  {what}: {} s, {tail}", began.elapsed().as_secs());
        }
    };
    if timed_out {
        let _ = child.kill();
    }
    let status = child.wait().map_err(failed)?;
    if status.success() && !timed_out {
        println!("  {what}: done in {:.1} s", began.elapsed().as_secs_f64());
        return Ok(());
    }
    let end = if timed_out { format!("was stopped after {limit:?}") } else { status.to_string() };
    Err(Failure::Failed(format!("`{line}`: {end}\n{}", last.join("\n"))))
}

fn forward_lines(reader: impl Read, lines: &mpsc::Sender<String>) {
    for text in BufReader::new(reader).split(b'\n').map_while(std::io::Result::ok) {
        if lines.send(String::from_utf8_lossy(&text).into_owned()).is_err() {
            return;
        }
    }
}

/// A command as one would type it: the program's bare name and its arguments.
struct Line(String);

impl Line {
    fn of(command: &Command) -> Self {
        let program = Path::new(command.get_program()).file_name().unwrap_or_default();
        let mut text = program.to_string_lossy().into_owned();
        for argument in command.get_args() {
            text.push(' ');
            text.push_str(&argument.to_string_lossy());
        }
        Self(text)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
