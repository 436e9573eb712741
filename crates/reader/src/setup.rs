use std::sync::Arc;
use std::time::Duration;

use meterport_core::{Clock, ConfigError, MetricExporter, Variables};
use meterport_worker::{StartHook, SystemClock};

use crate::Source;
use crate::engine::{Engine, Limits, Topics};
use crate::source::Slot;
use crate::stats::Ledger;

pub(crate) const INTERVAL_VARIABLE: &str = "OTEL_METRIC_EXPORT_INTERVAL";
const TIMEOUT_VARIABLE: &str = "OTEL_METRIC_EXPORT_TIMEOUT";
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// A value that the program or the environment may set: the program's own wins, whatever was
/// called first.
#[derive(Clone, Debug)]
pub(crate) struct Layered<T> {
    pub(crate) code: Option<T>,
    pub(crate) environment: Option<T>,
}

impl<T> Default for Layered<T> {
    fn default() -> Self {
        Self { code: None, environment: None }
    }
}

impl<T: Copy> Layered<T> {
    pub(crate) fn or(&self, default: T) -> T {
        self.code.or(self.environment).unwrap_or(default)
    }
}

/// The settings that both readers share.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) exporter: Arc<dyn MetricExporter>,
    pub(crate) sources: Vec<Source>,
    pub(crate) timeout: Layered<Duration>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hook: Option<StartHook>,
    pub(crate) thread_name: String,
}

impl Setup {
    pub(crate) fn new(exporter: impl MetricExporter) -> Self {
        Self {
            exporter: Arc::new(exporter),
            sources: Vec::new(),
            timeout: Layered::default(),
            clock: Arc::new(SystemClock),
            hook: None,
            thread_name: "metric-reader".into(),
        }
    }

    pub(crate) fn read(&mut self, variables: &Variables<'_>) -> Result<(), ConfigError> {
        self.timeout.environment = variables.millis(&[TIMEOUT_VARIABLE])?;
        Ok(())
    }

    pub(crate) fn engine(self, interval: Option<Duration>) -> Result<Engine, ConfigError> {
        if self.sources.is_empty() {
            return Err(ConfigError::new("producer", "a reader needs at least one"));
        }
        if self.thread_name.contains('\0') {
            return Err(ConfigError::new("thread_name", "holds a NUL"));
        }
        let slots: Vec<_> = self
            .sources
            .into_iter()
            .enumerate()
            .map(|(number, source)| Slot::new(source, number))
            .collect();
        let timeout = self.timeout.or(DEFAULT_TIMEOUT);
        let names = slots.iter().map(|slot| Arc::clone(&slot.name));
        Ok(Engine {
            ledger: Arc::new(Ledger::new(Arc::clone(&self.clock), names)),
            slots,
            component: self.exporter.component().clone(),
            exporter: self.exporter,
            limits: Limits { interval, timeout: (!timeout.is_zero()).then_some(timeout) },
            clock: self.clock,
            hook: self.hook,
            topics: Topics::default(),
        })
    }
}

/// The options that both builders have.
macro_rules! shared_options {
    () => {
        /// Adds a producer; any [`MetricProducer`](meterport_core::MetricProducer), or a
        /// [`Source`](crate::Source) that says how to treat it.
        #[must_use]
        pub fn producer(mut self, producer: impl Into<crate::Source>) -> Self {
            self.setup.sources.push(producer.into());
            self
        }

        /// How long one export may take, and each other call of the exporter; twice as long as
        /// producers are waited for. Zero: no limit. By default 30 seconds, or what
        /// `OTEL_METRIC_EXPORT_TIMEOUT` says when the environment is read.
        #[must_use]
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.setup.timeout.code = Some(timeout);
            self
        }

        /// Reads this process's environment, as [`with_variables`](Self::with_variables).
        ///
        /// # Errors
        /// A variable cannot be understood.
        pub fn with_env(self) -> Result<Self, meterport_core::ConfigError> {
            self.with_variables(&meterport_core::Variables::new(&|name| std::env::var_os(name)))
        }

        /// Where the time is read. It must go as tokio's does: timers are tokio's.
        #[must_use]
        pub fn clock(mut self, clock: std::sync::Arc<dyn meterport_core::Clock>) -> Self {
            self.setup.clock = clock;
            self
        }

        /// Runs `hook` first on the reader's thread, and around each snapshot that a producer
        /// takes on a thread apart.
        #[must_use]
        pub fn on_start(mut self, hook: meterport_worker::StartHook) -> Self {
            self.setup.hook = Some(hook);
            self
        }

        /// The name of the reader's thread; `metric-reader` by default.
        #[must_use]
        pub fn thread_name(mut self, name: impl Into<String>) -> Self {
            self.setup.thread_name = name.into();
            self
        }
    };
}
pub(crate) use shared_options;
