//! Histograms, classic and native.

use meterport_core::{Exemplar, Stats, Timestamp};

use super::native::{Budget, Native};
use super::{Read, exemplar, timestamp};
use crate::page::{Classic, Value, whole};
use crate::parse::ParseError;
use crate::parse::wire::{Field, Message, unzigzag};

/// A number of measurements: an integer, or a float that should be one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) integer: u64,
    pub(super) float: f64,
}

impl Count {
    /// Prometheus takes the float where it is not zero.
    pub(super) fn get(self) -> Option<u64> {
        if self.float == 0.0 { Some(self.integer) } else { whole(self.float) }
    }
}

#[derive(Debug)]
struct Bucket {
    bound: f64,
    count: Count,
}

/// Reads a histogram. Where it is both, the native one is taken, as Prometheus does by default.
pub(super) fn read(message: Message<'_>, budget: &mut Budget) -> Result<Read, ParseError> {
    let (mut count, mut sum, mut start) = (Count::default(), 0.0, Timestamp::UNSET);
    let (mut buckets, mut of_buckets, mut exemplars) = (Vec::new(), Vec::new(), Vec::new());
    let mut native = Native::default();
    let mut fields = message;
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => count.integer = field.number(&fields)?,
            2 => sum = field.double(&fields)?,
            3 => buckets.push(bucket(field.message(&fields)?, &mut of_buckets)?),
            4 => count.float = field.double(&fields)?,
            5 => native.schema = unzigzag(field.number(&fields)?),
            6 => native.zero_threshold = field.double(&fields)?,
            7 => native.zero_count.integer = field.number(&fields)?,
            8 => native.zero_count.float = field.double(&fields)?,
            9 => native.negative.spans.push(span(field.message(&fields)?)?),
            10 => field.signed(&fields, &mut native.negative.deltas)?,
            11 => field.doubles(&fields, &mut native.negative.counts)?,
            12 => native.positive.spans.push(span(field.message(&fields)?)?),
            13 => field.signed(&fields, &mut native.positive.deltas)?,
            14 => field.doubles(&fields, &mut native.positive.counts)?,
            15 => start = timestamp(field.message(&fields)?)?,
            16 => exemplars.push(exemplar(field.message(&fields)?)?),
            _ => {}
        }
    }
    let stats = |count| Stats { count, sum: Some(sum), min: None, max: None };
    if native.is_there() {
        if exemplars.is_empty() {
            exemplars = of_buckets;
        }
        let value = match count.get() {
            Some(count) => native.value(stats(count), &message, budget)?,
            None => None,
        };
        let value = value.map(|value| Value::Native(Box::new(value)));
        return Ok(Read { value, start, exemplars, samples: 1 });
    }
    let has_infinite = buckets.last().is_some_and(|last: &Bucket| last.bound == f64::INFINITY);
    let samples = buckets.len() as u64 + if has_infinite { 2 } else { 3 };
    let value = count.get().and_then(|count| classic(stats(count), &buckets));
    let value = value.map(Value::Histogram);
    Ok(Read { value, start, exemplars: of_buckets, samples })
}

fn classic(mut stats: Stats, read: &[Bucket]) -> Option<Classic> {
    let mut buckets = Vec::with_capacity(read.len());
    for bucket in read {
        buckets.push((bucket.bound, bucket.count.get()?));
    }
    if !buckets.is_sorted_by(|a: &(f64, u64), b| a.0 < b.0) {
        buckets.retain(|bucket| !bucket.0.is_nan());
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        buckets.dedup_by_key(|bucket| bucket.0);
    }
    if !buckets.is_sorted_by_key(|bucket| bucket.1) {
        return None;
    }
    // As in text: of two figures that differ the larger counts.
    if let Some(last) = buckets.last() {
        stats.count = stats.count.max(last.1);
    }
    if buckets.is_empty() {
        buckets.push((f64::INFINITY, stats.count));
    }
    Some(Classic { stats, buckets })
}

fn bucket(message: Message<'_>, exemplars: &mut Vec<Exemplar>) -> Result<Bucket, ParseError> {
    let (mut fields, mut bucket) = (message, Bucket { bound: 0.0, count: Count::default() });
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => bucket.count.integer = field.number(&fields)?,
            2 => bucket.bound = field.double(&fields)?,
            3 => exemplars.push(exemplar(field.message(&fields)?)?),
            4 => bucket.count.float = field.double(&fields)?,
            _ => {}
        }
    }
    Ok(bucket)
}

fn span(message: Message<'_>) -> Result<(i64, u64), ParseError> {
    let (mut fields, mut span) = (message, (0, 0));
    while let Some((number, field)) = fields.next()? {
        match (number, field) {
            (1, Field::Varint(offset)) => span.0 = unzigzag(offset),
            (2, Field::Varint(length)) => span.1 = length,
            _ => {}
        }
    }
    Ok(span)
}
