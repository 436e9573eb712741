use meterport_core::{
    Exemplar, ExponentialBuckets, ExponentialPoint, Flags, HistogramPoint, HistogramValue, Number,
    NumberPoint, Point, Points, Quantile, Rows, SpanId, Stats, SummaryPoint, SummaryValue,
    Timestamp, TraceId,
};

use super::super::field::{
    buckets, data, exemplar, exponential, histogram, number, quantile, summary,
};
use super::attributes::{Attributes, attribute};
use crate::budget::{Budget, Part};
use crate::checks::{id, make_buckets};
use crate::decode_error::{DecodeError, DecodeProblem};
use crate::wire::{Field, fields};

/// A point of one kind.
pub(super) trait Decode: Sized {
    fn decode(
        bytes: &[u8],
        before: Option<&Self>,
        budget: &mut Budget,
    ) -> Result<Self, DecodeError>;
}

/// The points of a data message.
pub(super) fn points<R: Rows, V>(
    bytes: &[u8],
    budget: &mut Budget,
) -> Result<Points<R>, DecodeError>
where
    Point<V>: Decode,
    Points<R>: FromIterator<Point<V>>,
{
    let mut points = Vec::new();
    for field in fields(bytes) {
        if let (data::POINTS, value) = field? {
            budget.charge(Part::Point)?;
            let point = Point::decode(value.message()?, points.last(), budget)
                .map_err(|error| error.in_point(points.len()))?;
            points.push(point);
        }
    }
    Ok(points.into_iter().collect())
}

fn time(field: Field<'_>) -> Result<Timestamp, DecodeError> {
    field.fixed().map(Timestamp::from_nanos)
}

impl Decode for NumberPoint {
    fn decode(bytes: &[u8], _: Option<&Self>, budget: &mut Budget) -> Result<Self, DecodeError> {
        let mut attributes = Attributes::new();
        let mut point = Self::default();
        let mut value = None;
        for field in fields(bytes) {
            match field? {
                (number::START, field) => point.start = time(field)?,
                (number::TIME, field) => point.time = time(field)?,
                (number::AS_DOUBLE, field) => value = Some(Number::F64(field.double()?)),
                (number::AS_INT, field) => value = Some(Number::I64(field.fixed()? as i64)),
                (number::EXEMPLARS, field) => point.exemplars.push(exemplar(field, budget)?),
                (number::ATTRIBUTES, field) => attributes.push(attribute(field, 0, budget)?),
                (number::FLAGS, field) => point.flags = Flags::from_bits(field.u32()?),
                _ => {}
            }
        }
        // A point without a recorded value need not have one.
        let absent = point.flags.no_recorded_value().then(Number::default);
        point.value = value.or(absent).ok_or(DecodeProblem::NoValue)?;
        point.attributes = attributes.into_iter().collect();
        Ok(point)
    }
}

impl Decode for HistogramPoint {
    fn decode(
        bytes: &[u8],
        before: Option<&Self>,
        budget: &mut Budget,
    ) -> Result<Self, DecodeError> {
        let mut attributes = Attributes::new();
        let mut point = Self::default();
        let Stats { mut count, mut sum, mut min, mut max } = Stats::default();
        let (mut counts, mut bounds) = (Vec::new(), Vec::new());
        for field in fields(bytes) {
            match field? {
                (histogram::START, field) => point.start = time(field)?,
                (histogram::TIME, field) => point.time = time(field)?,
                (histogram::COUNT, field) => count = field.fixed()?,
                (histogram::SUM, field) => sum = Some(field.double()?),
                (histogram::COUNTS, field) => field.extend_fixed(&mut counts)?,
                (histogram::BOUNDS, field) => field.extend_fixed(&mut bounds)?,
                (histogram::EXEMPLARS, field) => point.exemplars.push(exemplar(field, budget)?),
                (histogram::ATTRIBUTES, field) => attributes.push(attribute(field, 0, budget)?),
                (histogram::FLAGS, field) => point.flags = Flags::from_bits(field.u32()?),
                (histogram::MIN, field) => min = Some(field.double()?),
                (histogram::MAX, field) => max = Some(field.double()?),
                _ => {}
            }
        }
        let bounds = bounds.into_iter().map(f64::from_bits).collect();
        let shared = before.and_then(|point| point.value.buckets.bounds());
        point.value = HistogramValue {
            stats: Stats { count, sum, min, max },
            buckets: make_buckets(bounds, counts, shared)?,
        };
        point.attributes = attributes.into_iter().collect();
        Ok(point)
    }
}

