use meterport_core::ConfigError;
use meterport_otlp_grpc::{Compression, OtlpGrpcBuilder, OtlpGrpcExporter};
use meterport_testkit::FakeCollector;

use super::{Connection, Destination, Receiver};
use crate::failure::{Failure, Result};

pub(super) fn connect(destination: &Destination) -> Result<Connection> {
    let builder = OtlpGrpcExporter::builder();
    let builder = match &destination.grpc {
        Receiver::Embedded => return to(FakeCollector::start_grpc()),
        Receiver::At(url) => builder.endpoint(url),
        Receiver::OfEnvironment => builder,
    };
    let exporter = builder.with_env().and_then(OtlpGrpcBuilder::build).map_err(failed)?;
    Ok(Connection { exporter: Box::new(exporter), arrivals: None })
}

/// To this collector; compressed, so that there is something to see.
pub(in crate::demo) fn to(collector: FakeCollector) -> Result<Connection> {
    let exporter = exporter(&collector)?;
    Ok(Connection { exporter: Box::new(exporter), arrivals: Some(Box::new(collector)) })
}

pub(in crate::demo) fn exporter(collector: &FakeCollector) -> Result<OtlpGrpcExporter> {
    let builder = OtlpGrpcExporter::builder().endpoint(collector.url());
    builder.compression(Compression::GZIP).build().map_err(failed)
}

fn failed(error: ConfigError) -> Failure {
    Failure::while_doing("building the otlp-grpc exporter", error)
}
