use meterport_core::{
    Exemplar, ExponentialBuckets, ExponentialPoint, Flags, HistogramPoint, Number, NumberPoint,
    Point, Points, Quantile, Rows, SpanId, Stats, SummaryPoint, Timestamp, TraceId,
};
use serde_core::de::MapAccess;

use super::input::{Collect, Context, Input, Message};
use crate::budget::Part;
use crate::checks::{id, make_buckets};
use crate::decode_error::{DecodeError, DecodeProblem};

/// A point of one kind as it is read.
pub(super) trait PointFields: Message + Default {
    type Value;

    /// The point, which may share with the one before.
    fn finish(self, before: Option<&Point<Self::Value>>)
    -> Result<Point<Self::Value>, DecodeError>;
}

/// The points of a metric as they are read.
pub(super) struct PointList<F: PointFields>(Vec<Point<F::Value>>);

impl<F: PointFields> Default for PointList<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<F: PointFields> PointList<F> {
    pub(super) fn into_points<R: Rows>(self) -> Points<R>
    where
        Points<R>: FromIterator<Point<F::Value>>,
    {
        self.0.into_iter().collect()
    }
}

impl<F: PointFields> Collect for PointList<F> {
    type Item = F;
    const PART: Part = Part::Point;

    fn enter(&self, context: &mut Context) {
        context.point = Some(self.0.len());
    }

    fn push(&mut self, item: F) -> Result<(), DecodeError> {
        let point = item.finish(self.0.last())?;
        self.0.push(point);
        Ok(())
    }

    fn leave(&self, context: &mut Context) {
        context.point = None;
    }
}

impl<'de, A: MapAccess<'de>> Input<'_, A> {
    fn time(self) -> Result<Timestamp, A::Error> {
        Ok(Timestamp::from_nanos(self.u64()?.unwrap_or_default()))
    }

    /// A member that all kinds of point have.
    fn head<V>(self, name: &str, point: &mut Point<V>) -> Result<(), A::Error> {
        match name {
            "attributes" => point.attributes = self.attributes()?,
            "startTimeUnixNano" => point.start = self.time()?,
            "timeUnixNano" => point.time = self.time()?,
            "flags" => point.flags = Flags::from_bits(self.u32()?.unwrap_or_default()),
            "exemplars" => self.list(&mut point.exemplars)?,
            _ => self.skip()?,
        }
        Ok(())
    }

    /// A member that both kinds of histogram have.
    fn stats<V>(self, name: &str, stats: &mut Stats, point: &mut Point<V>) -> Result<(), A::Error> {
        match name {
            "count" => stats.count = self.u64()?.unwrap_or_default(),
            "sum" => stats.sum = self.f64()?,
            "min" => stats.min = self.f64()?,
            "max" => stats.max = self.f64()?,
            _ => self.head(name, point)?,
        }
        Ok(())
    }
}

/// `NumberDataPoint`
#[derive(Default)]
pub(super) struct NumberFields {
    point: NumberPoint,
    value: Option<Number>,
}

impl Message for NumberFields {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "asDouble" => self.value = input.f64()?.map(Number::F64).or(self.value),
            "asInt" => self.value = input.i64()?.map(Number::I64).or(self.value),
            _ => input.head(name, &mut self.point)?,
        }
        Ok(())
    }
}

impl PointFields for NumberFields {
    type Value = Number;

    fn finish(self, _: Option<&NumberPoint>) -> Result<NumberPoint, DecodeError> {
        let Self { mut point, value } = self;
        // A point without a recorded value need not have one.
        let absent = point.flags.no_recorded_value().then(Number::default);
        point.value = value.or(absent).ok_or(DecodeProblem::NoValue)?;
        Ok(point)
    }
}

/// `HistogramDataPoint`
#[derive(Default)]
pub(super) struct HistogramFields {
    point: HistogramPoint,
    stats: Stats,
    bounds: Vec<f64>,
    counts: Vec<u64>,
}

impl Message for HistogramFields {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "bucketCounts" => self.counts = input.u64s()?,
            "explicitBounds" => self.bounds = input.f64s()?,
            _ => input.stats(name, &mut self.stats, &mut self.point)?,
        }
        Ok(())
    }
}

impl PointFields for HistogramFields {
    type Value = meterport_core::HistogramValue;

    fn finish(self, before: Option<&HistogramPoint>) -> Result<HistogramPoint, DecodeError> {
        let Self { mut point, stats, bounds, counts } = self;
        let before = before.and_then(|point| point.value.buckets.bounds());
        point.value.stats = stats;
        point.value.buckets = make_buckets(bounds, counts, before)?;
        Ok(point)
    }
}

