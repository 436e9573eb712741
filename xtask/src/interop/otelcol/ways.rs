use meterport_core::{ConfigError, MetricExporter};
use meterport_otlp_grpc::OtlpGrpcExporter;
use meterport_otlp_http::{Compression, Format, OtlpHttpExporter, Tls};

use crate::failure::{Failure, Result};

use super::collector::Collector;
use super::door::Security;

/// What OTLP is spoken by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Speech {
    Protobuf,
    Json,
    Grpc,
}

impl Speech {
    pub(super) const ALL: [Self; 3] = [Self::Protobuf, Self::Json, Self::Grpc];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Protobuf => "protobuf",
            Self::Json => "JSON",
            Self::Grpc => "gRPC",
        }
    }
}

pub(super) const COMPRESSIONS: [(&str, Compression); 3] =
    [("identity", Compression::Identity), ("gzip", Compression::GZIP), ("zstd", Compression::ZSTD)];

/// An exporter to the Collector with the certificates that it asks for.
pub(super) fn exporter(
    collector: &Collector,
    security: Security,
    speech: Speech,
    compression: Compression,
) -> Result<Box<dyn MetricExporter>> {
    let tls = collector.identities().tls(security);
    exporter_with(collector, security, speech, compression, tls)
}

/// An exporter with certificates of the caller's.
pub(super) fn exporter_with(
    collector: &Collector,
    security: Security,
    speech: Speech,
    compression: Compression,
    tls: Tls,
) -> Result<Box<dyn MetricExporter>> {
    let door = collector.door(security);
    let http = |format| {
        let builder = OtlpHttpExporter::builder().endpoint(door.http_url()).format(format);
        boxed(builder.compression(compression).tls(tls.clone()).build())
    };
    match speech {
        Speech::Protobuf => http(Format::Protobuf),
        Speech::Json => http(Format::Json),
        Speech::Grpc => {
            let builder = OtlpGrpcExporter::builder().endpoint(door.grpc_url());
            boxed(builder.compression(compression).tls(tls.clone()).build())
        }
    }
}

pub(super) fn boxed<E: MetricExporter>(
    built: std::result::Result<E, ConfigError>,
) -> Result<Box<dyn MetricExporter>> {
    match built {
        Ok(exporter) => Ok(Box::new(exporter)),
        Err(error) => Err(Failure::while_doing("building the exporter", error)),
    }
}
