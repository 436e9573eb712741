use std::sync::Arc;

use meterport_core::{Aggregation, Bounds, Descriptor, InstrumentKind};

use super::Identity;
use crate::cells::{Aggregator, Buckets};
use crate::lock::lock;
use crate::storage::Keys;
use crate::sync::Mutex;
use crate::tally::{Tally, count};

/// A metric that is made of an instrument.
pub(crate) struct Stream {
    pub(crate) keys: Arc<Keys>,
    descriptor: Mutex<Arc<Descriptor>>,
    /// A view said what the metric is for, whatever the instrument says.
    pub(crate) described_by_view: bool,
    /// The same of the unit.
    pub(crate) unit_by_view: bool,
    /// A view's wish, before that of the reader.
    pub(crate) aggregation: Option<Aggregation>,
    /// The bounds of a histogram, if nobody wishes others.
    pub(crate) bounds: Bounds,
    /// A view's limit of series, before that of the reader.
    pub(crate) limit: Option<usize>,
}

/// The default bounds of the specification (`metrics/sdk.md`, "Explicit Bucket Histogram
/// Aggregation").
pub(crate) const DEFAULT_BOUNDS: [f64; 15] = [
    0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0,
    10000.0,
];

impl Stream {
    pub(crate) fn new(keys: Keys, descriptor: Descriptor, bounds: Bounds) -> Self {
        Self {
            keys: Arc::new(keys),
            descriptor: Mutex::new(Arc::new(descriptor)),
            described_by_view: false,
            unit_by_view: false,
            aggregation: None,
            bounds,
            limit: None,
        }
    }

    pub(crate) fn descriptor(&self) -> Arc<Descriptor> {
        Arc::clone(&lock(&self.descriptor))
    }

    /// Changes the descriptor for coming snapshots.
    pub(crate) fn describe(&self, change: impl FnOnce(&mut Descriptor)) {
        change(Arc::make_mut(&mut lock(&self.descriptor)));
    }

    /// What becomes of the measurements for a reader with this wish; `None` if nothing does.
    pub(crate) fn aggregator(
        &self,
        identity: &Identity,
        wish: &Aggregation,
        tally: &Tally,
    ) -> Option<Aggregator> {
        let wish = match &self.aggregation {
            None | Some(Aggregation::Default) => wish,
            Some(own) => own,
        };
        if *wish == Aggregation::Drop {
            return None;
        }
        let fit = fit(identity.kind, wish);
        if fit.is_none() && *wish != Aggregation::Default {
            count(&tally.unfit_aggregations);
        }
        Some(fit.unwrap_or_else(|| self.default_aggregator(identity.kind)))
    }

    /// The specification's table (`metrics/sdk.md`, "Default Aggregation").
    fn default_aggregator(&self, kind: InstrumentKind) -> Aggregator {
        match kind {
            InstrumentKind::Gauge | InstrumentKind::ObservableGauge => Aggregator::LastValue,
            InstrumentKind::Histogram => {
                let buckets = Buckets::new(self.bounds.clone());
                Aggregator::Explicit { buckets, min_max: true }
            }
            _ => Aggregator::Sum,
        }
    }
}

/// What is wished, if it fits the kind: a gauge's values do not add up, the total that a callback
/// tells is not a distribution.
fn fit(kind: InstrumentKind, wish: &Aggregation) -> Option<Aggregator> {
    use InstrumentKind as K;
    let gauge = matches!(kind, K::Gauge | K::ObservableGauge);
    let observable =
        matches!(kind, K::ObservableCounter | K::ObservableGauge | K::ObservableUpDownCounter);
    match wish {
        Aggregation::Sum if !gauge => Some(Aggregator::Sum),
        Aggregation::LastValue if gauge => Some(Aggregator::LastValue),
        Aggregation::ExplicitBucketHistogram { boundaries, record_min_max } if !observable => {
            let bounds = Bounds::new(Arc::clone(boundaries)).ok()?;
            let buckets = Buckets::new(bounds);
            Some(Aggregator::Explicit { buckets, min_max: *record_min_max })
        }
        Aggregation::Base2ExponentialHistogram { max_size, max_scale, record_min_max }
            if !observable =>
        {
            Some(Aggregator::Exponential {
                max_size: *max_size,
                max_scale: *max_scale,
                min_max: *record_min_max,
            })
        }
        _ => None,
    }
}
