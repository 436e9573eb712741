//! A thread with a small runtime of its own, for work that must outlive or ignore the
//! application's runtime; and the real clock and dice that the other crates take as arguments.
//!
//! - [`Worker`]: a named thread with a tokio runtime on it, joined within a [`Deadline`].
//! - [`within`] and [`block_on`]: wait for a future until a deadline, under any executor, under
//!   none, and inside a runtime that is blocked.
//! - [`catch_panic`]: a panic of foreign code as a value.
//! - [`FailureLog`]: which of many failures become a line in the log.
//! - [`NoTimer`]: whether there is a timer where a future is polled, found out without a panic.
//! - [`SystemClock`], [`SystemChance`]: [`Clock`] and [`Chance`] of this machine.
//!
//! ```
//! use std::time::{Duration, Instant};
//! use meterport_core::Deadline;
//! use meterport_worker::{Ending, Worker};
//!
//! let worker = Worker::builder("example").start(|mut stop| async move {
//!     stop.requested().await;
//! })?;
//! worker.stop();
//! let deadline = Deadline::after(Instant::now(), Duration::from_secs(5));
//! assert_eq!(worker.join_blocking(deadline), Ok(Ending::Finished));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! [`Chance`]: meterport_core::Chance
//! [`Clock`]: meterport_core::Clock
//! [`Deadline`]: meterport_core::Deadline

mod alarm;
mod failure_log;
mod hook;
mod panics;
mod system;
mod timer;
mod wait;
mod worker;

pub use failure_log::FailureLog;
pub use hook::StartHook;
pub use panics::{Panicked, catch_panic};
pub use system::{SystemChance, SystemClock};
pub use timer::NoTimer;
pub use wait::{Elapsed, block_on, within};
pub use worker::{Ending, StopSignal, Worker, WorkerBuilder};
