//! Drive metric producers into an exporter, periodically or by hand.
//!
//! [`PeriodicReader`] exports at an interval, [`ManualReader`] when it is told to. Both do their
//! work on a thread with a small runtime of its own: a hung, blocked or absent runtime of the
//! application cannot stall them, and every call ends by its deadline.
//!
//! ```
//! use std::error::Error;
//! use std::time::{Duration, Instant};
//!
//! use meterport_core::{Deadline, MetricExporter, MetricProducer};
//! use meterport_reader::{PeriodicReader, Source};
//!
//! fn run(
//!     exporter: impl MetricExporter,
//!     registry: impl MetricProducer,
//!     host: impl MetricProducer,
//!     main: impl FnOnce(),
//! ) -> Result<(), Box<dyn Error>> {
//!     let reader = PeriodicReader::builder(exporter)
//!         .producer(registry)
//!         .producer(Source::new(host).named("host"))
//!         .interval(Duration::from_secs(10))
//!         .with_env()?
//!         .start()?;
//!     main();
//!     let outcome = reader.shutdown_blocking(Deadline::after(Instant::now(), Duration::from_secs(5)))?;
//!     println!("{} points delivered at last, {:?}", outcome.delivered, reader.stats());
//!     Ok(())
//! }
//! ```

mod brake;
mod budget;
mod control;
mod engine;
mod error;
#[cfg(test)]
mod fakes;
mod handle;
mod manual;
mod periodic;
mod run;
mod setup;
mod source;
mod stats;
mod ticks;

pub use error::{FailureCause, ProducerFailure, ReaderError, StartError};
pub use manual::{ManualReader, ManualReaderBuilder};
pub use meterport_worker::{Panicked, StartHook};
pub use periodic::{PeriodicReader, PeriodicReaderBuilder};
pub use source::Source;
pub use stats::{LastError, ProducerStats, ReaderStats};
