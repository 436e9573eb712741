//! A suite for any [`MetricExporter`](meterport_core::MetricExporter): what its contract says, as
//! checks. Every transport and every decorator runs it.
//!
//! A [`Subject`] is a fresh exporter, with the [`Peer`] that it delivers to if there is one. Each
//! check makes its own by a function, and is itself a function named by what it demands. [`tests!`]
//! makes a test of each:
//!
//! ```no_run
//! use meterport_testkit::FakeCollector;
//! use meterport_testkit::conformance::{self, Subject};
//! # fn exporter_for(_: &str) -> Box<dyn meterport_core::MetricExporter> { unreachable!() }
//!
//! fn subject() -> Subject {
//!     let collector = FakeCollector::start();
//!     let exporter = exporter_for(&collector.url());
//!     Subject::new(exporter).with_peer(collector)
//! }
//!
//! conformance::tests!(subject, network, transport, partial_success);
//! # fn main() {}
//! ```
//!
//! # Groups
//! - [`contract`], always;
//! - [`network`], for exporters that send over a network, with or without decorators;
//! - [`transport`], for the same without any decorator that sends again, divides or queues;
//! - [`partial_success`], where the protocol has that.
//!
//! Checks build the runtimes they need themselves, for which runtime is half of what they ask; so
//! they are plain functions, each with a limit of real time. Nothing sleeps: a peer that hangs is
//! met on a paused clock.

mod batches;
pub mod contract;
mod list;
pub mod network;
pub mod otlp;
pub mod partial_success;
mod peer;
mod place;
mod subject;
pub mod transport;

#[doc(inline)]
pub use crate::conformance_tests as tests;
pub use batches::{classic_kinds, every_kind, pointless, tagged};
pub use list::{Check, run_all};
pub use peer::{Arrival, Behaviour, Peer};
pub use subject::{Make, Subject};

/// A part of the suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Group {
    /// [`contract`].
    Contract,
    /// [`network`].
    Network,
    /// [`transport`].
    Transport,
    /// [`partial_success`].
    PartialSuccess,
}