impl Decode for ExponentialPoint {
    fn decode(bytes: &[u8], _: Option<&Self>, budget: &mut Budget) -> Result<Self, DecodeError> {
        let mut attributes = Attributes::new();
        let mut point = Self::default();
        let value = &mut point.value;
        for field in fields(bytes) {
            match field? {
                (exponential::ATTRIBUTES, field) => attributes.push(attribute(field, 0, budget)?),
                (exponential::START, field) => point.start = time(field)?,
                (exponential::TIME, field) => point.time = time(field)?,
                (exponential::COUNT, field) => value.stats.count = field.fixed()?,
                (exponential::SUM, field) => value.stats.sum = Some(field.double()?),
                (exponential::SCALE, field) => value.scale = field.zigzag()?,
                (exponential::ZERO_COUNT, field) => value.zero_count = field.fixed()?,
                (exponential::POSITIVE, field) => {
                    value.positive = exponential_buckets(field, budget)?;
                }
                (exponential::NEGATIVE, field) => {
                    value.negative = exponential_buckets(field, budget)?;
                }
                (exponential::FLAGS, field) => point.flags = Flags::from_bits(field.u32()?),
                (exponential::EXEMPLARS, field) => point.exemplars.push(exemplar(field, budget)?),
                (exponential::MIN, field) => value.stats.min = Some(field.double()?),
                (exponential::MAX, field) => value.stats.max = Some(field.double()?),
                (exponential::ZERO_THRESHOLD, field) => value.zero_threshold = field.double()?,
                _ => {}
            }
        }
        point.attributes = attributes.into_iter().collect();
        Ok(point)
    }
}

fn exponential_buckets(
    field: Field<'_>,
    budget: &mut Budget,
) -> Result<ExponentialBuckets, DecodeError> {
    let mut decoded = ExponentialBuckets::default();
    for field in fields(field.message()?) {
        match field? {
            (buckets::OFFSET, field) => decoded.offset = field.zigzag()?,
            (buckets::COUNTS, field) => {
                let before = decoded.counts.len();
                field.extend_varints(&mut decoded.counts)?;
                (before..decoded.counts.len()).try_for_each(|_| budget.charge(Part::Number))?;
            }
            _ => {}
        }
    }
    Ok(decoded)
}

impl Decode for SummaryPoint {
    fn decode(bytes: &[u8], _: Option<&Self>, budget: &mut Budget) -> Result<Self, DecodeError> {
        let mut attributes = Attributes::new();
        let mut point = Self::default();
        let SummaryValue { count, sum, quantiles } = &mut point.value;
        for field in fields(bytes) {
            match field? {
                (summary::START, field) => point.start = time(field)?,
                (summary::TIME, field) => point.time = time(field)?,
                (summary::COUNT, field) => *count = field.fixed()?,
                (summary::SUM, field) => *sum = field.double()?,
                (summary::QUANTILES, field) => {
                    budget.charge(Part::Number)?;
                    quantiles.push(decode_quantile(field)?);
                }
                (summary::ATTRIBUTES, field) => attributes.push(attribute(field, 0, budget)?),
                (summary::FLAGS, field) => point.flags = Flags::from_bits(field.u32()?),
                _ => {}
            }
        }
        point.attributes = attributes.into_iter().collect();
        Ok(point)
    }
}

fn decode_quantile(field: Field<'_>) -> Result<Quantile, DecodeError> {
    let mut decoded = Quantile::default();
    for field in fields(field.message()?) {
        match field? {
            (quantile::QUANTILE, field) => decoded.quantile = field.double()?,
            (quantile::VALUE, field) => decoded.value = field.double()?,
            _ => {}
        }
    }
    Ok(decoded)
}

fn exemplar(field: Field<'_>, budget: &mut Budget) -> Result<Exemplar, DecodeError> {
    budget.charge(Part::Exemplar)?;
    let mut filtered = Attributes::new();
    let (mut value, mut at) = (None, Timestamp::UNSET);
    let (mut trace_id, mut span_id) = (None, None);
    for field in fields(field.message()?) {
        match field? {
            (exemplar::TIME, field) => at = time(field)?,
            (exemplar::AS_DOUBLE, field) => value = Some(Number::F64(field.double()?)),
            (exemplar::AS_INT, field) => value = Some(Number::I64(field.fixed()? as i64)),
            (exemplar::SPAN_ID, field) => span_id = id(field.message()?, SpanId::from_bytes)?,
            (exemplar::TRACE_ID, field) => trace_id = id(field.message()?, TraceId::from_bytes)?,
            (exemplar::ATTRIBUTES, field) => filtered.push(attribute(field, 0, budget)?),
            _ => {}
        }
    }
    let mut decoded = Exemplar::new(value.ok_or(DecodeProblem::NoValue)?, at)
        .with_attributes(filtered.into_iter().collect());
    decoded.trace_id = trace_id;
    decoded.span_id = span_id;
    Ok(decoded)
}
