//! Temporality and aggregation, as far as the SDK can be told of them.

use std::error::Error;
use std::fmt;

use meterport_core::{
    Aggregation, AggregationSelector, InstrumentKind, MetricExporter, Temporality,
    TemporalitySelector,
};
use opentelemetry_sdk::metrics::{
    Aggregation as SdkAggregation, Instrument, InstrumentKind as SdkKind, Stream,
    Temporality as SdkTemporality,
};

/// An exporter asks for temporalities that `opentelemetry_sdk` cannot be told of by a push
/// exporter: it knows cumulative, delta and low-memory, each for all instrument kinds. An
/// [`SdkReader`](crate::SdkReader) gives each kind what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsupportedTemporality {
    asked: Vec<(InstrumentKind, Temporality)>,
}

impl fmt::Display for UnsupportedTemporality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a push exporter of opentelemetry_sdk is cumulative, delta or low-memory for all \
             instrument kinds, and this one asks for",
        )?;
        for (at, (kind, temporality)) in self.asked.iter().enumerate() {
            write!(f, "{} {kind:?} {temporality:?}", if at == 0 { "" } else { "," })?;
        }
        f.write_str("; use SdkReader, which asks by kind")
    }
}

impl Error for UnsupportedTemporality {}

/// The preset that stands for what the exporter asks for. Gauges have no temporality: what is
/// asked for them does not matter.
pub(crate) fn preset(
    exporter: &dyn MetricExporter,
) -> Result<SdkTemporality, UnsupportedTemporality> {
    let kinds = InstrumentKind::ALL
        .into_iter()
        .filter(|kind| !matches!(kind, InstrumentKind::Gauge | InstrumentKind::ObservableGauge));
    let asked: Vec<_> = kinds.map(|kind| (kind, exporter.temporality(kind))).collect();
    let presets = [
        (TemporalitySelector::Cumulative, SdkTemporality::Cumulative),
        (TemporalitySelector::Delta, SdkTemporality::Delta),
        (TemporalitySelector::LowMemory, SdkTemporality::LowMemory),
    ];
    let fits = |selector: &TemporalitySelector| {
        asked.iter().all(|(kind, temporality)| selector.of(*kind) == *temporality)
    };
    match presets.into_iter().find(|(selector, _)| fits(selector)) {
        Some((_, preset)) => Ok(preset),
        None => Err(UnsupportedTemporality { asked }),
    }
}

pub(crate) fn to_sdk(temporality: Temporality) -> SdkTemporality {
    match temporality {
        Temporality::Cumulative => SdkTemporality::Cumulative,
        Temporality::Delta => SdkTemporality::Delta,
    }
}

pub(crate) fn kind(kind: SdkKind) -> InstrumentKind {
    match kind {
        SdkKind::Counter => InstrumentKind::Counter,
        SdkKind::Gauge => InstrumentKind::Gauge,
        SdkKind::Histogram => InstrumentKind::Histogram,
        SdkKind::ObservableCounter => InstrumentKind::ObservableCounter,
        SdkKind::ObservableGauge => InstrumentKind::ObservableGauge,
        SdkKind::ObservableUpDownCounter => InstrumentKind::ObservableUpDownCounter,
        SdkKind::UpDownCounter => InstrumentKind::UpDownCounter,
    }
}

/// A view that gives instruments the aggregation of their kind, for
/// [`MeterProviderBuilder::with_view`]: the SDK has no other way to be told of it.
///
/// Kinds that have [`Aggregation::Default`] are left alone. For the others, bounds that an
/// instrument advises have no effect. The SDK makes a stream for each view that matches an
/// instrument, so a view of the program's own that matches the same one adds a second stream.
///
/// ```
/// use meterport_core::{Aggregation, AggregationSelector};
/// use meterport_opentelemetry_sdk::{SdkReader, aggregation_view};
/// use opentelemetry_sdk::metrics::SdkMeterProvider;
///
/// let exponential = AggregationSelector::histograms(Aggregation::BASE2);
/// let provider = SdkMeterProvider::builder()
///     .with_reader(SdkReader::builder().build())
///     .with_view(aggregation_view(exponential))
///     .build();
/// # provider.shutdown().unwrap();
/// ```
///
/// [`MeterProviderBuilder::with_view`]: opentelemetry_sdk::metrics::MeterProviderBuilder::with_view
pub fn aggregation_view(
    selector: AggregationSelector,
) -> impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static {
    move |instrument| {
        let aggregation = match selector.of(kind(instrument.kind())) {
            Aggregation::Base2ExponentialHistogram { max_size, max_scale, record_min_max } => {
                SdkAggregation::Base2ExponentialHistogram { max_size, max_scale, record_min_max }
            }
            Aggregation::Drop => SdkAggregation::Drop,
            Aggregation::ExplicitBucketHistogram { boundaries, record_min_max } => {
                let boundaries = boundaries.to_vec();
                SdkAggregation::ExplicitBucketHistogram { boundaries, record_min_max }
            }
            Aggregation::LastValue => SdkAggregation::LastValue,
            Aggregation::Sum => SdkAggregation::Sum,
            _ => return None,
        };
        Stream::builder().with_aggregation(aggregation).build().ok()
    }
}

/// What an exporter asks for, to be used after it has gone to its reader.
pub(crate) fn selectors(
    exporter: &dyn MetricExporter,
) -> (TemporalitySelector, AggregationSelector) {
    let temporality = InstrumentKind::ALL.map(|kind| (kind, exporter.temporality(kind)));
    let aggregation = InstrumentKind::ALL.map(|kind| (kind, exporter.aggregation(kind)));
    (
        TemporalitySelector::Custom(std::sync::Arc::new(move |kind| of(&temporality, kind))),
        AggregationSelector::Custom(std::sync::Arc::new(move |kind| of(&aggregation, kind))),
    )
}

fn of<T: Clone>(table: &[(InstrumentKind, T); 7], kind: InstrumentKind) -> T {
    let row = table.iter().find(|row| row.0 == kind);
    row.unwrap_or(&table[0]).1.clone()
}
