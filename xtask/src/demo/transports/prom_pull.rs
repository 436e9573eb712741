use std::io::{self, Read};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use flate2::read::MultiGzDecoder;
use meterport_core::{
    Aggregation, Component, Deadline, ErrorKind, ExportError, InstrumentKind, MetricBatch,
    MetricExporter, Outcome, Temporality,
};
use meterport_prom_pull::{PrometheusExporter, ScrapeService, Strategy, Translation};
use meterport_prom_server::{Address, PrometheusServer};
use meterport_testkit::prom::text::{Dialect, parse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Arrival, Arrivals, Connection, Destination};
use crate::demo::samples;
use crate::failure::{Failure, Result};

/// What a scraper asks for that knows all names: so what arrives can be compared with what was
/// produced.
const REQUEST: &str = "GET /metrics HTTP/1.0\r\n\
    Host: localhost\r\n\
    Accept: text/plain;version=1.0.0;escaping=allow-utf-8\r\n\
    Accept-Encoding: gzip\r\n\r\n";

/// The longest page that is read.
const LIMIT: u64 = 64 << 20;

/// An endpoint of its own, which is scraped after every export.
pub(super) fn connect(_: &Destination) -> Result<Connection> {
    let failed = |error| Failure::while_doing("starting the prom-pull endpoint", error);
    let kept = PrometheusExporter::builder().build();
    let service = ScrapeService::builder()
        .producer(kept.clone())
        .translation(Translation::default().with_strategy(Strategy::NoTranslation))
        .self_metrics(false)
        .build()
        .map_err(failed)?;
    let server = PrometheusServer::builder(service).host("127.0.0.1").port(0).start();
    let server = server.map_err(failed)?;
    let address = match server.address() {
        Address::Tcp(address) => *address,
        other => return Err(Failure::Failed(format!("the endpoint listens on {other}"))),
    };
    let pages = Pages::default();
    let exporter = Scraped { kept, server, address, pages: pages.clone() };
    Ok(Connection { exporter: Box::new(exporter), arrivals: Some(Box::new(pages)) })
}

/// The pages that were scraped and have not been read.
#[derive(Clone, Debug, Default)]
struct Pages(Arc<Mutex<Vec<String>>>);

impl Arrivals for Pages {
    fn take(&mut self) -> Vec<Arrival> {
        let pages = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        pages.iter().map(|page| Arrival::of_samples(read(page))).collect()
    }
}

/// The samples of a page.
fn read(page: &str) -> std::result::Result<Vec<String>, String> {
    let families = parse(page, Dialect::Text)?;
    let all = families.into_iter().flat_map(|family| family.samples);
    Ok(all.map(|sample| samples::line(&sample.name, sample.labels, sample.value)).collect())
}

/// The last batch behind an endpoint, and its scraper.
#[derive(Debug)]
struct Scraped {
    kept: PrometheusExporter,
    server: PrometheusServer,
    address: SocketAddr,
    pages: Pages,
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl MetricExporter for Scraped {
    /// Keeps the batch and has it scraped.
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> std::result::Result<Outcome, ExportError> {
        let mut outcome = self.kept.export(batch, deadline).await?;
        let limit = deadline.remaining(Instant::now()).unwrap_or(std::time::Duration::MAX);
        let scraped = tokio::time::timeout(limit, scrape(self.address)).await;
        let (page, wire_bytes) =
            scraped.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(|error| {
                ExportError::new(ErrorKind::Unavailable, "the scrape failed").with_source(error)
            })?;
        outcome.attempts = 1;
        outcome.raw_bytes = page.len() as u64;
        outcome.wire_bytes = wire_bytes;
        self.pages.0.lock().unwrap_or_else(PoisonError::into_inner).push(page);
        Ok(outcome)
    }

    async fn force_flush(&self, deadline: Deadline) -> std::result::Result<Outcome, ExportError> {
        self.kept.force_flush(deadline).await
    }

    async fn shutdown(&self, deadline: Deadline) -> std::result::Result<Outcome, ExportError> {
        let ended = self.kept.shutdown(deadline).await;
        self.server.shutdown(deadline).await.map_err(|error| {
            ExportError::new(ErrorKind::Timeout, "the endpoint did not end").with_source(error)
        })?;
        ended
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.kept.temporality(kind)
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.kept.aggregation(kind)
    }

    fn component(&self) -> &Component {
        self.kept.component()
    }
}

/// The page, and its length on the way.
async fn scrape(address: SocketAddr) -> io::Result<(String, u64)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(REQUEST.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LIMIT).read_to_end(&mut answer).await?;
    let wrong = |what: &str| io::Error::other(what.to_owned());
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let (head, body) = answer.split_at(end.ok_or_else(|| wrong("no end of the head"))? + 4);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    if head.split(' ').nth(1) != Some("200") || !head.contains("\r\ncontent-encoding: gzip\r\n") {
        return Err(wrong(head.lines().next().unwrap_or_default()));
    }
    let mut page = String::new();
    MultiGzDecoder::new(body).take(LIMIT).read_to_string(&mut page)?;
    Ok((page, body.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_cannot_be_read_is_told() {
        let pages = Pages::default();
        pages.0.lock().unwrap().push("{\"a.b\"} 1\n".to_owned());
        pages.0.lock().unwrap().push("a 1 2 3\n".to_owned());
        let arrivals = pages.clone().take();
        assert!(arrivals[0].message.is_ok());
        assert_eq!(arrivals[0].accepted, 1);
        assert!(arrivals[1].message.is_err());
    }
}