/// `ExponentialHistogramDataPoint`
#[derive(Default)]
pub(super) struct ExponentialFields {
    point: ExponentialPoint,
    stats: Stats,
}

impl Message for ExponentialFields {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        let value = &mut self.point.value;
        match name {
            "scale" => value.scale = input.i32()?.unwrap_or_default(),
            "zeroCount" => value.zero_count = input.u64()?.unwrap_or_default(),
            "zeroThreshold" => value.zero_threshold = input.f64()?.unwrap_or_default(),
            "positive" => {
                input.message(&mut value.positive)?;
            }
            "negative" => {
                input.message(&mut value.negative)?;
            }
            _ => input.stats(name, &mut self.stats, &mut self.point)?,
        }
        Ok(())
    }
}

impl PointFields for ExponentialFields {
    type Value = meterport_core::ExponentialValue;

    fn finish(mut self, _: Option<&ExponentialPoint>) -> Result<ExponentialPoint, DecodeError> {
        self.point.value.stats = self.stats;
        Ok(self.point)
    }
}

impl Message for ExponentialBuckets {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "offset" => self.offset = input.i32()?.unwrap_or_default(),
            "bucketCounts" => self.counts = input.u64s()?,
            _ => input.skip()?,
        }
        Ok(())
    }
}

/// `SummaryDataPoint`
#[derive(Default)]
pub(super) struct SummaryFields(SummaryPoint);

impl Message for SummaryFields {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        let value = &mut self.0.value;
        match name {
            "count" => value.count = input.u64()?.unwrap_or_default(),
            "sum" => value.sum = input.f64()?.unwrap_or_default(),
            "quantileValues" => input.list(&mut value.quantiles)?,
            // Summaries have none.
            "exemplars" => input.skip()?,
            _ => input.head(name, &mut self.0)?,
        }
        Ok(())
    }
}

impl PointFields for SummaryFields {
    type Value = meterport_core::SummaryValue;

    fn finish(self, _: Option<&SummaryPoint>) -> Result<SummaryPoint, DecodeError> {
        Ok(self.0)
    }
}

impl Message for Quantile {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "quantile" => self.quantile = input.f64()?.unwrap_or_default(),
            "value" => self.value = input.f64()?.unwrap_or_default(),
            _ => input.skip()?,
        }
        Ok(())
    }
}

impl Collect for Vec<Quantile> {
    type Item = Quantile;
    const PART: Part = Part::Number;

    fn push(&mut self, item: Quantile) -> Result<(), DecodeError> {
        self.push(item);
        Ok(())
    }
}

/// `Exemplar`
pub(super) struct ExemplarFields {
    exemplar: Exemplar,
    value: Option<Number>,
}

impl Default for ExemplarFields {
    fn default() -> Self {
        Self { exemplar: Exemplar::new(Number::default(), Timestamp::UNSET), value: None }
    }
}

impl Message for ExemplarFields {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        let exemplar = &mut self.exemplar;
        match name {
            "filteredAttributes" => exemplar.filtered_attributes = input.attributes()?,
            "timeUnixNano" => exemplar.time = input.time()?,
            "asDouble" => self.value = input.f64()?.map(Number::F64).or(self.value),
            "asInt" => self.value = input.i64()?.map(Number::I64).or(self.value),
            "spanId" => exemplar.span_id = hex_id(input, SpanId::from_bytes)?,
            "traceId" => exemplar.trace_id = hex_id(input, TraceId::from_bytes)?,
            _ => input.skip()?,
        }
        Ok(())
    }
}

impl Collect for Vec<Exemplar> {
    type Item = ExemplarFields;
    const PART: Part = Part::Exemplar;

    fn push(&mut self, item: ExemplarFields) -> Result<(), DecodeError> {
        let ExemplarFields { mut exemplar, value } = item;
        exemplar.value = value.ok_or(DecodeProblem::NoValue)?;
        self.push(exemplar);
        Ok(())
    }
}

/// An id in hexadecimal digits of either case.
fn hex_id<'de, const N: usize, T, A: MapAccess<'de>>(
    mut input: Input<'_, A>,
    make: fn([u8; N]) -> Option<T>,
) -> Result<Option<T>, A::Error> {
    let text = input.borrow().text()?.unwrap_or_default();
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some((digit(high)? * 16 + digit(low)?) as u8),
        _ => None,
    };
    match text.as_bytes().chunks(2).map(pair).collect::<Option<Vec<u8>>>() {
        Some(bytes) => input.context.check(id(&bytes, make)),
        None => Err(input.fail("not hexadecimal")),
    }
}
