//! Prometheus without I/O: names, labels, families, exposition formats and their negotiation.
//!
//! - [`Translation`] says how names, units, labels, scopes and resources become Prometheus': the
//!   four strategies of OpenTelemetry's specification, and [`Strategy::Verbatim`] for data that was
//!   Prometheus' to begin with.
//! - [`Families`] are a batch grouped by final name, conflicts settled: what every format, and
//!   remote write, is written from.
//! - [`Exposition`] writes them: text 0.0.4, OpenMetrics 1.0 and 2.0, protobuf with native
//!   histograms.
//! - [`negotiate`] and [`negotiate_encoding`] read what a scraper asks for.
//! - [`encoding`] has what encoders of other formats need.
//! - [`Losses`] count what could not be written, by reason. Nothing goes missing silently.
//!
//! ```
//! use std::sync::Arc;
//! use meterport_core::MetricBatch;
//! use meterport_prom::{Exposition, Format, Translation, negotiate};
//!
//! let accept = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";
//! let asked = negotiate(accept, &Format::ALL);
//! let exposition = Exposition::new(Translation::default(), asked.format, asked.escaping);
//! let page = exposition.write(&MetricBatch::default());
//! assert_eq!(page.bytes, b"# EOF\n");
//! ```
//!
//! # Speed
//! The labels of a series are translated, ordered and escaped once in its life and remembered with
//! it, as the texts that stand in a line. A scrape copies them and formats numbers; it allocates
//! nothing per line.

mod append;
mod block;
pub mod encoding;
mod escaping;
mod exemplar;
mod exposition;
mod families;
mod filter;
mod format;
mod histogram;
mod labels;
mod loss;
mod naming;
mod negotiation;
mod number;
mod out;
mod protobuf;
mod quantiles;
mod rows;
mod text;
mod translation;

pub use escaping::Escaping;
pub use exposition::{Exposition, Page, Summed};
pub use families::{Families, Family, FamilyKind, Part};
pub use filter::AttributeFilter;
pub use format::Format;
pub use histogram::{DEFAULT_ZERO_THRESHOLD, NativeHistogram, Side, Span};
pub use labels::{Context, LabelBuilder, LabelRules, Labels, Reserved};
pub use loss::{Loss, Losses};
pub use naming::{InvalidName, MetricKind, label_name, metric_name, unit_name};
pub use negotiation::{ContentEncoding, Negotiated, negotiate, negotiate_encoding};
pub use translation::{Rules, Strategy, Target, Translation};
