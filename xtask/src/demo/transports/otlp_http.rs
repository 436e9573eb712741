use std::sync::Arc;

use meterport_core::ConfigError;
use meterport_otlp_http::{Compression, Format, OtlpHttpBuilder, OtlpHttpExporter};
use meterport_testkit::{FakeCollector, Received};

use super::{Arrival, Arrivals, Connection, Destination, Message, Receiver};
use crate::failure::{Failure, Result};

pub(super) fn protobuf(destination: &Destination) -> Result<Connection> {
    connect(Format::Protobuf, destination)
}

pub(super) fn json(destination: &Destination) -> Result<Connection> {
    connect(Format::Json, destination)
}

fn connect(format: Format, destination: &Destination) -> Result<Connection> {
    let builder = OtlpHttpExporter::builder().format(format);
    let builder = match &destination.http {
        Receiver::Embedded => return to(FakeCollector::start(), format),
        Receiver::At(url) => builder.endpoint(url),
        Receiver::OfEnvironment => builder,
    };
    let exporter = builder.with_env().and_then(OtlpHttpBuilder::build).map_err(failed)?;
    Ok(Connection { exporter: Box::new(exporter), arrivals: None })
}

/// To this collector; compressed, so that there is something to see.
pub(in crate::demo) fn to(collector: FakeCollector, format: Format) -> Result<Connection> {
    let exporter = exporter(&collector, format)?;
    Ok(Connection { exporter: Box::new(exporter), arrivals: Some(Box::new(collector)) })
}

pub(in crate::demo) fn exporter(
    collector: &FakeCollector,
    format: Format,
) -> Result<OtlpHttpExporter> {
    let builder = OtlpHttpExporter::builder().endpoint(collector.url()).format(format);
    builder.compression(Compression::GZIP).build().map_err(failed)
}

fn failed(error: ConfigError) -> Failure {
    Failure::while_doing("building the otlp-http exporter", error)
}

/// By either protocol: gRPC's own status, where there is one, stands behind one of HTTP that is
/// always 200.
fn is_accepted(received: &Received) -> bool {
    let http = received.status.is_some_and(|status| status < 300);
    http && received.grpc_status.is_none_or(|status| status == 0)
}

impl Arrivals for FakeCollector {
    fn take(&mut self) -> Vec<Arrival> {
        // What was not accepted is as good as lost; a retry brings it again.
        let all = self.take_requests().into_iter();
        all.filter(|received| is_accepted(received))
            .map(|received| Arrival {
                accepted: received.accepted_points(),
                message: Arc::unwrap_or_clone(received).request.map(Message::Otlp),
            })
            .collect()
    }
}
