//! The metadata of 1.0: requests of their own, once in a while, as Prometheus sends them.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use meterport_prom::encoding::wire::{write_bytes, write_varint};
use meterport_prom::{Families, Family};

use crate::encoder::type_number;
use crate::encoder::wire::v1;

/// The most families in a request: what Prometheus' `max_samples_per_send` of metadata is.
const MOST: usize = 2_000;

/// More families than this are forgotten together.
const CAPACITY: usize = 100_000;

/// Which metadata was sent when.
#[derive(Debug)]
pub(crate) struct Metadata {
    interval: Option<Duration>,
    sent: Mutex<HashMap<u64, Instant>>,
}

impl Metadata {
    /// Once in `interval`; never without one.
    pub(crate) fn new(interval: Option<Duration>) -> Self {
        Self { interval, sent: Mutex::default() }
    }

    /// The messages that are due, which then count as sent.
    pub(crate) fn due(&self, families: impl FnOnce() -> Families, now: Instant) -> Vec<Vec<u8>> {
        let Some(interval) = self.interval else { return Vec::new() };
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let families = families();
        let due: Vec<&Family> = families
            .iter()
            .filter(|family| {
                let id = id(family);
                let is_known = |at: &Instant| now.saturating_duration_since(*at) < interval;
                if sent.get(&id).is_some_and(is_known) {
                    return false;
                }
                if sent.len() >= CAPACITY {
                    sent.clear();
                }
                sent.insert(id, now);
                true
            })
            .collect();
        due.chunks(MOST).map(message).collect()
    }
}

/// Another text is other metadata.
fn id(family: &Family) -> u64 {
    let mut hasher = DefaultHasher::new();
    (family.name(), family.kind(), family.help(), family.unit()).hash(&mut hasher);
    hasher.finish()
}

/// `WriteRequest.metadata`, `MetricMetadata` (`prompb/types.proto` of Prometheus).
fn message(families: &[&Family]) -> Vec<u8> {
    let (mut out, mut fields) = (Vec::new(), Vec::new());
    for family in families {
        fields.clear();
        write_varint(&mut fields, v1::metadata::TYPE, type_number(family.kind()));
        write_bytes(&mut fields, v1::metadata::FAMILY, family.name().as_bytes());
        write_bytes(&mut fields, v1::metadata::HELP, family.help().as_bytes());
        write_bytes(&mut fields, v1::metadata::UNIT, family.unit().as_bytes());
        write_bytes(&mut out, v1::METADATA, &fields);
    }
    out
}
