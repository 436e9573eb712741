use meterport_core::{ConfigError, MetricBatch};
use meterport_net::{Body, BodyError, Compression};
use meterport_otlp::Json;

use crate::wire::MakeBody;

pub(crate) fn body() -> Result<MakeBody, ConfigError> {
    Ok(json)
}

fn json(batch: &MetricBatch, compression: Compression, limit: u64) -> Result<Body, BodyError> {
    Body::of(batch, &Json, compression, limit)
}
