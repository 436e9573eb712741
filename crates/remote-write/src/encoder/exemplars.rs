use meterport_core::{Exemplar, Timestamp};
use meterport_prom::encoding::exemplar_labels;
use meterport_prom::encoding::wire::{write_bits, write_bytes, write_varint};
use meterport_prom::{LabelRules, Loss};

use super::labels::Labels;
use super::number;
use super::stamp::millis;
use super::wire::{exemplar, v1, v2};
use super::writer::Writer;
use crate::Version;

impl Writer<'_> {
    /// Makes fields of the exemplars that are wanted, in the order of their times.
    pub(super) fn put_exemplars(
        &mut self,
        exemplars: &[Exemplar],
        rules: &LabelRules,
        wanted: impl Fn(f64) -> bool,
    ) {
        let mut sorted: Vec<_> =
            exemplars.iter().filter(|one| wanted(one.value.as_f64())).collect();
        sorted.sort_by_key(|exemplar| exemplar.time);
        for one in sorted {
            // "MUST provide [...] timestamp".
            if !one.time.is_set() {
                self.losses.add(Loss::ExemplarWithoutTime, 1);
                continue;
            }
            let mut words = exemplar_labels(one, rules, &mut self.losses);
            words.retain(|label| !label.1.is_empty());
            words.sort();
            let words = words.iter().map(|(name, value)| (&**name, &**value));
            let bits = number(one.value.as_f64());
            put_exemplar(&mut self.exemplars, &mut self.labels, words, bits, one.time);
            self.elements.exemplars += 1;
        }
    }
}

/// Appends an exemplar as a field of a series. Its labels are in order.
pub(super) fn put_exemplar<'l>(
    out: &mut Vec<u8>,
    labels: &mut Labels,
    words: impl Iterator<Item = (&'l str, &'l str)>,
    bits: u64,
    time: Timestamp,
) {
    let mut own = Vec::new();
    words.for_each(|(name, value)| labels.put(&mut own, v1::exemplar::LABEL, name, value));
    let (mut fields, field) = match labels.version() {
        Version::V1 => (own, v1::series::EXEMPLAR),
        Version::V2 => {
            let mut fields = Vec::new();
            if !own.is_empty() {
                write_bytes(&mut fields, exemplar::LABELS, &own);
            }
            (fields, v2::series::EXEMPLAR)
        }
    };
    write_bits(&mut fields, exemplar::VALUE, bits);
    write_varint(&mut fields, exemplar::TIMESTAMP, millis(time));
    write_bytes(out, field, &fields);
}
