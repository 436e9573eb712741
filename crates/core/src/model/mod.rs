//! The data model: columns over shared series, written and read as ordinary points.

mod attributes;
mod batch;
mod buckets;
mod column;
mod exemplar;
mod exponential;
mod histogram;
mod intern;
mod metric;
mod number;
mod packed;
mod point;
mod points;
mod series;
mod split;
mod stats;
mod summary;
#[cfg(test)]
mod tests;
mod time;
mod value;

pub use attributes::AttributeSet;
pub use batch::{MetricBatch, Resource, ResourceMetrics, Scope, ScopeMetrics};
pub use buckets::{Bounds, Buckets, BucketsError};
pub use column::Column;
pub use exemplar::{Exemplar, SpanId, TraceId};
pub use exponential::{
    ExponentialBuckets, ExponentialHistograms, ExponentialPoint, ExponentialRef, ExponentialRows,
    ExponentialRowsBuilder, ExponentialValue, ExponentialValueRef,
};
pub use histogram::{
    HistogramPoint, HistogramRef, HistogramRows, HistogramRowsBuilder, HistogramValue,
    HistogramValueRef, Histograms, Stretch,
};
pub use intern::{InternedMetric, Interner, RowOrder, SeriesInterner, SeriesSnapshot};
pub use metric::{
    Descriptor, ExponentialHistogram, Gauge, Histogram, Metric, MetricData, Sum, Summary,
};
pub use number::{Number, NumberPoint, NumberRef, NumberRows, Numbers};
pub use packed::{Entries, Items, Octets};
pub use point::{Flags, Point, PointRef};
pub use points::{LengthMismatch, Points, Rows};
pub use series::{Run, Series, SeriesChunk};
pub use stats::{Present, Stats, StatsRow, StatsRows};
pub use summary::{
    Quantile, Summaries, SummaryPoint, SummaryRef, SummaryRows, SummaryValue, SummaryValueRef,
};
pub use time::Timestamp;
pub use value::{MAX_VALUE_DEPTH, Value, ValueRef};
