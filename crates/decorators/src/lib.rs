//! Wrap any exporter: retry, timeout, split, fallback, fan-out, and the rest of a reliable delivery.
//!
//! Each decorator is a generic wrapper that is an exporter itself. [`ExporterExt`] has a method for
//! each, so that a stack reads as a sentence; the last call is the outermost.
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
mod filter;
mod identity;
mod join;
mod merge;
mod pattern;
mod relabel;
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
pub use filter::{Filter, FilterRules, Selector};
pub use relabel::{Relabel, RelabelRules};
pub use retry::{Retry, RetryBudget, RetryPolicy};
pub use shard::Shard;
pub use split::Split;
pub use stale::Stale;
pub use timeout::Timeout;
pub use to_cumulative::{Gaps, ToCumulative};
pub use to_delta::ToDelta;
