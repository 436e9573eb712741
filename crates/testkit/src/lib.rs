//! Fake collectors with scripted faults, generators and the exporter conformance suite.
//!
//! What an exporter sends is decoded here with foreign code: types that `prost` generated from the
//! public schema ([`proto`]), `serde_json` ([`json`]), `flate2` and `zstd`. Nothing of Meterport's own
//! encoders and codecs takes part, so that a mistake on one side cannot cancel itself on the other.
//!
//! - [`collector`]: a server for OTLP over HTTP or gRPC that records requests and misbehaves as scripted.
//! - [`gateway`]: a Pushgateway that keeps its rules, and misbehaves as scripted.
//! - [`remote_write`]: a receiver of Remote Write that keeps the rules of both versions, and misbehaves
//!   as scripted.
//! - [`certificates`]: authorities, and certificates good and bad, made when a test runs.
//! - [`proxy`]: a proxy that records what is asked of it.
//! - [`DiscardExporter`]: an exporter that costs nothing, for benches and counts of allocations.
//! - [`script`]: the faults, shared by all receivers.
//! - [`scripted`]: an exporter that answers as scripted, for tests of decorators.
//! - [`workload`]: the series that benches and allocation tests share.
//! - [`prom`]: Prometheus' messages and a strict parser of its text formats.
//! - [`strategy`]: generated batches that hold everything the model can.
//! - [`convert`]: what `prost` would encode of a batch, to compare an encoder's output with.
//! - [`conformance`]: the suite that every exporter passes.
//! - [`guard`]: limits for tests that could hang.

pub mod certificates;
pub mod collector;
pub mod conformance;
pub mod convert;
mod discard;
pub mod gateway;
pub mod guard;
pub mod json;
mod listen;
mod log_lines;
pub mod prom;
pub mod proto;
pub mod proxy;
pub mod remote_write;
pub mod script;
pub mod scripted;
pub mod strategy;
pub mod workload;

pub use certificates::{Authority, Folder, Issued, Leaf, MutualTls, ServerTls};
pub use collector::{FakeCollector, Received};
pub use convert::{to_metrics_data, to_proto};
pub use discard::DiscardExporter;
pub use gateway::FakeGateway;
pub use guard::{hang_guard, within};
pub use log_lines::LogLines;
pub use proxy::FakeProxy;
pub use remote_write::FakeReceiver;
pub use script::{Encoding, Fate, Garbage, GrpcReply, GrpcStatus, Part, Reply, Response};
pub use scripted::{Answer, ScriptedExporter};
