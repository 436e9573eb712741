//! The workspace's own tools, in Rust: `cargo xtask <command>`.
//!
//! Invariants: no shell, no network access but to loopback and to the address that `demo` is given
//! (cargo, rustup and go fetch what they need), and nothing is written outside cargo's target
//! directory and the cache folder.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool prints")]
#![cfg_attr(
    not(feature = "exporters"),
    allow(dead_code, reason = "used by demo, interop and crowd")
)]

use std::process::ExitCode;

use crate::failure::{Failure, Result};

mod arguments;
mod bench;
#[cfg(feature = "exporters")]
#[cfg_attr(not(unix), path = "crowd_absent.rs")]
mod crowd;
#[cfg(feature = "exporters")]
mod demo;
mod difference;
mod exposition;
mod failure;
#[cfg(feature = "exporters")]
mod interop;
mod process;
#[cfg(not(feature = "exporters"))]
mod rebuild;
mod test;
mod tidy;
mod workspace;

#[cfg(not(feature = "exporters"))]
use rebuild::{crowd, demo, interop};

/// A subcommand: its name, one line for the usage text, and what runs it with the arguments
/// that follow its name.
struct Command {
    name: &'static str,
    about: &'static str,
    run: fn(Vec<String>) -> Result<()>,
}

/// Every subcommand, in the order in which the usage text lists them.
const COMMANDS: &[Command] = &[
    Command {
        name: "test",
        about: "format, lints, tests, docs, targets: all that a change must pass",
        run: test::main,
    },
    Command {
        name: "tidy",
        about: "the rules of this tree: layers, file sizes, names, manifests",
        run: tidy::main,
    },
    Command {
        name: "demo",
        about: "this machine's own metrics through every transport, live",
        run: demo::main,
    },
    Command {
        name: "interop",
        about: "install, start, drive and stop a real backend",
        run: interop::main,
    },
    Command {
        name: "crowd",
        about: "1,000 scrapers, slow readers, no descriptors: the endpoint for Prometheus holds",
        run: crowd::main,
    },
    Command {
        name: "exposition",
        about: "Prometheus' pages read by Python's parsers and promtool; a million texts",
        run: exposition::main,
    },
    Command {
        name: "bench",
        about: "time, allocations and instructions of encoding, beside a peer",
        run: bench::main,
    },
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    if matches!(name.as_str(), "" | "help" | "-h" | "--help") {
        print!("{}", usage());
        return ExitCode::SUCCESS;
    }
    let outcome = match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(arguments.collect()),
        None => Err(Failure::Usage(format!("there is no command {name:?}\n\n{}", usage()))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            failure.exit_code()
        }
    }
}

fn usage() -> String {
    let mut text = String::from("Usage: cargo xtask <command> [options]\n\nCommands:\n");
    for Command { name, about, .. } in COMMANDS {
        text.push_str(&format!("  {name:10}{about}\n"));
    }
    text.push_str(
        "\n`cargo xtask <command> --help` shows a command's options.\n\
         Exit codes: 0 all well, 1 something failed or was found, 2 wrong arguments.\n",
    );
    text
}
