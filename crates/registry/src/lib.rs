//! Series and their aggregation: record cheaply, take snapshots that share what has not changed.
//!
//! A [`Registry`] has meters, a [`Meter`] makes instruments, instruments take measurements. A
//! [`RegistryProducer`] takes snapshots of all of it for one reader: it is a
//! [`MetricProducer`](meterport_core::MetricProducer) like any other.
//!
//! ```
//! use meterport_core::TemporalitySelector;
//! use meterport_registry::{AttributeValue, Registry, View};
//!
//! let registry = Registry::builder()
//!     .view(View::named("shop.orders").without_attributes(["customer"]))
//!     .build()?;
//! // One producer for each reader, before the program measures.
//! let pull = registry.producer().build();
//! let push = registry.producer().temporality(&TemporalitySelector::Delta).build();
//!
//! let meter = registry.meter("shop");
//! let orders = meter.counter::<u64>("shop.orders").unit("{order}").build()?;
//! let duration = meter.histogram::<f64>("shop.duration").unit("s").bounds([0.1, 1.0]).build()?;
//! let queued = meter.observable_gauge::<i64>("shop.queued").build()?;
//! queued.observe(|observer| observer.observe(3, [("queue", "default")]));
//!
//! // A handle: no look-up, no lock, no allocation.
//! let cards = orders.bind([("payment", "card")]);
//! cards.add(1);
//! // Without one: the attributes of this measurement, as they are at hand.
//! orders.add(2, [("payment", AttributeValue::from("cash")), ("customer", 7.into())]);
//! duration.record(0.25, ());
//!
//! assert_eq!(pull.collect().points(), 4);
//! assert_eq!(push.collect().points(), 4);
//! // Of what was measured since the last snapshot there is only the gauge.
//! assert_eq!(push.collect().points(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Instruments
//!
//! | Method of [`Meter`] | Takes | Becomes, unless a view or the reader wishes otherwise |
//! |---|---|---|
//! | `counter` | what was added, never below zero | a monotonic sum |
//! | `up_down_counter` | what was added | a sum |
//! | `gauge` | the value | a gauge |
//! | `histogram` | values | a histogram with the specification's bounds, or [`InstrumentBuilder::bounds`] |
//! | `observable_counter` | the total, by callback | a monotonic sum |
//! | `observable_up_down_counter` | the total, by callback | a sum |
//! | `observable_gauge` | the value, by callback | a gauge |
//!
//! Each measures `u64`, `i64` or `f64` ([`Measure`]). Base-2 exponential histograms come by
//! [`View::with_aggregation`] or by the reader's wish ([`ProducerBuilder::aggregation`]); their
//! buckets are exact.
//!
//! # What never happens
//!
//! - A sum is never poisoned: NaN and infinities are refused, float sums stay finite. Integer sums
//!   wrap. [`Registry::stats`] counts all of that, and what else was not recorded as it was told.
//! - A histogram is never torn: count, sum, extremes and buckets of a point are of one moment.
//! - Series do not grow without bound: beyond the limit of its metric (2,000 by default), a
//!   measurement goes to the series `otel.metric.overflow = true`, and is counted.
//! - Recording never waits for a snapshot, but for the time that one cell is copied.
//! - Nothing is lost between two snapshots, nor when a series expires.
//!
//! # What it costs
//!
//! Recording through a handle adds to one cell and allocates nothing. Recording without one
//! compares the keys with those that the call site gave before, hashes the values and looks the
//! series up under a lock that recorders share. The first measurement of a series allocates. A
//! snapshot copies the cells' values and shares the attribute sets of the last one: so many
//! allocations for each metric, whatever the number of series. Figures are in
//! `docs/benchmarks.md`.
//!
//! # Stability
//!
//! All public names are meant to stay. Errors, statistics and attribute values may get more
//! variants and fields.

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
mod turn;
mod view;

pub use attributes::{AsAttributeValue, AttributeValue, Attributes};
pub use exemplar::{ActiveSpan, ExemplarFilter, SpanSource};
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
