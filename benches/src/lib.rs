//! What the benches and the gates behind `cargo xtask bench` have in common.
//!
//! - [`ways`]: the ways from a batch to bytes that are compared, checked before anything is timed.
//! - [`memory`]: what a process has at most of memory while it exports.
//! - [`pages`]: the ways from a batch to a Prometheus page.
//! - [`peer`]: whether another program's encoding of the workload holds the same data.
//! - [`recording`]: what is recorded when recording is timed, here and in the peer's program.
//! - [`registry`]: the workload, recorded in a registry.
//! - [`timing`]: how a way is timed, here and in the peer's program.

pub mod memory;
pub mod pages;
pub mod peer;
pub mod recording;
pub mod registry;
pub mod timing;
pub mod ways;

use std::fmt::Display;
use std::process::ExitCode;

use meterport_testkit::workload::plain;

/// How a program ends: by what went wrong, said on standard error.
#[allow(clippy::print_stderr, reason = "a program that reports")]
pub fn exit<E: Display>(result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
