use std::sync::Arc;

use async_trait::async_trait;
use meterport_core::{Deadline, MetricBatch, MetricProducer, ProduceError};
use meterport_prom_pull::ScrapeService;
use meterport_prom_server::PrometheusServer;

use super::snapshots::Snapshots;
use crate::failure::{Failure, Result};

/// The machine's metrics, for whoever scrapes.
#[derive(Debug)]
struct Served(Arc<Snapshots>);

#[async_trait]
impl MetricProducer for Served {
    async fn produce(&self, _: Deadline) -> std::result::Result<MetricBatch, ProduceError> {
        Ok(self.0.take())
    }
}

/// `host:port`, or a port of this machine's alone.
pub(super) fn address(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':').unwrap_or(("localhost", text));
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Some((host, port.parse().ok()?)).filter(|(host, _)| !host.is_empty())
}

/// Serves what Prometheus would be shown by default, until the value is dropped.
pub(super) fn start(
    (host, port): (&str, u16),
    snapshots: &Arc<Snapshots>,
) -> Result<PrometheusServer> {
    let failed = |error| Failure::while_doing("serving", error);
    let service = ScrapeService::builder().producer(Served(Arc::clone(snapshots)));
    let service = service.build().map_err(failed)?;
    let server = PrometheusServer::builder(service).host(host).port(port).start();
    server.map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::time::Duration;

    use meterport_prom_server::Address;

    use super::*;

    #[test]
    fn a_browser_is_shown_the_machine() {
        let snapshots = Arc::new(Snapshots::new(Duration::ZERO));
        let server = start(("127.0.0.1", 0), &snapshots).unwrap();
        let Address::Tcp(address) = server.address() else { panic!("no port") };
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(b"GET /metrics HTTP/1.0\r\nAccept: text/html,*/*;q=0.8\r\n\r\n").unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        assert!(page.contains("\nsystem_memory_limit_bytes{"), "{page}");
    }

    #[test]
    fn an_address_has_a_port() {
        assert_eq!(address("9464"), Some(("localhost", 9464)));
        assert_eq!(address("0.0.0.0:80"), Some(("0.0.0.0", 80)));
        assert_eq!(address("[::1]:80"), Some(("::1", 80)));
        for wrong in ["", "localhost", ":80", "localhost:http", "a:99999"] {
            assert_eq!(address(wrong), None, "{wrong}");
        }
    }
}
