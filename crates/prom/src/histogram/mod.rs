//! Histograms as Prometheus has them: classic ones, whose buckets add up, and native ones.

mod classic;
mod native;

pub use classic::{Cumulative, explicit, from_exponential};
pub use native::{DEFAULT_ZERO_THRESHOLD, NativeHistogram, Side, Span};
