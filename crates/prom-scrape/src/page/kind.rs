/// The type of a family: OpenMetrics' list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    GaugeHistogram,
    Histogram,
    Info,
    StateSet,
    Summary,
    #[default]
    Unknown,
}

/// What stands behind a family's name in the name of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Suffix {
    Bucket,
    Count,
    Created,
    GaugeCount,
    GaugeSum,
    Info,
    /// Nothing: the value, or a quantile.
    None,
    Sum,
    Total,
}

impl Suffix {
    /// All that are something.
    pub(super) const ALL: [Self; 8] = [
        Self::Bucket,
        Self::Count,
        Self::Created,
        Self::GaugeCount,
        Self::GaugeSum,
        Self::Info,
        Self::Sum,
        Self::Total,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Bucket => "_bucket",
            Self::Count => "_count",
            Self::Created => "_created",
            Self::GaugeCount => "_gcount",
            Self::GaugeSum => "_gsum",
            Self::Info => "_info",
            Self::None => "",
            Self::Sum => "_sum",
            Self::Total => "_total",
        }
    }

    /// The label that tells the samples of one point apart.
    pub(super) fn bound_label(self, kind: Kind) -> Option<&'static str> {
        match (self, kind) {
            (Self::Bucket, _) => Some("le"),
            (Self::None, Kind::Summary) => Some("quantile"),
            _ => None,
        }
    }
}

impl Kind {
    /// The suffixes that samples of such a family may have. Prometheus' own text has counters and
    /// infos under their full names, and no start timestamps.
    pub(super) const fn suffixes(self, is_open_metrics: bool) -> &'static [Suffix] {
        use Suffix::{Bucket, Count, Created, GaugeCount, GaugeSum, Info, None, Sum, Total};
        match (self, is_open_metrics) {
            (Self::Counter, true) => &[Total, Created],
            (Self::Info, true) => &[Info],
            (Self::Histogram, true) => &[Bucket, Sum, Count, Created],
            (Self::Histogram, false) => &[Bucket, Sum, Count],
            (Self::Summary, true) => &[None, Sum, Count, Created],
            (Self::Summary, false) => &[None, Sum, Count],
            (Self::GaugeHistogram, _) => &[Bucket, GaugeSum, GaugeCount],
            (Self::Counter | Self::Gauge | Self::Info | Self::StateSet | Self::Unknown, _) => {
                &[None]
            }
        }
    }

    /// The suffix that belongs to the name of the family in the model.
    pub(super) const fn own_suffix(self, is_open_metrics: bool) -> Suffix {
        match (self, is_open_metrics) {
            (Self::Counter, true) => Suffix::Total,
            (Self::Info, true) => Suffix::Info,
            _ => Suffix::None,
        }
    }

    /// OpenTelemetry's hint for the types that its model does not have
    /// (`prometheus_and_openmetrics.md`, "Gauges" and "Sums").
    pub(crate) const fn hint(self) -> Option<&'static str> {
        match self {
            Self::GaugeHistogram => Some("gaugehistogram"),
            Self::Info => Some("info"),
            Self::StateSet => Some("stateset"),
            Self::Unknown => Some("unknown"),
            Self::Counter | Self::Gauge | Self::Histogram | Self::Summary => None,
        }
    }
}
