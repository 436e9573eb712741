use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use meterport_core::{
    AttributeSet, Gauge, Metric, Number, NumberPoint, ResourceMetrics, ScopeMetrics, Sum, Timestamp,
};
use meterport_prom::Losses;

/// What a service has done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScrapeStats {
    /// Scrapes answered with 200.
    pub ok: u64,
    /// Requests answered with 405: neither GET nor HEAD.
    pub method_not_allowed: u64,
    /// Scrapes answered with 500: collecting or writing failed.
    pub failed: u64,
    /// Scrapes answered with 503: too many at once, or collecting took too long.
    pub unavailable: u64,
    /// Scrapes being answered now.
    pub in_flight: u64,
    /// Failures of producers, those included that did not fail the scrape.
    pub gathering_errors: u64,
    /// Pages that could not be written.
    pub encoding_errors: u64,
    /// Pages written. Scrapes that meet share them, so these may be fewer than the scrapes.
    pub pages: u64,
    /// What pages left out, by reason, all pages together.
    pub losses: Losses,
}

/// The same, counting.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    ok: AtomicU64,
    method_not_allowed: AtomicU64,
    failed: AtomicU64,
    unavailable: AtomicU64,
    in_flight: AtomicU64,
    gathering_errors: AtomicU64,
    encoding_errors: AtomicU64,
    pages: AtomicU64,
    losses: Mutex<Losses>,
}

/// A scrape's place among those being answered.
#[derive(Debug)]
pub(crate) struct Place<'c>(&'c AtomicU64);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Counters {
    /// A place among at most `limit`, or none.
    pub(crate) fn enter(&self, limit: u64) -> Option<Place<'_>> {
        let one_more = |taken| (taken < limit).then_some(taken + 1);
        self.in_flight.fetch_update(Relaxed, Relaxed, one_more).ok()?;
        Some(Place(&self.in_flight))
    }

    pub(crate) fn answered(&self, status: http::StatusCode) {
        let counter = match status.as_u16() {
            200 => &self.ok,
            405 => &self.method_not_allowed,
            503 => &self.unavailable,
            _ => &self.failed,
        };
        counter.fetch_add(1, Relaxed);
    }

    pub(crate) fn gathering_failed(&self, producers: usize) {
        self.gathering_errors.fetch_add(producers as u64, Relaxed);
    }

    pub(crate) fn encoding_failed(&self) {
        self.encoding_errors.fetch_add(1, Relaxed);
    }

    pub(crate) fn page_written(&self, losses: &Losses) {
        self.pages.fetch_add(1, Relaxed);
        self.losses.lock().unwrap_or_else(PoisonError::into_inner).absorb(losses);
    }

    pub(crate) fn read(&self) -> ScrapeStats {
        ScrapeStats {
            ok: self.ok.load(Relaxed),
            method_not_allowed: self.method_not_allowed.load(Relaxed),
            failed: self.failed.load(Relaxed),
            unavailable: self.unavailable.load(Relaxed),
            in_flight: self.in_flight.load(Relaxed),
            gathering_errors: self.gathering_errors.load(Relaxed),
            encoding_errors: self.encoding_errors.load(Relaxed),
            pages: self.pages.load(Relaxed),
            losses: *self.losses.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

impl ScrapeStats {
    /// The same as metrics, under the names of Go's promhttp where it has one.
    pub(crate) fn metrics(&self, start: Timestamp) -> ResourceMetrics {
        let point = |attributes: AttributeSet, value: u64| {
            NumberPoint::new(attributes, Number::U64(value)).with_start(start)
        };
        let by = |key: &'static str, values: &[(&'static str, u64)]| {
            let points = values.iter().map(|(name, value)| point([(key, *name)].into(), *value));
            Sum::counter(points.collect::<Vec<_>>())
        };
        let mut codes = vec![("200", self.ok), ("500", self.failed), ("503", self.unavailable)];
        if self.method_not_allowed > 0 {
            codes.push(("405", self.method_not_allowed));
        }
        let causes = [("encoding", self.encoding_errors), ("gathering", self.gathering_errors)];
        let in_flight = point(AttributeSet::empty(), self.in_flight);
        let mut scope = ScopeMetrics::default()
            .with_metric(
                Metric::new("promhttp_metric_handler_errors_total", by("cause", &causes))
                    .with_description(
                        "Total number of internal errors encountered by the metric handler.",
                    ),
            )
            .with_metric(
                Metric::new(
                    "promhttp_metric_handler_requests_in_flight",
                    Gauge { points: [in_flight].into_iter().collect() },
                )
                .with_description("Current number of scrapes being served."),
            )
            .with_metric(
                Metric::new("promhttp_metric_handler_requests_total", by("code", &codes))
                    .with_description("Total number of scrapes by HTTP status code."),
            );
        if !self.losses.is_empty() {
            let losses: Vec<_> =
                self.losses.iter().map(|(loss, count)| (loss.as_str(), count)).collect();
            scope = scope.with_metric(
                Metric::new("meterport_exposition_dropped_total", by("reason", &losses))
                    .with_description("What pages left out, by reason."),
            );
        }
        ResourceMetrics::default().with_scope(scope)
    }
}
