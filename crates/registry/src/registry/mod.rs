mod builder;

use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};
use std::time::Duration;

use meterport_core::{Aggregation, Bounds, Clock, Descriptor, MetricExporter, Resource, Scope};

use crate::exemplar::Offers;
use crate::instrument::{Callbacks, Chain, Identity, Instrument, InstrumentError, Stream, Wanted};
use crate::lock::lock;
use crate::meter::Meter;
use crate::producer::{ProducerBuilder, RegistryProducer};
use crate::reader::{Reader, plan};
use crate::storage::{Filter, Keys, Plan, Storage};
use crate::sync::{AtomicU64, Mutex};
use crate::tally::{RegistryStats, Tally, count};
use crate::view::View;

pub use builder::RegistryBuilder;

/// Instruments, their series, and the producers that take snapshots of them. A clone is the same
/// registry.
///
/// ```
/// use meterport_registry::Registry;
///
/// let registry = Registry::new();
/// let requests = registry.meter("shop").counter::<u64>("requests").unit("{request}").build()?;
/// let gets = requests.bind([("method", "GET")]);
/// gets.add(1);
///
/// let batch = registry.producer().build().collect();
/// assert_eq!(batch.points(), 1);
/// # Ok::<(), meterport_registry::InstrumentError>(())
/// ```
#[derive(Clone)]
pub struct Registry(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) resource: Resource,
    pub(crate) schema_url: Arc<str>,
    pub(crate) limit: Option<usize>,
    pub(crate) idle: Option<Duration>,
    tally: Tally,
    offers: Option<Offers>,
    views: Vec<View>,
    readers: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    scopes: Vec<ScopeState>,
    readers: Vec<Weak<Reader>>,
}

struct ScopeState {
    scope: Arc<Scope>,
    schema_url: Arc<str>,
    instruments: Vec<Arc<Instrument>>,
}

impl Registry {
    /// A registry without a resource and without views, on the machine's clock.
    pub fn new() -> Self {
        Self(Arc::new(RegistryBuilder::default().shared()))
    }

    /// Settings, to begin with.
    pub fn builder() -> RegistryBuilder {
        RegistryBuilder::default()
    }

    /// The instruments of a scope that has a name only.
    pub fn meter(&self, scope: impl Into<Arc<str>>) -> Meter {
        self.meter_of(Scope::new(scope), "")
    }

    /// The instruments of a scope. The same scope and schema give the same instruments.
    pub fn meter_of(&self, scope: Scope, schema_url: impl Into<Arc<str>>) -> Meter {
        let schema_url = schema_url.into();
        let mut state = lock(&self.0.state);
        let same = |known: &ScopeState| *known.scope == scope && known.schema_url == schema_url;
        let at = state.scopes.iter().position(same).unwrap_or_else(|| {
            let scope = Arc::new(scope.clone());
            state.scopes.push(ScopeState { scope, schema_url, instruments: Vec::new() });
            state.scopes.len() - 1
        });
        Meter::new(Arc::clone(&self.0), at, Arc::clone(&state.scopes[at].scope))
    }

    /// Settings of a producer, one for each reader.
    ///
    /// Make producers before the program measures. What was recorded before the first one came is
    /// still in its first snapshot, if it aggregates by the defaults. One that comes later counts
    /// from then on, unless a cumulative one with the same aggregations was there before: those
    /// share what they count. Bound handles feed all of them.
    pub fn producer(&self) -> ProducerBuilder {
        ProducerBuilder::new(self.clone())
    }

    /// A producer that gives what an exporter wants.
    pub fn producer_for(&self, exporter: &(impl MetricExporter + ?Sized)) -> RegistryProducer {
        self.producer().for_exporter(exporter).build()
    }

    /// What was not recorded as it was told, and how many series there are.
    pub fn stats(&self) -> RegistryStats {
        let state = lock(&self.0.state);
        let instruments = state.scopes.iter().flat_map(|scope| &scope.instruments);
        let storages = instruments.flat_map(|instrument| instrument.storages.iter());
        self.0.tally.stats(storages.map(|storage| storage.series() as u64).sum())
    }

