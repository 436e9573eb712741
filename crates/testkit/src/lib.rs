//! Fake collectors with scripted faults, generators and the exporter conformance suite.
//!
//! What an exporter sends is decoded here with foreign code: types that `prost` generated from the
//! public schema ([`proto`]), `serde_json` ([`json`]), `flate2` and `zstd`. Nothing of Meterport's own
//! encoders and codecs takes part, so that a mistake on one side cannot cancel itself on the other.
//!
//! - [`collector`]: a server for OTLP over HTTP that records requests and misbehaves as scripted.
//! - [`script`]: the faults, shared by all receivers.
//! - [`workload`]: the series that benches and allocation tests share.
//! - [`prom`]: Prometheus' messages and a strict parser of its text formats.
//! - [`strategy`]: generated batches that hold everything the model can.
//! - [`convert`]: what `prost` would encode of a batch, to compare an encoder's output with.
//! - [`conformance`]: the suite that every exporter passes.
//! - [`guard`]: limits for tests that could hang.

pub mod collector;
pub mod conformance;
pub mod convert;
pub mod guard;
pub mod json;
mod listen;
pub mod prom;
pub mod proto;
pub mod script;
pub mod strategy;
pub mod workload;

pub use collector::{FakeCollector, Received};
pub use convert::{to_metrics_data, to_proto};
pub use guard::{hang_guard, within};
pub use script::{Encoding, Garbage, Part, Reply, Response};
