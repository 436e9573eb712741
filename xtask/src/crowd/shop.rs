use std::net::SocketAddr;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use meterport_core::{Deadline, MetricBatch, MetricProducer, ProduceError};
use meterport_prom_pull::ScrapeService;
use meterport_prom_server::{Address, PrometheusServer};
use meterport_registry::{Counter, Histogram, Registry, RegistryProducer};

use crate::failure::{Failure, Result};

/// A program with many series, and its endpoint.
#[derive(Debug)]
pub(super) struct Shop {
    registry: Registry,
    pub(super) service: ScrapeService,
    server: PrometheusServer,
}

/// What is recorded by.
#[derive(Debug)]
pub(super) struct Instruments {
    pub(super) orders: Counter<u64>,
    pub(super) duration: Histogram<f64>,
}

/// The registry's snapshot, after a while.
#[derive(Debug)]
struct Slow {
    producer: RegistryProducer,
    takes: Duration,
}

#[async_trait]
impl MetricProducer for Slow {
    async fn produce(&self, deadline: Deadline) -> std::result::Result<MetricBatch, ProduceError> {
        tokio::time::sleep(self.takes).await;
        self.producer.produce(deadline).await
    }
}

impl Shop {
    /// Serves so many series, of which a snapshot takes a while.
    pub(super) fn open(series: u64, takes: Duration) -> Result<Self> {
        let failed = |error: &dyn std::fmt::Display| Failure::while_doing("opening", error);
        let registry = Registry::builder().build().map_err(|error| failed(&error))?;
        let producer = registry.producer().build();
        let meter = registry.meter("shop");
        for at in 0..series.div_ceil(PER_METRIC) {
            let stock = meter.counter::<u64>(format!("shop.stock.{at}")).build();
            let stock = stock.map_err(|error| failed(&error))?;
            for row in 0..PER_METRIC {
                stock.add(row, [("shelf", row as i64)]);
            }
        }
        let service = ScrapeService::builder().producer(Slow { producer, takes });
        let service = service.build().map_err(|error| failed(&error))?;
        let server = PrometheusServer::builder(service.clone()).host("127.0.0.1").port(0);
        let server = server.start().map_err(|error| failed(&error))?;
        Ok(Self { registry, service, server })
    }

    pub(super) fn address(&self) -> Result<SocketAddr> {
        match self.server.address() {
            Address::Tcp(address) => Ok(*address),
            other => Err(Failure::Failed(format!("the endpoint listens on {other}"))),
        }
    }

    pub(super) fn instruments(&self) -> Result<Instruments> {
        let failed = |error: &dyn std::fmt::Display| Failure::while_doing("making", error);
        let meter = self.registry.meter("till");
        let orders = meter.counter("till.orders").build().map_err(|error| failed(&error))?;
        let duration = meter.histogram("till.duration").unit("s").build();
        Ok(Instruments { orders, duration: duration.map_err(|error| failed(&error))? })
    }

    pub(super) fn close(self) -> Result<()> {
        let deadline = Deadline::after(Instant::now(), Duration::from_secs(20));
        self.server
            .shutdown_blocking(deadline)
            .map_err(|error| Failure::while_doing("ending the endpoint", error))
    }
}

/// Below the registry's limit of series.
const PER_METRIC: u64 = 1_000;
