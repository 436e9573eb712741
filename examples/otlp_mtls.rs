//! OTLP over TLS with certificates on both sides.
//!
//! `cargo run --example otlp_mtls -- https://collector:4318 ca.pem client.pem client.key`
//!
//! Without arguments it makes certificates and a collector of its own, and sends to that. What the
//! code says here, these variables say for any program that calls `with_env`:
//! `OTEL_EXPORTER_OTLP_CERTIFICATE`, `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`,
//! `OTEL_EXPORTER_OTLP_CLIENT_KEY`.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::path::Path;

use meterport::config::{OtlpExporter, Tls};
use meterport::host::HostProducer;
use meterport::{Deadline, MetricExporter, MetricProducer};
use meterport_testkit::{FakeCollector, Folder, MutualTls};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [] => by_itself().await,
        [endpoint, ca, certificate, key] => send(endpoint, ca, certificate, key).await,
        _ => Err("ENDPOINT CA CERTIFICATE KEY, or nothing".into()),
    }
}

async fn send(
    endpoint: &str,
    ca: impl AsRef<Path>,
    certificate: impl AsRef<Path>,
    key: impl AsRef<Path>,
) -> Result<(), Box<dyn Error>> {
    // The files are read again when they change: certificates can be rotated while it runs.
    let tls = Tls::new().ca_file(ca).client_certificate_file(certificate, key);
    let exporter = OtlpExporter::builder().endpoint(endpoint).tls(tls).with_env()?.build()?;
    let host = HostProducer::builder().service_name("otlp-mtls-example").build();
    let batch = host.produce(Deadline::NONE).await?;
    // Names the cause if one side does not accept the other's certificate.
    let outcome = exporter.export(&batch, Deadline::NONE).await?;
    println!("{}: {} points delivered", exporter.component(), outcome.delivered);
    exporter.shutdown(Deadline::NONE).await?;
    Ok(())
}

async fn by_itself() -> Result<(), Box<dyn Error>> {
    let certificates = MutualTls::new();
    let collector = FakeCollector::start_tls(&certificates.server());
    let client = certificates.client();
    let folder = Folder::new();
    let ca = folder.write("ca.pem", certificates.servers.certificate_pem());
    let certificate = folder.write("client.pem", &client.certificate_pem);
    let key = folder.write("client.key", &client.key_pem);
    send(&collector.url(), ca, certificate, key).await
}
