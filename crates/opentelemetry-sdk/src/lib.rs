//! Bridges of `opentelemetry_sdk` 0.33, for programs that record with it.
//!
//! | | [`PushAdapter`] | [`SdkReader`] |
//! |---|---|---|
//! | is to the SDK | an exporter: `with_periodic_exporter(adapter)` | a reader: `with_reader(reader.clone())` |
//! | who drives it | the SDK's own reader thread | any reader or scrape endpoint of Meterport |
//! | temporality | cumulative, delta or low-memory for all kinds | by instrument kind |
//! | several exporters | each aggregates for itself in the SDK | one aggregation for all |
//! | interface of the SDK | stable | experimental: bound to its minor version |
//!
//! Both find series again from one export to the next, so that an unchanged series is encoded
//! once in its life, and both keep everything that the SDK's accessors give. Numbers of `u64` that
//! fit become `i64`, as everywhere in Meterport.
//!
//! The SDK's own limits stay: it has no selector of aggregations (see [`aggregation_view`]), no
//! metadata of metrics, start times by metric and not by point, and it gives no exemplars yet.
//! What its collection costs stays too: several allocations for each point.

mod attributes;
mod conversion;
mod data_point;
#[cfg(test)]
mod fakes;
mod points;
mod push;
mod reader;
mod select;
mod suppress;

pub use push::{PushAdapter, PushAdapterBuilder, PushAdapterError, PushStats};
pub use reader::{SdkReader, SdkReaderBuilder};
pub use select::{UnsupportedTemporality, aggregation_view};
pub use suppress::suppressed;
