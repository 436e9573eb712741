use meterport_core::Timestamp;
use meterport_prom::encoding::wire::write_varint;

use super::wire::sample;

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
    bytes: Vec<u8>,
}

impl Stamp {
    pub(super) const fn new() -> Self {
        Self { of: None, bytes: Vec::new() }
    }

    /// Becomes that of a sample; no start is an unset one.
    #[inline(always)]
    pub(super) fn set(&mut self, time: Timestamp, start: Timestamp) {
        if self.of != Some((time, start)) {
            self.make(time, start);
        }
    }

    fn make(&mut self, time: Timestamp, start: Timestamp) {
        self.bytes.clear();
        write_varint(&mut self.bytes, sample::TIMESTAMP, millis(time));
        let start_millis = start_millis(start, time);
        if start_millis != 0 {
            write_varint(&mut self.bytes, sample::START_TIMESTAMP, start_millis);
        }
        self.of = Some((time, start));
    }

    #[inline(always)]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
