//! For sources that name each series by its attributes in every snapshot, as foreign libraries
//! do: what stays the same from one snapshot to the next is found again, and shared.

mod metrics;
mod rows;
mod series;
#[cfg(test)]
mod tests;

pub use metrics::{InternedMetric, Interner};
pub use series::{RowOrder, SeriesInterner, SeriesSnapshot};
