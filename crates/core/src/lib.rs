//! The data model, the exporter and producer traits, outcomes and errors of Meterport.

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
