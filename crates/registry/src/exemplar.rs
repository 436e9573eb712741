use std::fmt;
use std::sync::Arc;

use meterport_core::{
    AttributeSet, ConfigError, Exemplar, Number, SpanId, Timestamp, TraceId, Variables,
};

use crate::cells::Aggregator;
use crate::lock::lock;
use crate::sync::Mutex;

/// Where a registry learns in which span a measurement was made. A tracing library's bridge
/// implements it.
pub trait SpanSource: fmt::Debug + Send + Sync + 'static {
    /// The span that is active on this thread, sampled or not. Called for every measurement.
    fn current(&self) -> Option<ActiveSpan>;
}

/// The span in which a measurement is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "bridges to tracing libraries make it")]
pub struct ActiveSpan {
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// Its own id.
    pub span_id: SpanId,
    /// Whether it is sampled: recorded, so that an exemplar leads somewhere.
    pub sampled: bool,
}

/// Which measurements may become exemplars (`metrics/sdk.md`, "ExemplarFilter").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the specification's list")]
pub enum ExemplarFilter {
    /// None.
    AlwaysOff,
    /// All, also outside of spans.
    AlwaysOn,
    /// Those in sampled spans.
    #[default]
    TraceBased,
}

impl ExemplarFilter {
    /// What `OTEL_METRICS_EXEMPLAR_FILTER` says.
    pub(crate) fn of(variables: &Variables<'_>) -> Result<Option<Self>, ConfigError> {
        let choices = [
            ("always_off", Self::AlwaysOff),
            ("always_on", Self::AlwaysOn),
            ("trace_based", Self::TraceBased),
        ];
        variables.choice(&["OTEL_METRICS_EXEMPLAR_FILTER"], &choices)
    }
}

/// Which measurements an instrument offers as exemplars.
#[derive(Clone, Debug)]
pub(crate) enum Offers {
    All(Option<Arc<dyn SpanSource>>),
    Sampled(Arc<dyn SpanSource>),
}

impl Offers {
    /// `None` if there will never be one.
    pub(crate) fn new(filter: ExemplarFilter, spans: Option<Arc<dyn SpanSource>>) -> Option<Self> {
        match filter {
            ExemplarFilter::AlwaysOff => None,
            ExemplarFilter::AlwaysOn => Some(Self::All(spans)),
            ExemplarFilter::TraceBased => spans.map(Self::Sampled),
        }
    }

    /// With the span, if the measurement that is made now is offered.
    #[inline]
    pub(crate) fn offer(&self) -> Option<Offer> {
        match self {
            Self::All(spans) => Some(Offer(spans.as_ref().and_then(|spans| spans.current()))),
            Self::Sampled(spans) => {
                spans.current().filter(|span| span.sampled).map(|span| Offer(Some(span)))
            }
        }
    }
}

/// A measurement that may become an exemplar, and the span in which it is made.
#[derive(Clone, Copy)]
pub(crate) struct Offer(pub(crate) Option<ActiveSpan>);

/// What an exemplar says beside the value.
#[derive(Clone, Copy)]
pub(crate) struct Sampled<'a> {
    pub(crate) span: Option<ActiveSpan>,
    pub(crate) time: Timestamp,
    /// The attributes that the series does not have; asked for if the measurement is kept.
    pub(crate) filtered: &'a dyn Fn() -> AttributeSet,
}

/// The exemplars of each row, by the specification's defaults (`metrics/sdk.md`, "Exemplar
/// defaults"): one for each bucket with explicit bounds, up to 20 for exponential histograms,
/// one otherwise.
pub(crate) struct Reservoirs {
    slots: usize,
    aligned: bool,
    rows: Box<[Mutex<Reservoir>]>,
}

#[derive(Default)]
struct Reservoir {
    /// Empty until something is offered.
    kept: Vec<Option<Exemplar>>,
    /// How many were offered since the last look.
    offered: u64,
    random: u64,
}

impl Reservoirs {
    pub(crate) fn new(aggregator: &Aggregator, rows: usize) -> Self {
        let (slots, aligned) = match aggregator {
            Aggregator::Explicit { buckets, .. } => (buckets.len(), true),
            Aggregator::Exponential { max_size, .. } => ((*max_size).min(20) as usize, false),
            Aggregator::LastValue | Aggregator::Sum => (1, false),
        };
        Self { slots, aligned, rows: (0..rows).map(|_| Mutex::default()).collect() }
    }

    pub(crate) fn offer(&self, row: usize, bucket: Option<usize>, value: Number, by: Sampled<'_>) {
        let mut reservoir = lock(&self.rows[row]);
        let slot = match bucket {
            Some(bucket) if self.aligned => Some(bucket),
            _ => reservoir.draw(self.slots),
        };
        let Some(slot) = slot else { return };
        if reservoir.kept.is_empty() {
            reservoir.kept.resize(self.slots, None);
        }
        let exemplar = Exemplar::new(value, by.time).with_attributes((by.filtered)());
        reservoir.kept[slot] = Some(match by.span {
            None => exemplar,
            Some(span) => exemplar.with_span(span.trace_id, span.span_id),
        });
    }

    /// The exemplars, which stay until others take their place.
    pub(crate) fn read(&self, row: usize) -> Option<Arc<[Exemplar]>> {
        let mut reservoir = lock(&self.rows[row]);
        reservoir.offered = 0;
        let kept = reservoir.kept.iter().flatten();
        (kept.clone().next().is_some()).then(|| kept.cloned().collect())
    }

    /// The exemplars, which do not stay.
    pub(crate) fn take(&self, row: usize) -> Option<Arc<[Exemplar]>> {
        let mut reservoir = lock(&self.rows[row]);
        reservoir.offered = 0;
        if reservoir.kept.is_empty() {
            return None;
        }
        Some(std::mem::take(&mut reservoir.kept).into_iter().flatten().collect())
    }
}

impl Reservoir {
    /// Algorithm R: every measurement since the last look is kept with the same chance.
    fn draw(&mut self, slots: usize) -> Option<usize> {
        let nth = self.offered;
        self.offered += 1;
        if nth < slots as u64 {
            return Some(nth as usize);
        }
        // SplitMix64: good enough to choose examples by.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.random;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let chosen = (x ^ (x >> 31)) % (nth + 1);
        (chosen < slots as u64).then_some(chosen as usize)
    }
}
