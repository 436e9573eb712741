use meterport_core::{
    Column, ExponentialHistogram, Flags, Gauge, Histogram, MetricData, Number, NumberRows, Numbers,
    Points, Rows, Series, Sum, Summary, Timestamp,
};

/// Points without a recorded value for these series, of the kind of `like`.
pub(super) fn marker(like: &MetricData, series: Series, time: Timestamp) -> MetricData {
    match like {
        MetricData::ExponentialHistogram(data) => {
            let points = points(series, time, Default::default());
            ExponentialHistogram { points, temporality: data.temporality }.into()
        }
        MetricData::Gauge(data) => Gauge { points: numbers(&data.points, series, time) }.into(),
        MetricData::Histogram(data) => {
            let points = points(series, time, Default::default());
            Histogram { points, temporality: data.temporality }.into()
        }
        MetricData::Sum(data) => {
            Sum { points: numbers(&data.points, series, time), ..data.clone() }.into()
        }
        MetricData::Summary(_) => {
            Summary { points: points(series, time, Default::default()) }.into()
        }
    }
}

/// The same form of number as the others, so that the column stays one of floats or integers.
fn numbers(like: &Numbers, series: Series, time: Timestamp) -> Numbers {
    let zero = match like.rows() {
        NumberRows::F64(_) => Number::F64(0.0),
        NumberRows::I64(_) | NumberRows::Mixed(_) => Number::I64(0),
    };
    points(series, time, zero)
}

fn points<R: Rows>(series: Series, time: Timestamp, value: R::Value) -> Points<R> {
    let rows = series.len();
    let (start, time) = (Column::Same(Timestamp::UNSET), Column::Same(time));
    let points = Points::from_values(series, start, time, vec![value; rows]);
    // There is a value for each row.
    let points = points.unwrap_or_default();
    points.with_flags((0..rows).map(|row| (row, Flags::NO_RECORDED_VALUE)))
}
