use std::sync::Arc;

use meterport_core::ConfigError;
use meterport_otlp_http::{Compression, Format, OtlpHttpBuilder, OtlpHttpExporter};
use meterport_testkit::FakeCollector;

use super::{Arrival, Arrivals, Connection, Destination};
use crate::failure::{Failure, Result};

pub(super) fn protobuf(destination: &Destination) -> Result<Connection> {
    connect(Format::Protobuf, destination)
}

pub(super) fn json(destination: &Destination) -> Result<Connection> {
    connect(Format::Json, destination)
}

fn connect(format: Format, destination: &Destination) -> Result<Connection> {
    match destination {
        Destination::Embedded => to(FakeCollector::start(), format),
        Destination::Real(url) => {
            let builder = OtlpHttpExporter::builder().format(format);
            let builder = match url {
                Some(url) => builder.endpoint(url),
                None => builder,
            };
            let exporter = builder.with_env().and_then(OtlpHttpBuilder::build);
            Ok(Connection { exporter: Box::new(exporter.map_err(failed)?), arrivals: None })
        }
    }
}

/// To this collector; compressed, so that there is something to see.
pub(in crate::demo) fn to(collector: FakeCollector, format: Format) -> Result<Connection> {
    let builder = OtlpHttpExporter::builder().endpoint(collector.url()).format(format);
    let exporter = builder.compression(Compression::GZIP).build().map_err(failed)?;
    Ok(Connection { exporter: Box::new(exporter), arrivals: Some(Box::new(collector)) })
}

fn failed(error: ConfigError) -> Failure {
    Failure::while_doing("building the otlp-http exporter", error)
}

impl Arrivals for FakeCollector {
    fn take(&mut self) -> Vec<Arrival> {
        // What was not accepted is as good as lost; a retry brings it again.
        let all = self.take_requests().into_iter();
        all.filter(|received| received.status.is_some_and(|status| status < 300))
            .map(|received| Arrival {
                accepted: received.accepted_points(),
                message: Arc::unwrap_or_clone(received).request,
            })
            .collect()
    }
}