    /// When series that nothing is measured for go, as [`RegistryBuilder::idle_after`] has it.
    pub fn idle_after(&self) -> Option<Duration> {
        self.0.idle
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    pub(crate) fn add_reader(&self, make: impl FnOnce(u64) -> Reader) -> Arc<Reader> {
        let reader = Arc::new(make(self.0.readers.fetch_add(1, Relaxed)));
        let mut state = lock(&self.0.state);
        for (at, scope) in state.scopes.iter().enumerate() {
            for instrument in &scope.instruments {
                reader.attach(&self.0, (at, &scope.scope, &scope.schema_url), instrument);
            }
        }
        state.readers.retain(|reader| reader.strong_count() > 0);
        state.readers.push(Arc::downgrade(&reader));
        reader
    }

    pub(crate) fn remove_reader(&self, reader: &Reader) {
        // No instrument is attached meanwhile.
        let mut state = lock(&self.0.state);
        state.readers.retain(|known| known.upgrade().is_some_and(|known| known.id != reader.id));
        reader.detach();
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("resource", &self.0.resource).finish_non_exhaustive()
    }
}

impl Shared {
    /// The instrument of a scope, made if there is none.
    pub(crate) fn instrument(
        &self,
        scope: usize,
        wanted: &Wanted,
        bounds: &Bounds,
    ) -> Result<Arc<Instrument>, InstrumentError> {
        let mut state = lock(&self.state);
        let State { scopes, readers } = &mut *state;
        let scope_at = scope;
        let scope = &mut scopes[scope_at];
        let known = scope.instruments.iter().find(|known| known.identity.is(&wanted.identity));
        if let Some(known) = known {
            known.prefer_description(&wanted.description);
            return Ok(Arc::clone(known));
        }
        let mut others = scope.instruments.iter();
        if let Some(other) = others.find(|known| known.identity.has_name_of(&wanted.identity)) {
            if !wanted.allow_conflict {
                let Identity { name, unit, kind, number } = other.identity.clone();
                return Err(InstrumentError::Conflict { name, unit, kind, number });
            }
            count(&self.tally.conflicts);
        }
        let instrument = Arc::new(self.make(&scope.scope, wanted, bounds));
        self.count_same_names(&scope.instruments, &instrument);
        scope.instruments.push(Arc::clone(&instrument));
        let mut read = false;
        for reader in readers.iter().filter_map(Weak::upgrade) {
            reader.attach(self, (scope_at, &scope.scope, &scope.schema_url), &instrument);
            read = true;
        }
        if !read {
            self.store_for_the_first(&instrument);
        }
        Ok(instrument)
    }

    fn make(&self, scope: &Scope, wanted: &Wanted, bounds: &Bounds) -> Instrument {
        let selected = self.views.iter().filter(|v| v.selects(&scope.name, &wanted.identity));
        let mut streams: Vec<_> = selected.map(|view| stream(wanted, bounds, Some(view))).collect();
        if streams.is_empty() {
            streams.push(stream(wanted, bounds, None));
        }
        Instrument {
            identity: wanted.identity.clone(),
            created: self.clock.wall(),
            streams,
            storages: Chain::default(),
            callbacks: Callbacks::default(),
            padded: wanted.padded,
            offers: self.offers.clone(),
            clock: Arc::clone(&self.clock),
            tally: self.tally.clone(),
        }
    }

    /// Counts metrics to which views give a name that another one has.
    fn count_same_names(&self, others: &[Arc<Instrument>], new: &Instrument) {
        let names = |instrument: &Instrument| {
            instrument
                .streams
                .iter()
                .map(|stream| Arc::clone(&stream.descriptor().name))
                .collect::<Vec<_>>()
        };
        let renamed = |name: &Arc<str>| **name != *new.identity.name;
        let mut known: Vec<_> = others.iter().flat_map(|other| names(other)).collect();
        for name in names(new) {
            let again = known.iter().any(|known| known.eq_ignore_ascii_case(&name));
            if again && (renamed(&name) || new.streams.len() > 1) {
                count(&self.tally.conflicts);
            }
            known.push(name);
        }
    }

    /// Keeps what is measured until the first reader comes.
    fn store_for_the_first(&self, instrument: &Instrument) {
        if instrument.is_observable() {
            return;
        }
        for (number, stream) in instrument.streams.iter().enumerate() {
            if let Some(plan) = plan(self, instrument, number, &Aggregation::Default, None) {
                instrument.storages.push(self.storage(plan, stream, instrument.created));
            }
        }
    }

    pub(crate) fn storage(
        &self,
        plan: Plan,
        stream: &Stream,
        since: meterport_core::Timestamp,
    ) -> Arc<Storage> {
        let keys = Arc::clone(&stream.keys);
        Storage::new(plan, keys, since, Arc::clone(&self.clock), self.tally.clone())
    }

    pub(crate) fn describe(
        &self,
        scope: usize,
        name: &str,
        description: Option<&str>,
        unit: Option<&str>,
    ) -> bool {
        let state = lock(&self.state);
        let named = |known: &&Arc<Instrument>| known.identity.name.eq_ignore_ascii_case(name);
        let mut found = false;
        for instrument in state.scopes[scope].instruments.iter().filter(named) {
            found = true;
            instrument.describe(description, unit);
        }
        found
    }
}

fn stream(wanted: &Wanted, bounds: &Bounds, view: Option<&View>) -> Stream {
    let mut descriptor = Descriptor {
        name: Arc::clone(&wanted.identity.name),
        description: Arc::clone(&wanted.description),
        unit: Arc::clone(&wanted.identity.unit),
        ..Descriptor::default()
    };
    let Some(view) = view else {
        return Stream::new(Keys::new(Filter::All), descriptor, bounds.clone());
    };
    let chosen = |own: &Option<Arc<str>>, other| own.clone().unwrap_or(other);
    descriptor.name = chosen(&view.name, descriptor.name);
    descriptor.description = chosen(&view.description, descriptor.description);
    descriptor.unit = chosen(&view.new_unit, descriptor.unit);
    let mut stream = Stream::new(Keys::new(view.filter.clone()), descriptor, bounds.clone());
    stream.described_by_view = view.description.is_some();
    stream.unit_by_view = view.new_unit.is_some();
    stream.aggregation = view.aggregation.clone();
    stream.limit = view.limit;
    stream
}
