//! Keeps a metric's set of series from one snapshot to the next.

use std::collections::HashMap;

use meterport_core::{
    AttributeSet, Column, Number, NumberRows, Numbers, Points, Series, Timestamp,
};

/// The values of one metric in one snapshot, by attributes.
#[derive(Debug, Default)]
pub(crate) struct Values {
    attributes: Vec<AttributeSet>,
    numbers: Vec<Number>,
}

impl Values {
    pub(crate) fn push(&mut self, attributes: impl Into<AttributeSet>, number: impl Into<Number>) {
        self.attributes.push(attributes.into());
        self.numbers.push(number.into());
    }
}

/// When a snapshot was taken, and since when its sums count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) start: Timestamp,
    /// The snapshot before, or unset.
    pub(crate) before: Timestamp,
    pub(crate) now: Timestamp,
}

/// The series of one metric, the same chunks until one appears or goes.
#[derive(Debug, Default)]
pub(crate) struct KeptSeries {
    attributes: Vec<AttributeSet>,
    series: Series,
    last: Vec<Last>,
}

/// What is remembered of a series to notice that its counter began anew.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    number: Number,
    /// Set if the counter began anew since we look.
    restart: Timestamp,
}

impl KeptSeries {
    /// A snapshot of last values.
    pub(crate) fn gauge(&mut self, values: Values, times: Times) -> Numbers {
        self.adopt(values.attributes);
        self.points(Column::Same(Timestamp::UNSET), values.numbers, times)
    }

    /// A snapshot of sums that may fall.
    pub(crate) fn up_down(&mut self, values: Values, times: Times) -> Numbers {
        self.adopt(values.attributes);
        self.points(Column::Same(times.start), values.numbers, times)
    }

    /// A snapshot of sums that only fall when they begin anew: after the snapshot before, which
    /// is their start from then on.
    pub(crate) fn counter(&mut self, values: Values, times: Times) -> Numbers {
        self.adopt(values.attributes);
        let mut starts = Vec::with_capacity(values.numbers.len());
        for (last, number) in self.last.iter_mut().zip(&values.numbers) {
            if number.as_f64() < last.number.as_f64() {
                last.restart = times.before;
            }
            last.number = *number;
            // The wall clock may have been set back since.
            let known = last.restart.is_set() && last.restart <= times.now;
            starts.push(if known { last.restart } else { times.start });
        }
        self.points(Column::from_values(starts), values.numbers, times)
    }

    fn adopt(&mut self, attributes: Vec<AttributeSet>) {
        if attributes == self.attributes {
            return;
        }
        let before: HashMap<_, _> = self.attributes.drain(..).zip(self.last.drain(..)).collect();
        let last = attributes.iter().map(|set| before.get(set).copied().unwrap_or_default());
        self.last = last.collect();
        self.series = attributes.iter().cloned().collect();
        self.attributes = attributes;
    }

    fn points(&self, start: Column<Timestamp>, numbers: Vec<Number>, times: Times) -> Numbers {
        let points = Points::from_columns(
            self.series.clone(),
            start,
            Column::Same(times.now),
            rows(numbers),
        );
        points.unwrap_or_default()
    }
}

fn rows(numbers: Vec<Number>) -> NumberRows {
    let integers = numbers.iter().map(|number| match number {
        Number::I64(number) => Some(*number),
        _ => None,
    });
    if let Some(integers) = integers.collect::<Option<_>>() {
        return NumberRows::I64(integers);
    }
    let floats = numbers.iter().map(|number| match number {
        Number::F64(number) => Some(*number),
        _ => None,
    });
    match floats.collect::<Option<_>>() {
        Some(floats) => NumberRows::F64(floats),
        None => NumberRows::Mixed(numbers.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn values(pairs: &[(&str, u64)]) -> Values {
        let mut values = Values::default();
        for (name, number) in pairs {
            values.push([("name", *name)], *number);
        }
        values
    }

    fn times(minute: u64) -> Times {
        let at = |minute| Timestamp::from_secs(60 * minute);
        Times { start: at(1), before: at(minute - 1), now: at(minute) }
    }

    fn starts(points: &Numbers) -> Vec<u64> {
        points.iter().map(|point| point.start.as_nanos() / 60_000_000_000).collect()
    }

    #[test]
    fn chunks_stay_until_the_set_of_series_changes() {
        let mut kept = KeptSeries::default();
        let mut chunk = |pairs, minute| {
            let points = kept.counter(values(pairs), times(minute));
            Arc::clone(points.series().runs()[0].chunk())
        };
        let first = chunk(&[("a", 1), ("b", 2)], 10);
        assert!(Arc::ptr_eq(&first, &chunk(&[("a", 3), ("b", 2)], 11)));
        let third = chunk(&[("a", 3), ("b", 2), ("c", 0)], 12);
        assert!(!Arc::ptr_eq(&first, &third));
        assert!(!Arc::ptr_eq(&third, &chunk(&[("a", 3)], 13)));
    }

    #[test]
    fn a_counter_that_falls_starts_anew_and_keeps_that_start() {
        let mut kept = KeptSeries::default();
        let mut count = |pairs: &[_], minute| starts(&kept.counter(values(pairs), times(minute)));
        assert_eq!(count(&[("a", 5), ("b", 5)], 10), [1, 1]);
        assert_eq!(count(&[("a", 9), ("b", 4)], 11), [1, 10]);
        assert_eq!(count(&[("a", 9), ("b", 6)], 12), [1, 10]);
        // Also when others appear.
        assert_eq!(count(&[("a", 9), ("b", 7), ("c", 1)], 13), [1, 10, 1]);
        assert_eq!(count(&[("b", 2), ("c", 1)], 14), [13, 1]);
    }

    #[test]
    fn numbers_lie_in_the_narrowest_column() {
        let form = |numbers: &[Number]| match rows(numbers.to_vec()) {
            NumberRows::F64(_) => "floats",
            NumberRows::I64(_) => "integers",
            NumberRows::Mixed(_) => "mixed",
        };
        assert_eq!(form(&[1_u64.into(), 2_u64.into()]), "integers");
        assert_eq!(form(&[0.5.into(), 1.0.into()]), "floats");
        assert_eq!(form(&[u64::MAX.into()]), "mixed");
        assert_eq!(form(&[0.5.into(), 1_u64.into()]), "mixed");
    }
}
