//! Series and their aggregation: record cheaply, take snapshots that share what has not changed.

mod attributes;
mod cells;
mod clock;
mod exemplar;
mod instrument;
mod lock;
#[cfg(all(loom, test))]
mod loom_tests;
mod measure;
mod meter;
mod producer;
mod reader;
mod registry;
mod storage;
#[cfg_attr(all(loom, test), path = "sync_loom.rs")]
mod sync;
mod tally;
mod view;

pub use attributes::{AsAttributeValue, AttributeValue, Attributes};
pub use exemplar::SpanSource;
pub use instrument::{
    BoundCounter, BoundGauge, BoundHistogram, BoundUpDownCounter, CallbackHandle, Counter, Gauge,
    Histogram, InstrumentBuilder, InstrumentError, Observable, Observer, UpDownCounter,
};
pub use measure::{Measure, NumberKind};
pub use meter::Meter;
pub use producer::{ProducerBuilder, RegistryProducer};
pub use registry::{Registry, RegistryBuilder};
pub use tally::RegistryStats;
pub use view::{View, ViewError};
