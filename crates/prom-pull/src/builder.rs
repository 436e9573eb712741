use std::sync::Arc;
use std::time::Duration;

use meterport_core::{Clock, ConfigError, MetricProducer};
use meterport_prom::{Format, Translation};
use meterport_worker::SystemClock;

use crate::service::{ScrapeService, Settings};

/// Prometheus' own default of a scrape's timeout.
const TIMEOUT: Duration = Duration::from_secs(10);
const IN_FLIGHT: u64 = 16;
const PAGE_LIMIT: u64 = 256 << 20;

/// Settings of a [`ScrapeService`].
#[derive(Clone, Debug)]
pub struct ScrapeServiceBuilder(Settings);

impl Default for ScrapeServiceBuilder {
    fn default() -> Self {
        Self(Settings {
            producers: Vec::new(),
            translation: Arc::default(),
            formats: Format::ALL.to_vec(),
            created_lines: false,
            timeout: Some(TIMEOUT),
            in_flight: IN_FLIGHT,
            page_limit: PAGE_LIMIT,
            self_metrics: true,
            continue_on_error: false,
            clock: Arc::new(SystemClock),
        })
    }
}

impl ScrapeServiceBuilder {
    /// Adds a source, asked at every scrape, all of them at once. It is polled where the service
    /// is, so it must not block. Sources that aggregate are to be cumulative: deltas are left out.
    #[must_use]
    pub fn producer(mut self, producer: impl MetricProducer) -> Self {
        self.0.producers.push(Arc::new(producer));
        self
    }

    /// How names and labels become Prometheus': by the specification's default unless said
    /// otherwise.
    #[must_use]
    pub fn translation(mut self, translation: impl Into<Arc<Translation>>) -> Self {
        self.0.translation = translation.into();
        self
    }

    /// The formats that scrapers may have, all of them by default; text 0.0.4 can be had in any
    /// case.
    #[must_use]
    pub fn formats(mut self, formats: impl IntoIterator<Item = Format>) -> Self {
        self.0.formats = formats.into_iter().collect();
        self
    }

    /// Start timestamps as samples `_created` in OpenMetrics 1.0: off by default, as most scrapers
    /// store them as series. Protobuf and OpenMetrics 2.0 have start timestamps in any case.
    #[must_use]
    pub fn created_lines(mut self, created_lines: bool) -> Self {
        self.0.created_lines = created_lines;
        self
    }

    /// How long collecting may take: 10 s by default, as Prometheus waits by default; `None` leaves
    /// it to what the scraper says. The shorter of the two holds.
    #[must_use]
    pub fn timeout(mut self, limit: Option<Duration>) -> Self {
        self.0.timeout = limit;
        self
    }

    /// How many scrapes are collected and written at once, 16 by default; one more is refused with
    /// 503 at once. Sending a page does not count.
    #[must_use]
    pub fn in_flight_limit(mut self, scrapes: u64) -> Self {
        self.0.in_flight = scrapes;
        self
    }

    /// The longest page in bytes before compression, 256 MiB by default. A longer one is answered
    /// with 500.
    #[must_use]
    pub fn page_limit(mut self, bytes: u64) -> Self {
        self.0.page_limit = bytes;
        self
    }

    /// Whether pages hold what the service counts itself, under promhttp's names: yes by default.
    #[must_use]
    pub fn self_metrics(mut self, shown: bool) -> Self {
        self.0.self_metrics = shown;
        self
    }

    /// Whether a page is served without what a failed producer owes, as long as any gives
    /// something: no by default, the scrape fails with 500.
    #[must_use]
    pub fn continue_on_error(mut self, enabled: bool) -> Self {
        self.0.continue_on_error = enabled;
        self
    }

    /// The clock by which deadlines are set: the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.0.clock = clock;
        self
    }

    /// The service.
    ///
    /// # Errors
    /// No producer was given, or no scrape is allowed.
    pub fn build(self) -> Result<ScrapeService, ConfigError> {
        if self.0.producers.is_empty() {
            return Err(ConfigError::new("producer", "none is given"));
        }
        if self.0.in_flight == 0 {
            return Err(ConfigError::new("in_flight_limit", "must be at least 1"));
        }
        Ok(ScrapeService::new(self.0))
    }
}
