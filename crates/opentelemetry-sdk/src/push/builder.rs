use std::error::Error;
use std::fmt;
use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use meterport_core::{ConfigError, Deadline, ExportError, MetricExporter, Outcome, Variables};

use super::calls::{Calls, Observer};
use super::{Adapter, PushAdapter};
use crate::UnsupportedTemporality;
use crate::conversion::Conversion;
use crate::select::{preset, selectors};

const TIMEOUT_VARIABLE: &str = "OTEL_METRIC_EXPORT_TIMEOUT";
/// `metrics/sdk.md`, "Periodic exporting MetricReader", `exportTimeoutMillis`.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Settings of a [`PushAdapter`].
#[must_use = "nothing is made before build()"]
pub struct PushAdapterBuilder {
    exporter: Arc<dyn MetricExporter>,
    timeout: Option<Duration>,
    timeout_of_environment: Option<Duration>,
    thread_name: String,
    observer: Option<Observer>,
}

impl PushAdapterBuilder {
    pub(super) fn new(exporter: Arc<dyn MetricExporter>) -> Self {
        Self {
            exporter,
            timeout: None,
            timeout_of_environment: None,
            thread_name: "metric-exporter".to_owned(),
            observer: None,
        }
    }

    /// How long an export or a flush may take. Zero: as long as the exporter's own limits allow.
    /// By default 30 seconds, or what `OTEL_METRIC_EXPORT_TIMEOUT` says when the environment is
    /// read. The SDK gives its exporters no timeout.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The name of the thread; `metric-exporter` by default.
    pub fn thread_name(mut self, name: impl Into<String>) -> Self {
        self.thread_name = name.into();
        self
    }

    /// Calls `observer` with the outcome of each export, where the SDK waits for it. It should
    /// not block.
    pub fn observe(
        mut self,
        observer: impl Fn(&Result<Outcome, ExportError>) + Send + Sync + 'static,
    ) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Reads this process's environment, as [`with_variables`](Self::with_variables).
    ///
    /// # Errors
    /// A variable cannot be understood.
    pub fn with_env(self) -> Result<Self, ConfigError> {
        self.with_variables(&Variables::new(&|name| std::env::var_os(name)))
    }

    /// Reads `OTEL_METRIC_EXPORT_TIMEOUT`. What is set in code wins.
    ///
    /// # Errors
    /// The variable cannot be understood.
    pub fn with_variables(mut self, variables: &Variables<'_>) -> Result<Self, ConfigError> {
        self.timeout_of_environment = variables.millis(&[TIMEOUT_VARIABLE])?;
        Ok(self)
    }

    /// The adapter. Starts its thread, and connects to nothing.
    ///
    /// # Errors
    /// The exporter asks for temporalities that the SDK cannot be told of, or the operating
    /// system gives no thread.
    pub fn build(self) -> Result<PushAdapter, PushAdapterError> {
        let Self { exporter, timeout, timeout_of_environment, thread_name, observer } = self;
        let temporality = preset(&*exporter).map_err(PushAdapterError::Temporality)?;
        let (_, aggregation) = selectors(&*exporter);
        Ok(PushAdapter(Arc::new(Adapter {
            calls: Calls::start(exporter, thread_name, observer)
                .map_err(PushAdapterError::Thread)?,
            conversion: Mutex::new(Conversion::default()),
            temporality,
            aggregation,
            timeout: timeout.or(timeout_of_environment).unwrap_or(DEFAULT_TIMEOUT),
            end_by: Mutex::new(Deadline::NONE),
            is_shut: AtomicBool::new(false),
        })))
    }
}

impl fmt::Debug for PushAdapterBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushAdapterBuilder")
            .field("exporter", &self.exporter)
            .field("timeout", &self.timeout)
            .field("thread_name", &self.thread_name)
            .finish_non_exhaustive()
    }
}

/// Why there is no [`PushAdapter`].
#[derive(Debug)]
#[non_exhaustive]
pub enum PushAdapterError {
    /// The SDK cannot be told of what the exporter asks for.
    Temporality(UnsupportedTemporality),
    /// The operating system gives no thread, or its name is not a legal one.
    Thread(io::Error),
}

impl fmt::Display for PushAdapterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Temporality(error) => error.fmt(f),
            Self::Thread(_) => f.write_str("no thread for the exporter"),
        }
    }
}

impl Error for PushAdapterError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Temporality(_) => None,
            Self::Thread(error) => Some(error),
        }
    }
}
