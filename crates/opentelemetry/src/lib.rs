//! The OpenTelemetry metrics API over Meterport's registry, without the SDK.
//!
//! A program or library that measures through the `opentelemetry` crate stays as it is: only the
//! provider is another one. Its instruments record into a [`Registry`], whose producers give the
//! batches that any Meterport exporter sends.
//!
//! ```
//! use meterport_opentelemetry::{CurrentSpan, RegistryMeterProvider};
//! use meterport_registry::{Registry, View};
//! use opentelemetry::{KeyValue, global};
//!
//! let registry = Registry::builder()
//!     .view(View::named("http.*").without_attributes(["url.full"]))
//!     .spans(CurrentSpan)
//!     .build()?;
//! global::set_meter_provider(RegistryMeterProvider::new(registry.clone()));
//!
//! // Anywhere in the program, or in a library that it uses:
//! let meter = global::meter("shop");
//! let orders = meter.u64_counter("orders").with_unit("{order}").build();
//! orders.add(1, &[KeyValue::new("payment", "card")]);
//!
//! // For a reader: `registry.producer_for(&exporter)`.
//! let batch = registry.producer().build().collect();
//! assert_eq!(batch.points(), 1);
//! # Ok::<(), meterport_registry::ViewError>(())
//! ```
//!
//! # What there is
//!
//! - All instruments of the API, synchronous and observable, in all its number types.
//! - Views, cardinality limits, temporality and aggregation for each reader, expiry of idle series:
//!   they are settings of the registry and of its producers.
//! - Exemplars of measurements in sampled spans, whoever made the span, with [`CurrentSpan`]; of
//!   all measurements or of none by the registry's `exemplar_filter`.
//! - Nothing is recorded where the context suppresses telemetry
//!   ([`Context::enter_telemetry_suppressed_scope`]): an exporter whose own HTTP client measures
//!   does not feed itself. Observable instruments are asked all the same.
//! - A measurement is looked up by the hash of its values, in the order in which the caller has
//!   them; nothing is allocated, sorted or copied for a series that is known. Attributes that are
//!   arrays are copied first.
//!
//! # What differs from the SDK
//!
//! - There is no `force_flush` and no `shutdown` of the provider: readers have them, for they are
//!   what exports. Instruments work as long as somebody holds them.
//! - The resource and the views are given to the registry, not found in the environment: views are
//!   values that select by pattern, kind, unit and scope, not functions.
//! - NaN and infinities are refused by sums and histograms, and counted
//!   ([`RegistryStats::refused`]); counters refuse what is less than zero. The SDK adds what
//!   is less than zero.
//! - An integer sum that exceeds its range is counted, a float sum ends at the largest float.
//! - Cumulative points have the start of their own series, not of the instrument; gauges have none,
//!   as the specification asks for none. Deltas begin where the last one ended, as with the SDK.
//! - Unsigned integers are told as signed ones as far as they fit: OTLP has no others.
//! - A metric without points is not reported; with the SDK it is.
//! - An observable counter that falls begins anew: its start is the last collection, and a delta is
//!   what was counted since zero. With the SDK it keeps its start, and a delta is less than zero or,
//!   of integers, an overflow.
//! - The series without attributes counts against the cardinality limit as any other; with the SDK
//!   it has a place beside it. A delta metric's series that is not measured leaves its place at
//!   once, with the SDK a collection later.
//! - What an observable instrument reports twice for one series in one collection: the last value
//!   counts, for all callbacks together.
//! - A series that no callback observes any more is not reported any more, as the specification
//!   wants it; the SDK goes on with its last value where it is cumulative.
//! - A callback that panics is caught and counted; its instrument reports what it observed so far.
//! - Bounds of histograms may be infinite.
//! - Instruments of one name that differ in kind, unit or type each make a metric, as with the SDK,
//!   and the difference is told as a warning of `tracing`, and counted
//!   ([`RegistryStats::conflicts`]).
//! - A name or a unit that the specification does not allow gives an instrument that does nothing,
//!   as with the SDK, and a warning of `tracing` that says why.
//!
//! [`Context::enter_telemetry_suppressed_scope`]: opentelemetry::Context::enter_telemetry_suppressed_scope
//! [`Registry`]: meterport_registry::Registry
//! [`RegistryStats::conflicts`]: meterport_registry::RegistryStats::conflicts
//! [`RegistryStats::refused`]: meterport_registry::RegistryStats::refused

mod attributes;
#[cfg(feature = "experimental_metrics_bound_instruments")]
mod bound;
mod instruments;
mod provider;
mod recording;
mod span;

pub use provider::RegistryMeterProvider;
pub use span::CurrentSpan;
