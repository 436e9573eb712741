//! Native histograms become exponential ones.

use meterport_core::{ExponentialBuckets, ExponentialValue, Stats};

use super::histogram::Count;
use crate::page::whole;
use crate::parse::ParseError;
use crate::parse::wire::Message;

/// How many buckets of native histograms a page may have, empty ones between others counted too:
/// the model has them side by side, and a few bytes could ask for billions.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(4 << 20)
    }
}

/// The schemas that Prometheus has (`native_histograms.md`, "Schema").
const SCHEMAS: std::ops::RangeInclusive<i64> = -4..=8;

#[derive(Debug, Default)]
pub(super) struct Native {
    pub(super) schema: i64,
    pub(super) zero_threshold: f64,
    pub(super) zero_count: Count,
    pub(super) positive: Side,
    pub(super) negative: Side,
}

/// The buckets on one side of zero.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// Offset and length of each.
    pub(super) spans: Vec<(i64, u64)>,
    pub(super) deltas: Vec<i64>,
    /// Instead of deltas, where counts are floats.
    pub(super) counts: Vec<f64>,
}

impl Native {
    /// Whether it is one at all, by Prometheus' own rule.
    pub(super) fn is_there(&self) -> bool {
        !self.positive.spans.is_empty()
            || !self.negative.spans.is_empty()
            || self.zero_threshold > 0.0
            || self.zero_count.integer > 0
            || self.zero_count.float > 0.0
    }

    /// As an exponential histogram, or nothing if it counts halves.
    pub(super) fn value(
        &self,
        stats: Stats,
        message: &Message<'_>,
        budget: &mut Budget,
    ) -> Result<Option<ExponentialValue>, ParseError> {
        let wrong = |problem| message.error(problem);
        if !SCHEMAS.contains(&self.schema) {
            return Err(wrong("a native histogram with an unknown schema"));
        }
        let positive = self.positive.dense(budget).map_err(wrong)?;
        let negative = self.negative.dense(budget).map_err(wrong)?;
        let (Some(positive), Some(negative)) = (positive, negative) else { return Ok(None) };
        let Some(zero_count) = self.zero_count.get() else { return Ok(None) };
        Ok(Some(ExponentialValue {
            stats,
            scale: self.schema as i32,
            zero_count,
            zero_threshold: self.zero_threshold,
            positive,
            negative,
        }))
    }
}

impl Side {
    /// Buckets side by side; nothing if one of them counts halves.
    fn dense(&self, budget: &mut Budget) -> Result<Option<ExponentialBuckets>, &'static str> {
        const BEYOND: &str = "a native histogram with buckets out of range";
        let lengths = self.spans.iter().try_fold(0_u64, |sum, span| sum.checked_add(span.1));
        let given = self.deltas.len().max(self.counts.len());
        if lengths != Some(given as u64) {
            return Err("a native histogram with spans that do not fit its buckets");
        }
        let mut running = 0_i64;
        let mut deltas = self.deltas.iter();
        let mut floats = self.counts.iter();
        let mut buckets = ExponentialBuckets::default();
        let (mut first, mut index) = (None, 0_i64);
        for (offset, length) in &self.spans {
            index = index.checked_add(*offset).ok_or(BEYOND)?;
            for _ in 0..*length {
                let count = match (deltas.next(), floats.next()) {
                    (Some(delta), _) => {
                        running = running.checked_add(*delta).ok_or(BEYOND)?;
                        Some(
                            u64::try_from(running)
                                .map_err(|_| "a bucket with less than nothing")?,
                        )
                    }
                    (None, float) => float.and_then(|float| whole(*float)),
                };
                let Some(count) = count else { return Ok(None) };
                let place = index - *first.get_or_insert(index);
                let len = usize::try_from(place).ok().and_then(|place| place.checked_add(1));
                let len = len.filter(|len| *len > buckets.counts.len()).ok_or(BEYOND)?;
                let more = len - buckets.counts.len();
                budget.0 = budget.0.checked_sub(more).ok_or("too many native buckets")?;
                buckets.counts.resize(len, 0);
                buckets.counts[len - 1] = count;
                index = index.checked_add(1).ok_or(BEYOND)?;
            }
        }
        // Prometheus counts buckets by their upper bound, OpenTelemetry by the lower one.
        let offset = first.unwrap_or(1).checked_sub(1).and_then(|offset| offset.try_into().ok());
        buckets.offset = offset.ok_or(BEYOND)?;
        Ok(Some(buckets))
    }
}
