use meterport_core::{ConfigError, MetricBatch};
use meterport_net::{Body, BodyError, Compression};
use meterport_otlp::{Format, Protobuf};

use crate::json;

/// Makes a request's body: batch, compression, limit in bytes before compression.
pub(crate) type MakeBody = fn(&MetricBatch, Compression, u64) -> Result<Body, BodyError>;

/// How batches are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire {
    pub(crate) format: Format,
    pub(crate) compression: Compression,
    pub(crate) limit: u64,
    make: MakeBody,
}

impl Wire {
    pub(crate) fn new(
        format: Format,
        compression: Compression,
        limit: u64,
    ) -> Result<Self, ConfigError> {
        let make = match format {
            Format::Json => json::body()?,
            Format::Protobuf => protobuf,
        };
        Ok(Self { format, compression, limit, make })
    }

    pub(crate) fn body(&self, batch: &MetricBatch) -> Result<Body, BodyError> {
        (self.make)(batch, self.compression, self.limit)
    }
}

fn protobuf(batch: &MetricBatch, compression: Compression, limit: u64) -> Result<Body, BodyError> {
    Body::of(batch, &Protobuf, compression, limit)
}
