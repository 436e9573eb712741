//! What the SDK's data points have in common.

use std::sync::Arc;

use meterport_core::{Exemplar, Number, SpanId, TraceId};
use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{
    Exemplar as SdkExemplar, ExponentialHistogramDataPoint, GaugeDataPoint, HistogramDataPoint,
    SumDataPoint,
};

use crate::attributes::pairs_to_set;

/// The SDK's three kinds of numbers.
pub(crate) trait Measured: Copy {
    fn number(self) -> Number;
}

macro_rules! measured {
    ($($number:ty)+) => {$(
        impl Measured for $number {
            fn number(self) -> Number {
                self.into()
            }
        }
    )+};
}
measured!(f64 i64 u64);

pub(crate) trait DataPoint {
    type Number: Measured;

    fn attributes(&self) -> impl Iterator<Item = &KeyValue>;
    fn exemplars(&self) -> impl Iterator<Item = &SdkExemplar<Self::Number>>;
}

macro_rules! data_point {
    ($($point:ident)+) => {$(
        impl<T: Measured> DataPoint for $point<T> {
            type Number = T;

            fn attributes(&self) -> impl Iterator<Item = &KeyValue> {
                self.attributes()
            }

            fn exemplars(&self) -> impl Iterator<Item = &SdkExemplar<T>> {
                self.exemplars()
            }
        }
    )+};
}
data_point!(ExponentialHistogramDataPoint GaugeDataPoint HistogramDataPoint SumDataPoint);

/// The exemplars of those points that have some, by row.
pub(crate) fn exemplars<P: DataPoint>(points: &[&P]) -> Vec<(usize, Arc<[Exemplar]>)> {
    let of_point = |point: &P| point.exemplars().map(exemplar).collect::<Vec<_>>();
    let rows = points.iter().enumerate().map(|(row, point)| (row, of_point(point)));
    rows.filter(|row| !row.1.is_empty()).map(|(row, of_row)| (row, of_row.into())).collect()
}

fn exemplar<T: Measured>(exemplar: &SdkExemplar<T>) -> Exemplar {
    let mut converted = Exemplar::new(exemplar.value.number(), exemplar.time().into());
    converted.filtered_attributes = pairs_to_set(exemplar.filtered_attributes());
    converted.trace_id = TraceId::from_bytes(*exemplar.trace_id());
    converted.span_id = SpanId::from_bytes(*exemplar.span_id());
    converted
}
