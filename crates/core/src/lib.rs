//! The data model, the exporter and producer traits, outcomes and errors of Meterport.
//!
//! - **The model**: a [`MetricBatch`] holds [`ResourceMetrics`], [`ScopeMetrics`], [`Metric`]s and
//!   their points, all of OTLP's kinds. Points are written as ordinary structs ([`Point`]), read as
//!   views ([`PointRef`]) and kept as columns over a shared [`Series`].
//! - **The traits**: a [`MetricProducer`] gives batches, a [`MetricExporter`] takes them.
//! - **The books**: an [`Outcome`] accounts for every point, an [`ExportError`] says what may be done
//!   and what is still owed.
//! - **Arguments instead of surroundings**: a [`Deadline`] goes with every call; [`Clock`] and
//!   [`Chance`] are given, [`Variables`] are looked up through a function.
//! - **Memory of encodings**: chunks and batches remember what encoders make of them ([`Memo`]).
//!
//! There is no I/O here, no clock is read, and neither environment nor randomness. No input makes
//! it panic but an index beyond the end, where the documentation says so.
//!
//! ```
//! use meterport_core::{
//!     AttributeSet, Metric, MetricBatch, Number, NumberPoint, Resource, ResourceMetrics, Scope,
//!     ScopeMetrics, Sum,
//! };
//!
//! let point = |method: &str, count: i64| {
//!     NumberPoint::new(AttributeSet::from([("http.request.method", method)]), Number::I64(count))
//! };
//! let requests = Metric::new("http.requests", Sum::counter([point("GET", 7), point("POST", 3)]));
//! let batch = MetricBatch::from(
//!     ResourceMetrics::new(Resource::new([("service.name", "shop")]))
//!         .with_scope(ScopeMetrics::new(Scope::new("http")).with_metric(requests)),
//! );
//! assert_eq!(batch.points(), 2);
//! assert_eq!(batch.split(1).count(), 2);
//! ```

mod clock;
mod component;
mod config;
mod deadline;
mod encode;
mod error;
mod error_kind;
mod exporter;
mod memo;
mod model;
mod outcome;
mod producer;
mod select;

pub use clock::{Chance, Clock};
pub use component::Component;
pub use config::{ConfigError, Variables};
pub use deadline::Deadline;
pub use encode::{Encode, Encoded, Report, TooLarge};
pub use error::{ExportError, bounded_message};
pub use error_kind::{ErrorKind, RetryAdvice, Status};
pub use exporter::MetricExporter;
pub use memo::{Memo, MemoKey};
pub use model::*;
pub use outcome::{DropReason, Drops, MemberOutcome, Outcome};
pub use producer::{MetricProducer, ProduceError};
pub use select::{
    Aggregation, AggregationSelector, InstrumentKind, Temporality, TemporalitySelector,
};
