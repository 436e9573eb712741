use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use meterport_core::{AttributeSet, Component, Outcome, Scope, Status, Value};
use meterport_registry::{
    BoundCounter, BoundHistogram, BoundUpDownCounter, Counter, Histogram, InstrumentError, Registry,
};

/// In seconds. The semantic conventions advise none for this histogram; these are what they advise for
/// the duration of HTTP requests.
const BOUNDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The self-metrics of an exporter (OpenTelemetry semantic conventions, `otel/sdk-metrics.md`).
#[derive(Debug)]
pub(super) struct Measures {
    who: AttributeSet,
    inflight: BoundUpDownCounter<i64>,
    exported: Counter<u64>,
    exported_well: BoundCounter<u64>,
    duration: Histogram<f64>,
    duration_well: BoundHistogram<f64>,
}

/// How an operation failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: &'static str,
    pub(super) status: Option<Status>,
}

impl Measures {
    pub(super) fn new(registry: &Registry, who: &AttributeSet) -> Result<Self, InstrumentError> {
        let scope = Scope::new(env!("CARGO_PKG_NAME")).with_version(env!("CARGO_PKG_VERSION"));
        let meter = registry.meter_of(scope, "");
        let inflight = meter
            .up_down_counter("otel.sdk.exporter.metric_data_point.inflight")
            .unit("{data_point}")
            .description(
                "The number of metric data points which were passed to the exporter, but that have \
                 not been exported yet (neither successful, nor failed).",
            )
            .build()?;
        let exported: Counter<u64> = meter
            .counter("otel.sdk.exporter.metric_data_point.exported")
            .unit("{data_point}")
            .description(
                "The number of metric data points for which the export has finished, either \
                 successful or failed.",
            )
            .build()?;
        let duration: Histogram<f64> = meter
            .histogram("otel.sdk.exporter.operation.duration")
            .unit("s")
            .description("The duration of exporting a batch of telemetry records.")
            .bounds(BOUNDS)
            .build()?;
        Ok(Self {
            who: who.clone(),
            inflight: inflight.bind(who),
            exported_well: exported.bind(who),
            exported,
            duration_well: duration.bind(who),
            duration,
        })
    }

    pub(super) fn began(&self, points: u64) {
        self.inflight.add(signed(points));
    }

    /// So many points were in flight, of which these books tell; those that are queued still are.
    pub(super) fn settled(&self, points: u64, books: &Outcome) {
        self.inflight.add(-signed(points.saturating_sub(books.queued)));
        if books.delivered > 0 {
            self.exported_well.add(books.delivered);
        }
        let failed = |error: &'static str, points| {
            self.exported.add(points, self.with(&[("error.type", error.into())]));
        };
        if books.rejected > 0 {
            failed("rejected", books.rejected);
        }
        // What was meant to go has neither been exported nor failed.
        let lost = books.dropped.iter().filter(|(reason, _)| !reason.is_intended());
        lost.for_each(|(reason, points)| failed(reason.as_str(), points));
    }

    /// An operation has ended, with all its attempts.
    pub(super) fn took(&self, time: Duration, failed: Option<Failed>) {
        let seconds = time.as_secs_f64();
        let Some(Failed { error, status }) = failed else {
            return self.duration_well.record(seconds);
        };
        let error = ("error.type", error.into());
        let attributes = match status {
            None => self.with(&[error]),
            Some(Status::Http(code)) => {
                self.with(&[error, ("http.response.status_code", i64::from(code).into())])
            }
            Some(status) => {
                let name = status.grpc_name().unwrap_or("UNKNOWN");
                self.with(&[error, ("rpc.response.status_code", name.into())])
            }
        };
        self.duration.record(seconds, &attributes);
    }

    fn with(&self, more: &[(&str, Value)]) -> AttributeSet {
        let own = self.who.iter().map(|(key, value)| (key, value.to_value()));
        own.chain(more.iter().cloned()).collect()
    }
}

fn signed(points: u64) -> i64 {
    i64::try_from(points).unwrap_or(i64::MAX)
}

/// The attributes that say who exports. One without a name gets a number each time.
pub(super) fn identity(component: &Component) -> AttributeSet {
    let Component { kind, name, server, port, .. } = component;
    let name = name.as_deref().map_or_else(|| numbered(kind), str::to_owned);
    let mut attributes: Vec<(&str, Value)> = vec![
        ("otel.component.type", kind.as_ref().into()),
        ("otel.component.name", name.as_str().into()),
    ];
    attributes.extend(server.as_deref().map(|server| ("server.address", server.into())));
    attributes.extend(port.map(|port| ("server.port", i64::from(port).into())));
    attributes.into_iter().collect()
}

/// `<type>/<number>`, as the conventions wish it for components that have no name of their own.
fn numbered(kind: &Arc<str>) -> String {
    static NEXT: Mutex<BTreeMap<Arc<str>, u64>> = Mutex::new(BTreeMap::new());
    let mut next = NEXT.lock().unwrap_or_else(PoisonError::into_inner);
    let number = next.entry(Arc::clone(kind)).or_default();
    let name = format!("{kind}/{number}");
    *number += 1;
    name
}
