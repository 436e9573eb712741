use std::fmt;

/// Why something of a batch is not in the output. Each variant says what it counts.
///
/// Nothing is left out without being counted here. What is no loss is not: a gauge's exemplars,
/// for instance, have no place in any of Prometheus' formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Loss {
    /// Points of delta temporality, which Prometheus has no form for: accumulate them first.
    Delta,
    /// Points whose labels another point of their family has, too; the first one stays.
    DuplicateSeries,
    /// Attributes of exemplars that would have made its labels longer than 128 characters; trace
    /// and span id stay (OpenMetrics 1.0, "Exemplars").
    ExemplarAttributes,
    /// Exemplars without the timestamp that the format demands.
    ExemplarWithoutTime,
    /// `target_info` of resources after the first: there is at most one (OpenTelemetry,
    /// `sdk_exporters/prometheus.md`).
    ExtraTarget,
    /// Points with a value that the format forbids: OpenMetrics has no counter that is negative
    /// or NaN.
    ForbiddenValue,
    /// Descriptions that differ from the one that their family has already.
    HelpConflict,
    /// Attributes whose key leaves no label name.
    InvalidLabelName,
    /// Points of metrics of whose name nothing is left.
    InvalidName,
    /// Points of families whose name is that of another family's samples, as the gauge
    /// `foo_count` beside the histogram `foo`; the first one stays.
    NameClash,
    /// Points that say that their series has ended.
    NoRecordedValue,
    /// Quantiles that the format forbids: outside 0 to 1, negative, or there already.
    Quantile,
    /// Attributes whose label name has a meaning of its own: `__name__`, `le` of histograms,
    /// `quantile` of summaries, `job` and `instance` where resources become those.
    ReservedLabel,
    /// Points of exponential histograms that are too coarse for a native histogram: scale below -4.
    ScaleTooCoarse,
    /// Points of exponential histograms without a sum, which a native histogram cannot be without.
    SumMissing,
    /// Sums that the format forbids beside other values: of a histogram with negative buckets, or
    /// of a summary where it is negative or NaN (OpenMetrics 1.0).
    SumOmitted,
    /// Points of metrics whose family has another type already.
    TypeConflict,
}

impl Loss {
    /// All of them, in order.
    pub const ALL: [Self; 17] = [
        Self::Delta,
        Self::DuplicateSeries,
        Self::ExemplarAttributes,
        Self::ExemplarWithoutTime,
        Self::ExtraTarget,
        Self::ForbiddenValue,
        Self::HelpConflict,
        Self::InvalidLabelName,
        Self::InvalidName,
        Self::NameClash,
        Self::NoRecordedValue,
        Self::Quantile,
        Self::ReservedLabel,
        Self::ScaleTooCoarse,
        Self::SumMissing,
        Self::SumOmitted,
        Self::TypeConflict,
    ];

    /// The reason as a word, for metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delta => "delta",
            Self::DuplicateSeries => "duplicate_series",
            Self::ExemplarAttributes => "exemplar_attributes",
            Self::ExemplarWithoutTime => "exemplar_without_time",
            Self::ExtraTarget => "extra_target",
            Self::ForbiddenValue => "forbidden_value",
            Self::HelpConflict => "help_conflict",
            Self::InvalidLabelName => "invalid_label_name",
            Self::InvalidName => "invalid_name",
            Self::NameClash => "name_clash",
            Self::NoRecordedValue => "no_recorded_value",
            Self::Quantile => "quantile",
            Self::ReservedLabel => "reserved_label",
            Self::ScaleTooCoarse => "scale_too_coarse",
            Self::SumMissing => "sum_missing",
            Self::SumOmitted => "sum_omitted",
            Self::TypeConflict => "type_conflict",
        }
    }

    /// Whether whole points are counted: together with those that were written they are all.
    pub const fn is_of_points(self) -> bool {
        matches!(
            self,
            Self::Delta
                | Self::DuplicateSeries
                | Self::ForbiddenValue
                | Self::InvalidName
                | Self::NameClash
                | Self::NoRecordedValue
                | Self::ScaleTooCoarse
                | Self::SumMissing
                | Self::TypeConflict
        )
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much was left out, by reason.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Losses([u64; Loss::ALL.len()]);

impl Losses {
    /// Counts `more` for a reason.
    pub fn add(&mut self, loss: Loss, more: u64) {
        let count = &mut self.0[loss as usize];
        *count = count.saturating_add(more);
    }

    /// Adds what others have counted.
    pub fn absorb(&mut self, other: &Self) {
        other.iter().for_each(|(loss, count)| self.add(loss, count));
    }

    /// What was counted for a reason.
    pub fn of(&self, loss: Loss) -> u64 {
        self.0[loss as usize]
    }

    /// Each reason for which something was counted, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Loss, u64)> + '_ {
        Loss::ALL.into_iter().zip(self.0).filter(|entry| entry.1 != 0)
    }

    /// The points that were left out, for whatever reason.
    pub fn points(&self) -> u64 {
        let points = self.iter().filter(|(loss, _)| loss.is_of_points());
        points.fold(0, |total, (_, count)| total.saturating_add(count))
    }

    /// Whether nothing was left out.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|count| *count == 0)
    }
}

impl fmt::Debug for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_place_and_a_word_of_its_own() {
        for (at, loss) in Loss::ALL.into_iter().enumerate() {
            assert_eq!(loss as usize, at, "{loss}");
            let mut losses = Losses::default();
            losses.add(loss, 2);
            losses.absorb(&losses.clone());
            assert_eq!(losses.iter().collect::<Vec<_>>(), [(loss, 4)]);
            assert_eq!(losses.points(), if loss.is_of_points() { 4 } else { 0 });
            assert!(!losses.is_empty());
        }
        let mut words = Loss::ALL.map(Loss::as_str).to_vec();
        words.dedup();
        assert!(words.is_sorted() && words.len() == Loss::ALL.len());
    }
}
