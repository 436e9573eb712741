use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use meterport_core::{AttributeSet, Scope};
use meterport_registry::{CallbackHandle, InstrumentBuilder, InstrumentError, Meter, Registry};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Level, Metadata, Recorder};
use metrics::{SharedString, Unit};

use crate::buckets::BoundsByName;
use crate::builder::RecorderBuilder;
use crate::cache::{Cache, Origin};
use crate::descriptions::{Description, Descriptions, Kind};
use crate::handles::{CounterHandle, GaugeHandle, HistogramHandle};
use crate::unit::ucum;

/// A recorder of the facade that records into a [`Registry`]. A clone is the same recorder.
#[derive(Clone)]
pub struct RegistryRecorder(Arc<Shared>);

pub(crate) struct Settings {
    pub(crate) registry: Registry,
    pub(crate) scope: Option<Scope>,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) bounds: BoundsByName,
}

struct Shared {
    settings: Settings,
    /// One for each target and level, or the one that was set.
    meters: Mutex<Vec<Meter>>,
    descriptions: Descriptions,
    counters: Cache<CounterHandle>,
    gauges: Cache<GaugeHandle>,
    histograms: Cache<HistogramHandle>,
    collections: Mutex<Option<CallbackHandle>>,
}

impl RegistryRecorder {
    /// Settings of a recorder over this registry.
    pub fn builder(registry: Registry) -> RecorderBuilder {
        RecorderBuilder::new(registry)
    }

    pub(crate) fn new(settings: Settings) -> Self {
        let shared = Arc::new(Shared {
            settings,
            meters: Mutex::default(),
            descriptions: Descriptions::default(),
            counters: Cache::new(),
            gauges: Cache::new(),
            histograms: Cache::new(),
            collections: Mutex::default(),
        });
        shared.watch_collections();
        Self(shared)
    }

    /// What is recorded into.
    pub fn registry(&self) -> &Registry {
        &self.0.settings.registry
    }
}

impl Shared {
    /// Learns of collections through an instrument that observes nothing, and so is no metric.
    fn watch_collections(self: &Arc<Self>) {
        let meter = self.settings.registry.meter("meterport_metrics");
        let name = "meterport.metrics.collections";
        // Another recorder's instrument of that name is as good.
        let Ok(instrument) = meter.observable_gauge::<u64>(name).build() else { return };
        let weak = Weak::clone(&Arc::downgrade(self));
        let handle = instrument.observe(move |_| {
            if let Some(shared) = weak.upgrade() {
                shared.collected();
            }
        });
        *self.collections.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
    }

    fn collected(&self) {
        let series_expire = self.settings.registry.idle_after().is_some();
        self.counters.collected(series_expire);
        self.gauges.collected(series_expire);
        self.histograms.collected(series_expire);
    }

