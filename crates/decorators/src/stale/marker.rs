use meterport_core::{
    AttributeSet, Bounds, Buckets, Column, ExponentialHistogram, ExponentialValue, Flags, Gauge,
    Histogram, HistogramValue, MetricData, Number, NumberRows, Points, Quantile, Rows, Series,
    Stats, Sum, Summary, SummaryValue, Timestamp,
};

/// What Prometheus has series of their own for beside a point's count and sum: when the point ends,
/// they all do.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Shape {
    Bounds(Bounds),
    /// Buckets that are not empty are all that tells which there are.
    Exponential(Box<ExponentialValue>),
    #[default]
    None,
    Quantiles(Box<[f64]>),
}

impl Shape {
    /// That of a row, which is there.
    pub(super) fn of(data: &MetricData, row: usize) -> Self {
        match data {
            MetricData::ExponentialHistogram(data) => {
                let last = data.points.slice(row..row + 1).to_points().pop();
                last.map_or(Self::None, |point| Self::Exponential(Box::new(point.value)))
            }
            MetricData::Histogram(data) => {
                let stretches = data.points.rows().stretches();
                let at = stretches.partition_point(|stretch| stretch.rows.end <= row);
                let bounds = stretches.get(at).and_then(|stretch| stretch.bounds.clone());
                bounds.map_or(Self::None, Self::Bounds)
            }
            MetricData::Summary(data) => {
                let quantiles = data.points.rows().value(row).quantiles.iter();
                Self::Quantiles(quantiles.map(|quantile| quantile.quantile).collect())
            }
            _ => Self::None,
        }
    }

    fn exponential(&self) -> ExponentialValue {
        match self {
            Self::Exponential(value) => (**value).clone(),
            _ => ExponentialValue::default(),
        }
    }

    fn buckets(&self) -> Buckets {
        let Self::Bounds(bounds) = self else { return Buckets::none() };
        Buckets::new(bounds.clone(), vec![0; bounds.buckets()]).unwrap_or_default()
    }

    fn quantiles(&self) -> Vec<Quantile> {
        let Self::Quantiles(all) = self else { return Vec::new() };
        all.iter().map(|quantile| Quantile { quantile: *quantile, value: 0.0 }).collect()
    }
}

/// Points without a recorded value for these series, of the kind of `like`. All their numbers are
/// zero; bounds and quantiles are those of the last points. An exponential histogram is as it was
/// last: without its counts nobody would know its buckets.
pub(super) fn marker(
    like: &MetricData,
    ends: Vec<(AttributeSet, &Shape)>,
    time: Timestamp,
) -> MetricData {
    match like {
        MetricData::ExponentialHistogram(data) => {
            let points = points(ends, time, Shape::exponential);
            ExponentialHistogram { points, temporality: data.temporality }.into()
        }
        MetricData::Gauge(data) => {
            let zero = zero(data.points.rows());
            Gauge { points: points(ends, time, |_| zero) }.into()
        }
        MetricData::Histogram(data) => {
            let value = |shape: &Shape| HistogramValue {
                stats: Stats::default(),
                buckets: shape.buckets(),
            };
            let points = points(ends, time, value);
            Histogram { points, temporality: data.temporality }.into()
        }
        MetricData::Sum(data) => {
            let zero = zero(data.points.rows());
            Sum { points: points(ends, time, |_| zero), ..data.clone() }.into()
        }
        MetricData::Summary(_) => {
            let value =
                |shape: &Shape| SummaryValue { count: 0, sum: 0.0, quantiles: shape.quantiles() };
            Summary { points: points(ends, time, value) }.into()
        }
    }
}

/// The same form of number as the others, so that the column stays one of floats or integers.
fn zero(like: &NumberRows) -> Number {
    match like {
        NumberRows::F64(_) => Number::F64(0.0),
        NumberRows::I64(_) | NumberRows::Mixed(_) => Number::I64(0),
    }
}

fn points<R: Rows>(
    ends: Vec<(AttributeSet, &Shape)>,
    time: Timestamp,
    value: impl Fn(&Shape) -> R::Value,
) -> Points<R> {
    let rows = ends.len();
    let values = ends.iter().map(|end| value(end.1)).collect();
    let series: Series = ends.into_iter().map(|end| end.0).collect();
    let (start, time) = (Column::Same(Timestamp::UNSET), Column::Same(time));
    let points = Points::from_values(series, start, time, values);
    // There is a value for each row.
    let points = points.unwrap_or_default();
    points.with_flags((0..rows).map(|row| (row, Flags::NO_RECORDED_VALUE)))
}
