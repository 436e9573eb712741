use meterport_core::Timestamp;
use prost::encoding::{WireType, encode_varint};

use super::wire::{key, sample};

/// Milliseconds since 1970, rounded down.
pub(super) fn millis(time: Timestamp) -> u64 {
    time.as_nanos() / 1_000_000
}

/// A start in milliseconds, as 2.0 has it: zero means that it is not known, "use 1 for a real 0".
/// One that is later than the sample is not known either.
pub(super) fn start_millis(start: Timestamp, time: Timestamp) -> u64 {
    if start.is_set() && start <= time { millis(start).max(1) } else { 0 }
}

/// The fields of a sample behind its value. Most samples have those of the one before.
#[derive(Clone, Debug)]
pub(super) struct Stamp {
    of: Option<(Timestamp, Timestamp)>,
    bytes: [u8; 24],
    len: usize,
}

impl Stamp {
    pub(super) const fn new() -> Self {
        Self { of: None, bytes: [0; 24], len: 0 }
    }

    /// Becomes that of a sample; no start is an unset one.
    #[inline(always)]
    pub(super) fn set(&mut self, time: Timestamp, start: Timestamp) {
        if self.of != Some((time, start)) {
            self.make(time, start);
        }
    }

    fn make(&mut self, time: Timestamp, start: Timestamp) {
        let mut rest = &mut self.bytes[..];
        let room = rest.len();
        let mut put = |field, millis: u64| {
            encode_varint(key(field, WireType::Varint).into(), &mut rest);
            encode_varint(millis, &mut rest);
        };
        put(sample::TIMESTAMP, millis(time));
        let start_millis = start_millis(start, time);
        if start_millis != 0 {
            put(sample::START_TIMESTAMP, start_millis);
        }
        self.len = room - rest.len();
        self.of = Some((time, start));
    }

    #[inline(always)]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}
