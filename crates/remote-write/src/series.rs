use std::fmt;

use meterport_core::{ErrorKind, ExportError, Timestamp};
use meterport_prom::{Escaping, FamilyKind, NativeHistogram};

use crate::encoder::SeriesWriter;
use crate::external_labels::NAME;
use crate::{Message, Version};

/// A series as it is sent, for [`write_series`](crate::RemoteWriteExporter::write_series): what was
/// read from elsewhere, or computed.
///
/// It has samples or histograms, one at least, ordered by time, and not both. No label's name or value
/// is empty and no name is there twice; their order does not matter. 1.0 has legal names alone
/// (`[a-zA-Z_][a-zA-Z0-9_]*`, of metrics with `:` as well), and no native histograms.
///
/// ```
/// use meterport_core::Timestamp;
/// use meterport_remote_write::{Sample, TimeSeries};
///
/// let at = Timestamp::from_secs(1_767_225_600);
/// let series = TimeSeries::new("up", [("job", "demo")]).with_sample(Sample::new(1.0, at));
/// assert_eq!(series.labels[0], ("__name__".to_owned(), "up".to_owned()));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TimeSeries {
    /// The labels, `__name__` among them.
    pub labels: Vec<(String, String)>,
    /// Floats.
    pub samples: Vec<Sample>,
    /// Native histograms.
    pub histograms: Vec<HistogramSample>,
    /// Exemplars, each with a time.
    pub exemplars: Vec<SeriesExemplar>,
    /// The type, if it is known; only 2.0 has a place for what is known of a series.
    pub kind: Option<FamilyKind>,
    /// What it measures.
    pub help: String,
    /// In which unit.
    pub unit: String,
}

/// A float of a series at a time. A NaN keeps its bits: those of
/// [`STALE_NAN`](crate::STALE_NAN) end the series.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sample {
    /// The value.
    pub value: f64,
    /// When it was taken.
    pub time: Timestamp,
    /// Since when it counts; unset for what does not count, or where it is not known.
    pub start: Timestamp,
}

/// A native histogram of a series at a time.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HistogramSample {
    /// The histogram.
    pub value: NativeHistogram,
    /// When it was taken.
    pub time: Timestamp,
    /// Since when it counts; unset where that is not known.
    pub start: Timestamp,
}

/// An exemplar of a series.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SeriesExemplar {
    /// Its labels, such as `trace_id`, in any order.
    pub labels: Vec<(String, String)>,
    /// The measurement.
    pub value: f64,
    /// When it was taken.
    pub time: Timestamp,
}

impl TimeSeries {
    /// A series of that name with these labels, without samples yet.
    pub fn new<N: Into<String>, V: Into<String>>(
        name: impl Into<String>,
        labels: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let labels = labels.into_iter().map(|(name, value)| (name.into(), value.into()));
        let labels = std::iter::once((NAME.to_owned(), name.into())).chain(labels).collect();
        Self { labels, ..Self::default() }
    }

    /// The same with one sample more.
    #[must_use]
    pub fn with_sample(mut self, sample: Sample) -> Self {
        self.samples.push(sample);
        self
    }

    /// The same with one native histogram more.
    #[must_use]
    pub fn with_histogram(mut self, histogram: HistogramSample) -> Self {
        self.histograms.push(histogram);
        self
    }

    /// The same with its type, what it measures, and in which unit.
    #[must_use]
    pub fn with_metadata(
        mut self,
        kind: FamilyKind,
        help: impl Into<String>,
        unit: impl Into<String>,
    ) -> Self {
        (self.kind, self.help, self.unit) = (Some(kind), help.into(), unit.into());
        self
    }

    /// The same with one exemplar more.
    #[must_use]
    pub fn with_exemplar(mut self, exemplar: SeriesExemplar) -> Self {
        self.exemplars.push(exemplar);
        self
    }

    fn check(&self, version: Version) -> Result<(), Problem> {
        let Self { labels, samples, histograms, exemplars, .. } = self;
        if labels.iter().any(|label| label.0.is_empty() || label.1.is_empty()) {
            return Err(Problem::EmptyLabel);
        }
        let mut names: Vec<_> = labels.iter().map(|label| &*label.0).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Problem::RepeatedLabel);
        }
        let ascends = |times: &mut dyn Iterator<Item = Timestamp>| times.is_sorted();
        match (samples.is_empty(), histograms.is_empty()) {
            (true, true) => return Err(Problem::NoSamples),
            (false, false) => return Err(Problem::BothKinds),
            _ => {}
        }
        let in_order = ascends(&mut samples.iter().map(|sample| sample.time))
            && ascends(&mut histograms.iter().map(|histogram| histogram.time));
        if !in_order {
            return Err(Problem::Disorder);
        }
        if exemplars.iter().any(|exemplar| !exemplar.time.is_set()) {
            return Err(Problem::ExemplarWithoutTime);
        }
        if version == Version::V1 {
            if !histograms.is_empty() {
                return Err(Problem::NativeHistogram);
            }
            let escaping = Escaping::Underscores;
            let is_legal = |(name, value): &(String, String)| {
                escaping.escape_label(name) == *name
                    && (name != NAME || escaping.escape(value) == *value)
            };
            if !labels.iter().all(is_legal) {
                return Err(Problem::IllegalName);
            }
        }
        Ok(())
    }
}

