use meterport_core::{Descriptor, MetricData, ValueRef};

use crate::naming::MetricKind;

/// The type of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "OpenMetrics' list, as far as batches can hold it")]
pub enum FamilyKind {
    /// Counts up.
    Counter,
    /// A last value.
    Gauge,
    /// A histogram of what is there now: its counts may fall.
    GaugeHistogram,
    /// Classic and native histograms alike.
    Histogram,
    /// Labels are what it says; the value is 1.
    Info,
    /// One series for each state, 1 where it is so.
    StateSet,
    /// Quantiles.
    Summary,
    /// Nothing is known of it.
    Unknown,
}

impl FamilyKind {
    /// What a metric becomes, with OpenTelemetry's hint `prometheus.type` among its metadata
    /// (`prometheus_and_openmetrics.md`, "Gauges" and "Sums"), and by the same key what it has no
    /// word for: gauge histograms.
    pub(super) fn of(data: &MetricData, descriptor: &Descriptor) -> Self {
        let hint = || match descriptor.metadata.get("prometheus.type") {
            Some(ValueRef::String(hint)) => hint,
            _ => "",
        };
        match data {
            MetricData::Gauge(_) if hint() == "unknown" => Self::Unknown,
            MetricData::Gauge(_) => Self::Gauge,
            MetricData::Sum(sum) if sum.monotonic => Self::Counter,
            MetricData::Sum(_) => match hint() {
                "info" => Self::Info,
                "stateset" => Self::StateSet,
                _ => Self::Gauge,
            },
            MetricData::ExponentialHistogram(_) | MetricData::Histogram(_) => match hint() {
                "gaugehistogram" => Self::GaugeHistogram,
                _ => Self::Histogram,
            },
            MetricData::Summary(_) => Self::Summary,
        }
    }

    /// The type as OpenMetrics calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::GaugeHistogram => "gaugehistogram",
            Self::Histogram => "histogram",
            Self::Info => "info",
            Self::StateSet => "stateset",
            Self::Summary => "summary",
            Self::Unknown => "unknown",
        }
    }

    /// What the name depends on.
    pub(super) fn of_name(data: &MetricData) -> MetricKind {
        match data {
            MetricData::Sum(sum) if sum.monotonic => MetricKind::Counter,
            MetricData::Gauge(_) => MetricKind::Gauge,
            _ => MetricKind::Other,
        }
    }

    /// What the samples of such a family have behind its name.
    pub(crate) const fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::GaugeHistogram => &["_bucket", "_gcount", "_gsum"],
            Self::Histogram => &["_bucket", "_count", "_sum"],
            Self::Summary => &["_count", "_sum"],
            _ => &[],
        }
    }
}
