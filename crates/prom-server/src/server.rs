use std::future::Future;
use std::io;
use std::sync::Arc;

use meterport_core::{ConfigError, Deadline};
use meterport_prom_pull::ScrapeService;
use meterport_worker::{Elapsed, Worker};

use crate::PrometheusServerBuilder;
use crate::accept;
use crate::limits::Limits;
use crate::listen::{Address, Listener};
use crate::routes::Routes;

/// A server on a thread of its own, with a runtime of its own. Dropping it ends it, without waiting.
#[derive(Debug)]
pub struct PrometheusServer {
    address: Address,
    worker: Worker,
}

/// A server that listens and is not served yet: connections wait.
#[derive(Debug)]
pub struct BoundServer {
    address: Address,
    listener: Listener,
    routes: Routes,
    limits: Limits,
}

impl BoundServer {
    pub(crate) fn new(
        listener: Listener,
        routes: Routes,
        limits: Limits,
    ) -> Result<Self, ConfigError> {
        let address = listener.address().map_err(|error| {
            ConfigError::new("host and port", error.to_string()).with_source(error)
        })?;
        Ok(Self { address, listener, routes, limits })
    }

    /// Where it listens.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Serves in the present runtime until `stop` ends; then until the requests under way are
    /// answered, but no longer than the [grace](PrometheusServerBuilder::shutdown_grace).
    ///
    /// # Errors
    /// There is no tokio runtime with sockets and timers here.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        meterport_worker::NoTimer::check().map_err(io::Error::other)?;
        let listener = self.listener.into_accept()?;
        accept::run(listener, Arc::new(self.routes), self.limits, stop).await;
        Ok(())
    }

    /// Serves on a thread of its own.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub fn start(self) -> Result<PrometheusServer, ConfigError> {
        let address = self.address.clone();
        let started = Worker::builder("meterport-prom").start(move |mut stop| async move {
            let served = self.serve(async move { stop.requested().await }).await;
            if let Err(error) = served {
                tracing::error!(%error, "the server of metrics could not serve");
            }
        });
        let worker = started.map_err(|error| {
            ConfigError::new("start", "there is no thread to be had").with_source(error)
        })?;
        Ok(PrometheusServer { address, worker })
    }
}

impl PrometheusServer {
    /// Begins a server that answers scrapes by this service.
    pub fn builder(service: ScrapeService) -> PrometheusServerBuilder {
        PrometheusServerBuilder::new(service)
    }

    /// Where it listens.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Takes no more connections, and waits until the requests under way are answered.
    ///
    /// # Errors
    /// The deadline passed first; the server ends all the same.
    pub async fn shutdown(&self, deadline: Deadline) -> Result<(), Elapsed> {
        self.worker.stop();
        self.worker.join(deadline).await.map(drop)
    }

    /// As [`shutdown`](Self::shutdown), blocking this thread; also inside a runtime and in `Drop`.
    ///
    /// # Errors
    /// The deadline passed first; the server ends all the same.
    pub fn shutdown_blocking(&self, deadline: Deadline) -> Result<(), Elapsed> {
        self.worker.stop();
        self.worker.join_blocking(deadline).map(drop)
    }
}