impl Sample {
    /// A value at a time.
    pub const fn new(value: f64, time: Timestamp) -> Self {
        Self { value, time, start: Timestamp::UNSET }
    }

    /// The same, counting since then.
    #[must_use]
    pub const fn with_start(mut self, start: Timestamp) -> Self {
        self.start = start;
        self
    }

    /// The end of a series.
    pub const fn stale(time: Timestamp) -> Self {
        Self::new(f64::from_bits(crate::STALE_NAN), time)
    }
}

impl HistogramSample {
    /// A histogram at a time.
    pub const fn new(value: NativeHistogram, time: Timestamp) -> Self {
        Self { value, time, start: Timestamp::UNSET }
    }

    /// The same, counting since then.
    #[must_use]
    pub const fn with_start(mut self, start: Timestamp) -> Self {
        self.start = start;
        self
    }
}

impl SeriesExemplar {
    /// A measurement at a time, with these labels.
    pub fn new<N: Into<String>, V: Into<String>>(
        value: f64,
        time: Timestamp,
        labels: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let labels = labels.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self { labels: labels.collect(), value, time }
    }
}

/// Why a series cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    BothKinds,
    Disorder,
    EmptyLabel,
    ExemplarWithoutTime,
    IllegalName,
    NativeHistogram,
    NoSamples,
    RepeatedLabel,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BothKinds => "has both samples and histograms",
            Self::Disorder => "is not in the order of time",
            Self::EmptyLabel => "has a label without name or value",
            Self::ExemplarWithoutTime => "has an exemplar without time",
            Self::IllegalName => "has a name that Remote Write 1.0 does not allow",
            Self::NativeHistogram => "has native histograms, which Remote Write 1.0 has not",
            Self::NoSamples => "has neither samples nor histograms",
            Self::RepeatedLabel => "has a label twice",
        })
    }
}

/// A message of these series.
pub(crate) fn message(series: &[TimeSeries], version: Version) -> Result<Message, ExportError> {
    let mut writer = SeriesWriter::new(version);
    for (at, one) in series.iter().enumerate() {
        one.check(version).map_err(|problem| {
            ExportError::new(ErrorKind::Encode, format!("series {at} {problem}; nothing was sent"))
        })?;
        writer.add(one);
    }
    Ok(writer.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_secs(1_767_225_600);

    #[test]
    fn what_the_protocol_has_no_room_for_is_refused() {
        let good = || TimeSeries::new("a:b", [("job", "x")]).with_sample(Sample::new(1.0, AT));
        let native = HistogramSample::new(NativeHistogram::default(), AT);
        let mut untimed = good();
        untimed.exemplars.push(SeriesExemplar::new(1.0, Timestamp::UNSET, [("trace_id", "1")]));
        let earlier = Sample::new(1.0, Timestamp::from_secs(1));
        let odd = TimeSeries::new("a.b", [("c", "d")]).with_sample(earlier);
        let odd_label = TimeSeries::new("a", [("c:d", "d")]).with_sample(earlier);
        let histogram = TimeSeries::new("a", [("c", "d")]).with_histogram(native.clone());
        let [v1, v2] = Version::ALL;
        let table = [
            (good(), v1, None),
            (odd.clone(), v2, None),
            (histogram.clone(), v2, None),
            (odd, v1, Some(Problem::IllegalName)),
            (odd_label, v1, Some(Problem::IllegalName)),
            (histogram, v1, Some(Problem::NativeHistogram)),
            (good().with_histogram(native), v2, Some(Problem::BothKinds)),
            (good().with_sample(earlier), v2, Some(Problem::Disorder)),
            (untimed, v2, Some(Problem::ExemplarWithoutTime)),
            (TimeSeries::new("a", [("b", "c")]), v2, Some(Problem::NoSamples)),
            (TimeSeries::new("a", [("b", "")]), v2, Some(Problem::EmptyLabel)),
            (TimeSeries::new("a", [("", "b")]), v2, Some(Problem::EmptyLabel)),
            (TimeSeries::new("", [("a", "b")]), v2, Some(Problem::EmptyLabel)),
            (TimeSeries::new("a", [("b", "1"), ("b", "2")]), v2, Some(Problem::RepeatedLabel)),
            (TimeSeries::new("a", [(NAME, "b")]), v2, Some(Problem::RepeatedLabel)),
        ];
        for (series, version, problem) in table {
            assert_eq!(series.check(version).err(), problem, "{series:?}");
        }
    }
}
