//! Histograms as Prometheus has them: classic ones, whose buckets add up, and native ones.

mod classic;
mod explicit;
mod native;

pub use classic::{Cumulative, from_exponential};
pub use explicit::Explicit;
pub(crate) use explicit::{ExplicitRows, widest};
pub use native::{DEFAULT_ZERO_THRESHOLD, NativeHistogram, Side, Span};
