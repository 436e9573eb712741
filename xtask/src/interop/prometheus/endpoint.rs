use std::net::SocketAddr;

use async_trait::async_trait;
use meterport_core::{Deadline, MetricBatch, MetricProducer, ProduceError};
use meterport_prom_pull::{Format, ScrapeService, Strategy, Target, Translation};
use meterport_prom_server::{Address, PrometheusServer};

use crate::failure::{Failure, Result};

/// How metrics and labels are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::interop) enum Names {
    /// With `_` for what Prometheus 2 does not take.
    Underscores,
    /// With all their characters.
    Utf8,
}

/// A batch, given at every scrape.
#[derive(Debug)]
struct Fixed(MetricBatch);

#[async_trait]
impl MetricProducer for Fixed {
    async fn produce(&self, _: Deadline) -> std::result::Result<MetricBatch, ProduceError> {
        Ok(self.0.clone())
    }
}

/// An endpoint with one batch. It ends with this value.
#[derive(Debug)]
pub(in crate::interop) struct Endpoint {
    server: PrometheusServer,
}

impl Names {
    pub(in crate::interop) fn translation(self) -> Translation {
        Translation::default().with_strategy(match self {
            Self::Underscores => Strategy::UnderscoreEscapingWithSuffixes,
            Self::Utf8 => Strategy::NoUtf8EscapingWithSuffixes,
        })
    }
}

impl Endpoint {
    /// Serves the batch on a free port, in these formats.
    pub(in crate::interop) fn start(
        batch: &MetricBatch,
        translation: Translation,
        formats: &[Format],
        created_lines: bool,
    ) -> Result<Self> {
        let failed = |error| Failure::while_doing("starting an endpoint", error);
        let service = ScrapeService::builder()
            .producer(Fixed(batch.clone()))
            .translation(translation)
            .formats(formats.iter().copied())
            .created_lines(created_lines)
            .self_metrics(false)
            .build()
            .map_err(failed)?;
        let server = PrometheusServer::builder(service).host("127.0.0.1").port(0).start();
        Ok(Self { server: server.map_err(failed)? })
    }

    /// Serves the batch with its resources as labels `job` and `instance`, as what is pushed to
    /// Prometheus has them.
    pub(in crate::interop) fn start_pushed(batch: &MetricBatch) -> Result<Self> {
        let translation = Names::Underscores.translation().with_target(Target::JobAndInstance);
        Self::start(batch, translation, &Format::ALL, false)
    }

    pub(in crate::interop) fn address(&self) -> Result<SocketAddr> {
        match self.server.address() {
            Address::Tcp(address) => Ok(*address),
            other => Err(Failure::Failed(format!("the endpoint listens on {other}"))),
        }
    }
}
