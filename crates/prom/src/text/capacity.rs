use meterport_core::MetricData;

use super::Rows;
use crate::families::{Families, Family, Part};
use crate::histogram::widest;

/// A number, a label with a bound, and what stands between.
const REST: usize = 32;

/// What families will take in text, roughly: so that the page is not moved while it grows.
pub(crate) fn capacity(families: &Families) -> usize {
    families.iter().map(of_family).sum()
}

fn of_family(family: &Family) -> usize {
    let name = family.name().len();
    let parts = family.parts().iter().map(|part| of_part(name, part)).sum::<usize>();
    parts + family.help().len() + 4 * (name + REST)
}

fn of_part(name: usize, part: &Part) -> usize {
    let lines_per_row = match part.data() {
        MetricData::Histogram(data) => widest(&data.points) + 3,
        MetricData::ExponentialHistogram(_) => 16,
        MetricData::Summary(_) => 6,
        MetricData::Gauge(_) | MetricData::Sum(_) => 1,
    };
    lines_per_row * (Rows::labels_len(part) + part.data().len() * (name + REST))
}
