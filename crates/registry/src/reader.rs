use std::sync::Arc;

use meterport_core::{Aggregation, InstrumentKind, Scope, Temporality};

use crate::cells::CellPlan;
use crate::instrument::Instrument;
use crate::lock::lock;
use crate::registry::Shared;
use crate::storage::{Mode, Plan, Storage};
use crate::sync::Mutex;

/// What one producer's reader wishes, and the stores that serve it.
pub(crate) struct Reader {
    /// Tells readers apart.
    pub(crate) id: u64,
    pub(crate) temporality: [Temporality; 7],
    pub(crate) aggregation: [Aggregation; 7],
    pub(crate) limit: Option<usize>,
    metrics: Mutex<Arc<Vec<ScopePlan>>>,
}

/// The metrics of a scope, in the order in which they were made.
#[derive(Clone)]
pub(crate) struct ScopePlan {
    pub(crate) at: usize,
    pub(crate) scope: Arc<Scope>,
    pub(crate) schema_url: Arc<str>,
    pub(crate) instruments: Vec<InstrumentPlan>,
}

/// The metrics of an instrument.
#[derive(Clone)]
pub(crate) struct InstrumentPlan {
    pub(crate) instrument: Arc<Instrument>,
    /// The number of each stream, and what serves it.
    pub(crate) streams: Arc<[usize]>,
    pub(crate) storages: Arc<[Arc<Storage>]>,
}

/// The most series of a metric, where nobody says otherwise (`metrics/sdk.md`, "Cardinality
/// limits").
pub(crate) const DEFAULT_LIMIT: usize = 2000;

impl Reader {
    pub(crate) fn new(
        id: u64,
        temporality: [Temporality; 7],
        aggregation: [Aggregation; 7],
        limit: Option<usize>,
    ) -> Self {
        Self { id, temporality, aggregation, limit, metrics: Mutex::default() }
    }

    /// What there is to collect at present.
    pub(crate) fn metrics(&self) -> Arc<Vec<ScopePlan>> {
        Arc::clone(&lock(&self.metrics))
    }

    /// Learns of an instrument.
    pub(crate) fn attach(
        &self,
        registry: &Shared,
        (at, scope, schema_url): (usize, &Arc<Scope>, &Arc<str>),
        instrument: &Arc<Instrument>,
    ) {
        let mut streams = Vec::new();
        let mut storages = Vec::new();
        let kind = instrument.identity.kind as usize;
        let mode = mode(instrument.identity.kind, self.temporality[kind]);
        for (number, stream) in instrument.streams.iter().enumerate() {
            let wish = &self.aggregation[kind];
            let Some(plan) = plan(registry, instrument, number, wish, self.limit) else { continue };
            let mut of_stream =
                instrument.storages.iter().filter(|one| Arc::ptr_eq(&one.keys, &stream.keys));
            let storage = match of_stream.find(|one| one.claim(&plan, mode, self.id)) {
                Some(storage) => Arc::clone(storage),
                None => {
                    let since = match mode {
                        Mode::Observed(_) => instrument.created,
                        Mode::Cumulative | Mode::Delta => registry.clock.wall(),
                    };
                    let storage = registry.storage(plan, stream, since);
                    storage.claim_new(mode, self.id);
                    instrument.storages.push(Arc::clone(&storage));
                    storage
                }
            };
            streams.push(number);
            storages.push(storage);
        }
        // What no reader wanted before the first one came, and this does not want either.
        instrument.storages.iter().for_each(|storage| storage.close_unclaimed());
        if storages.is_empty() {
            return;
        }
        let instrument = InstrumentPlan {
            instrument: Arc::clone(instrument),
            streams: streams.into(),
            storages: storages.into(),
        };
        let mut metrics = lock(&self.metrics);
        let scopes = Arc::make_mut(&mut *metrics);
        match scopes.iter_mut().find(|scope| scope.at == at) {
            Some(scope) => scope.instruments.push(instrument),
            None => scopes.push(ScopePlan {
                at,
                scope: Arc::clone(scope),
                schema_url: Arc::clone(schema_url),
                instruments: vec![instrument],
            }),
        }
    }

    /// Gives back the stores that are this reader's own.
    pub(crate) fn detach(&self) {
        let scopes = self.metrics();
        let instruments = scopes.iter().flat_map(|scope| &scope.instruments);
        for storage in instruments.flat_map(|instrument| &*instrument.storages) {
            storage.release(self.id);
        }
    }
}

fn mode(kind: InstrumentKind, temporality: Temporality) -> Mode {
    use InstrumentKind as K;
    match (kind, temporality) {
        (K::ObservableCounter | K::ObservableGauge | K::ObservableUpDownCounter, temporality) => {
            Mode::Observed(temporality)
        }
        (_, Temporality::Cumulative) => Mode::Cumulative,
        (_, Temporality::Delta) => Mode::Delta,
    }
}

/// How a stream of an instrument is stored for a reader with these wishes; `None` if it is not.
pub(crate) fn plan(
    registry: &Shared,
    instrument: &Instrument,
    stream: usize,
    wish: &Aggregation,
    limit: Option<usize>,
) -> Option<Plan> {
    use InstrumentKind as K;
    let stream = &instrument.streams[stream];
    let kind = instrument.identity.kind;
    let aggregator = stream.aggregator(&instrument.identity, wish, &instrument.tally)?;
    Some(Plan {
        cells: CellPlan {
            aggregator,
            kind: instrument.identity.number,
            monotonic: matches!(kind, K::Counter | K::Histogram | K::ObservableCounter),
            padded: instrument.padded,
            signed: !matches!(kind, K::Counter | K::Histogram | K::ObservableCounter),
            exemplars: instrument.offers.is_some(),
        },
        limit: stream.limit.or(limit).or(registry.limit).unwrap_or(DEFAULT_LIMIT),
        idle: registry.idle,
    })
}