    /// What tells series of one key apart.
    fn origin<'a>(&self, metadata: &Metadata<'a>) -> Origin<'a> {
        match self.settings.scope {
            Some(_) => None,
            None => Some((metadata.target(), *metadata.level())),
        }
    }

    fn meter(&self, origin: Origin<'_>) -> Meter {
        let scope = match (&self.settings.scope, origin) {
            (Some(scope), _) => scope.clone(),
            (None, Some((target, level))) => scope_of(target, level),
            (None, None) => Scope::default(),
        };
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = meters.iter().find(|meter| *meter.scope() == scope) {
            return known.clone();
        }
        let meter = self.settings.registry.meter_of(scope, "");
        meters.push(meter.clone());
        meter
    }

    fn attributes<'a>(&'a self, key: &'a Key) -> Vec<(&'a str, &'a str)> {
        let global = self.settings.labels.iter().map(|(key, value)| (&**key, &**value));
        // Of equal keys the last one counts.
        global.chain(key.labels().map(|label| (label.key(), label.value()))).collect()
    }

    /// The instrument of a key, or `None` with a warning.
    fn instrument<I>(
        &self,
        kind: Kind,
        key: &Key,
        origin: Origin<'_>,
        begin: fn(&Meter, String) -> InstrumentBuilder<'_, I>,
        bounds: impl for<'m> Fn(InstrumentBuilder<'m, I>) -> InstrumentBuilder<'m, I>,
    ) -> Option<I> {
        let name = key.name();
        let meter = self.meter(origin);
        let builder = || bounds(begin(&meter, name.to_owned()).allow_any_name());
        let instrument = match builder().build() {
            Ok(instrument) => instrument,
            Err(conflict @ InstrumentError::Conflict { .. }) => {
                tracing::warn!(%conflict, "two metrics have one name");
                builder().allow_conflict().build().ok()?
            }
            Err(error) => {
                tracing::warn!(%error, "a metric's measurements are ignored");
                return None;
            }
        };
        // Whoever describes it meanwhile finds the instrument; whoever did before is found here.
        if let Some(description) = self.descriptions.get(kind, name) {
            description.apply(&meter, name);
        }
        Some(instrument)
    }

    fn describe(&self, kind: Kind, name: &KeyName, unit: Option<Unit>, text: &SharedString) {
        let name = name.as_str();
        let text = (!text.is_empty()).then(|| text.as_ref().to_owned());
        let description = Description { text, unit: unit.map(ucum) };
        self.descriptions.put(kind, name, description.clone());
        let meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner).clone();
        meters.iter().for_each(|meter| description.apply(meter, name));
    }
}

/// The callback would keep being called for nothing.
impl Drop for Shared {
    fn drop(&mut self) {
        let handle = self.collections.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        handle.into_iter().for_each(CallbackHandle::remove);
    }
}

fn scope_of(target: &str, level: Level) -> Scope {
    let level = match level {
        Level::TRACE => Some("trace"),
        Level::DEBUG => Some("debug"),
        Level::WARN => Some("warn"),
        Level::ERROR => Some("error"),
        _ => None,
    };
    Scope {
        attributes: level.map(|level| ("level", level)).into_iter().collect::<AttributeSet>(),
        ..Scope::new(target)
    }
}

#[deny(clippy::missing_trait_methods)]
impl Recorder for RegistryRecorder {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.0.describe(Kind::Counter, &key, unit, &description);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.0.describe(Kind::Gauge, &key, unit, &description);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.0.describe(Kind::Histogram, &key, unit, &description);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        let (shared, origin) = (&*self.0, self.0.origin(metadata));
        let handle = shared.counters.get(key, origin, || {
            let made = shared.instrument(Kind::Counter, key, origin, Meter::counter, |b| b)?;
            Some(CounterHandle::new(made.bind(shared.attributes(key))))
        });
        handle.map_or_else(Counter::noop, Counter::from_arc)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        let (shared, origin) = (&*self.0, self.0.origin(metadata));
        let handle = shared.gauges.get(key, origin, || {
            let made = shared.instrument(Kind::Gauge, key, origin, Meter::gauge, |b| b)?;
            Some(GaugeHandle(made.bind(shared.attributes(key))))
        });
        handle.map_or_else(Gauge::noop, Gauge::from_arc)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        let (shared, origin) = (&*self.0, self.0.origin(metadata));
        let handle =
            shared.histograms.get(key, origin, || {
                let bounds = shared.settings.bounds.of(key.name());
                let made =
                    shared.instrument(Kind::Histogram, key, origin, Meter::histogram, |b| {
                        match bounds {
                            Some(bounds) => b.bounds(Arc::clone(bounds)),
                            None => b,
                        }
                    })?;
                Some(HistogramHandle(made.bind(shared.attributes(key))))
            });
        handle.map_or_else(Histogram::noop, Histogram::from_arc)
    }
}

impl fmt::Debug for RegistryRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryRecorder")
            .field("registry", &self.0.settings.registry)
            .field("bounds", &self.0.settings.bounds)
            .finish_non_exhaustive()
    }
}
