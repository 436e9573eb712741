//! A recorder for the [`metrics`] facade over Meterport's registry.
//!
//! ```
//! use meterport_metrics::{Matcher, RegistryRecorder};
//! use meterport_registry::Registry;
//! use metrics::{Unit, counter, describe_counter, histogram};
//!
//! let registry = Registry::new();
//! let recorder = RegistryRecorder::builder(registry.clone())
//!     .buckets(Matcher::Suffix("duration".into()), [0.01, 0.1, 1.0])
//!     .global_label("region", "eu")
//!     .build()?;
//! metrics::set_global_recorder(recorder).expect("there is one recorder in a process");
//!
//! // Anywhere in the program, or in a library that it uses:
//! describe_counter!("requests", Unit::Count, "Requests answered.");
//! counter!("requests", "method" => "GET").increment(1);
//! histogram!("request.duration").record(0.25);
//!
//! // For a reader: `registry.producer_for(&exporter)`.
//! let batch = registry.producer().build().collect();
//! assert_eq!(batch.points(), 2);
//! # Ok::<(), meterport_metrics::BuildError>(())
//! ```
//!
//! A recorder serves a whole process (`metrics::set_global_recorder`) or one thread for a while
//! (`metrics::with_local_recorder`). There is no upkeep to be called and no thread: whatever has to
//! be tidied is tidied when a reader collects.
//!
//! # What becomes of the facade's metrics
//!
//! | Facade | Metric |
//! |---|---|
//! | counter | a monotonic sum of unsigned integers |
//! | gauge | a gauge of floats; `increment` and `decrement` move it, from zero |
//! | histogram | a histogram with explicit bounds: those whose [`Matcher`] fits the name, else the default; a [view](meterport_registry::View) can make it an exponential one |
//! | label | an attribute of text; of equal keys the last one counts |
//! | [unit](metrics::Unit) | the same in UCUM's notation: `s`, `ms`, `By`, `%`, `1` |
//! | target and level | the scope: its name, and its attribute `level` where that is not `info`; or one scope for all ([`RecorderBuilder::scope`]) |
//!
//! Descriptions and units count whenever they come. `Counter::absolute` never makes a counter fall.
//!
//! # Limits
//!
//! - The registry's limit of series holds for the facade: keys beyond it are counted together in the
//!   overflow series. For those `Counter::absolute` does nothing, as it tells a total of one key.
//! - What a macro measures is found by its key without an allocation. The handle behind it is kept
//!   for the next call; where the registry has series expire or is full, handles that nobody used
//!   since the last collection are let go. Counters that were told absolute values stay where
//!   nothing else knows their totals: where all readers take deltas, or a view takes labels away.
//!   One that expired begins anew with what it is told next, also for a reader of deltas beside a
//!   cumulative one.
//! - `record_many` takes as long as one `record`, and a snapshot has all of its values or none.
//! - NaN and infinities are refused by histograms and by steps of gauges, and counted
//!   ([`RegistryStats::refused`](meterport_registry::RegistryStats::refused)).
//! - Names may be anything but empty, without regard to case. A counter and a gauge of one name are
//!   two metrics, and a warning of `tracing`.
//! - `metrics` of another minor version than 0.24 has a global recorder of its own, and records
//!   into nothing: `cargo tree -d` shows whether there are two.

mod buckets;
mod builder;
mod cache;
mod descriptions;
mod handles;
mod recorder;
mod unit;

pub use buckets::Matcher;
pub use builder::{BuildError, RecorderBuilder};
pub use metrics;
pub use recorder::RegistryRecorder;
