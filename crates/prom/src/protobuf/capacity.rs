use meterport_core::MetricData;

use super::Rows;
use crate::families::{Families, Family, Part};
use crate::histogram::widest;

/// What a bucket or a quantile takes at most, but for large counts.
const BUCKET: usize = 20;
/// A point without its labels and buckets.
const REST: usize = 48;

/// What families will take as messages, roughly: so that the page is not moved while it grows.
pub(crate) fn capacity(families: &Families) -> usize {
    families.iter().map(of_family).sum()
}

fn of_family(family: &Family) -> usize {
    let parts = family.parts().iter().map(of_part).sum::<usize>();
    parts + family.name().len() + family.help().len() + REST
}

fn of_part(part: &Part) -> usize {
    let buckets = match part.data() {
        MetricData::Histogram(data) => widest(&data.points),
        MetricData::ExponentialHistogram(_) => 16,
        MetricData::Summary(_) => 4,
        MetricData::Gauge(_) | MetricData::Sum(_) => 0,
    };
    Rows::labels_len(part) + part.data().len() * (REST + buckets * BUCKET)
}
