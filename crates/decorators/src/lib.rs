//! Wrap any exporter: retry, timeout, split, fallback, fan-out, and the rest of a reliable delivery.
//!
//! Each decorator is a generic wrapper that is an exporter itself. [`ExporterExt`] has a method for
//! each, so that a stack reads as a sentence; the last call is the outermost.
//!
//! ```no_run
//! use std::time::Duration;
//! use meterport_core::MetricExporter;
//! use meterport_decorators::{ExporterExt, RetryPolicy};
//!
//! # fn stacks(
//! #     exporter: impl MetricExporter, primary: impl MetricExporter, secondary: impl MetricExporter,
//! # ) -> Result<(), meterport_decorators::MembersError> {
//! // What most people want.
//! let stack = exporter.reliable();
//! // The same by hand, with another exporter for what does not get through.
//! let stack = primary
//!     .timeout(Duration::from_secs(3))
//!     .retry(RetryPolicy::default())
//!     .timeout(Duration::from_secs(10))
//!     .split(8_192)
//!     .fallback(secondary.reliable())?
//!     .logging();
//! # drop(stack); Ok(()) }
//! ```
//!
//! # The order, from the inside out
//! | Decorator | Why there |
//! |---|---|
//! | [`Timeout`] | bounds one attempt |
//! | [`Retry`] | sees each request alone, and obeys the transport |
//! | [`Timeout`] | bounds a request with its retries |
//! | [`Split`] | outside of retries, so that a piece that was delivered is not sent again |
//! | [`CircuitBreaker`] | around the retries of one member: what stands outside can go elsewhere at once |
//! | [`Shard`] | outside of pieces and retries: each block has them alone, in the order of its series |
//! | [`Fallback`], [`Multi`] | outside of retries and pieces: the next gets what is left in the end; each member has a stack of its own |
//! | [`ToCumulative`], [`ToDelta`] | outside of retries: an attempt is no new collection |
//! | [`Relabel`], [`Filter`], [`CardinalityLimit`] | outside of conversions: these count what is left |
//! | [`Stale`] | sees whole collections, so outside of everything that divides a batch or sends a part |
//! | [`Queue`] | outside of all that takes time: the collection goes on |
//! | [`Instrumented`] | outside of retries and pieces: an operation is counted once, however often it is tried |
//! | [`Logging`] | outermost: one line for one export |
//!
//! [`ExporterExt::reliable`] builds the first four and the log. A stack of another order works, and means something
//! else: a `Retry` around a `Multi` has nothing to do, and a `Split` inside of a `Retry` is given only
//! the rest again.
//!
//! # The rules of a decorator
//! - It obeys what the exporter inside says: [`kind`](meterport_core::ExportError::kind),
//!   [`advice`](meterport_core::ExportError::advice) and [`rest`](meterport_core::ExportError::rest).
//!   It knows no protocol.
//! - It forwards every method but those that it is there to change.
//! - The books that it answers hold every point exactly once: delivered, rejected, dropped for a
//!   reason, queued, or in the rest of an error.
//! - A future that is dropped is an export that nobody waits for: whoever drops it counts the points
//!   as [`Cancelled`](meterport_core::DropReason::Cancelled), for they may have arrived.
//! - Its `Debug` reads as the composition: the exporter inside first, then its own settings.

mod arithmetic;
mod books;
mod bounded;
mod cardinality;
mod circuit_breaker;
mod ext;
mod fallback;
mod filter;
mod identity;
mod instrumented;
mod join;
mod logging;
mod members;
mod merge;
mod multi;
mod pattern;
mod queue;
mod relabel;
mod reliable;
mod retry;
mod shard;
mod split;
mod stale;
mod streams;
mod timeout;
mod to_cumulative;
mod to_delta;

pub use cardinality::CardinalityLimit;
pub use circuit_breaker::{BreakerPolicy, BreakerState, CircuitBreaker};
pub use ext::ExporterExt;
pub use fallback::{Fallback, FallbackOn};
pub use filter::{Filter, FilterRules, Selector};
pub use instrumented::{Accounting, ExportMonitor, Instrumented};
pub use logging::{LogLevels, Logging};
pub use members::MembersError;
pub use multi::Multi;
pub use queue::{Overflow, Queue, QueueMonitor, QueueSettings, QueueStats};
pub use relabel::{Relabel, RelabelRules};
pub use reliable::{Reliability, Reliable};
pub use retry::{Retry, RetryBudget, RetryPolicy};
pub use shard::Shard;
pub use split::Split;
pub use stale::Stale;
pub use timeout::Timeout;
pub use to_cumulative::{Gaps, ToCumulative};
pub use to_delta::ToDelta;
