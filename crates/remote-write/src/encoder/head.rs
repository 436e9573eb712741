use meterport_core::MetricData;
use meterport_prom::encoding::wire::{write_bytes, write_varint};
use meterport_prom::{Family, FamilyKind, Part};

use super::labels::Labels;
use super::wire::v2;
use crate::Version;

/// What all series of a family share: the labels that are their names, and 2.0's metadata.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    pub(super) base: Vec<u8>,
    pub(super) bucket: Vec<u8>,
    pub(super) count: Vec<u8>,
    pub(super) sum: Vec<u8>,
    /// The metadata as a field of a series.
    pub(super) metadata: Vec<u8>,
    /// They are histograms that go down as well as up.
    pub(super) is_gauge: bool,
}

impl Head {
    /// Of the parts that are written; empty if none is. `is_custom`: explicit histograms have custom
    /// buckets.
    pub(super) fn of(
        family: &Family,
        is_written: impl Fn(&Part) -> bool,
        is_custom: bool,
        labels: &mut Labels,
    ) -> Self {
        let is_v2 = labels.version() == Version::V2;
        let is_gauge = family.kind() == FamilyKind::GaugeHistogram;
        let mut head = Self { is_gauge, ..Self::default() };
        if !family.parts().iter().any(&is_written) {
            return head;
        }
        for part in family.parts().iter().filter(|part| is_written(part)) {
            let (base, bucket, total) = match part.data() {
                MetricData::Gauge(_) | MetricData::Sum(_) => (true, false, false),
                MetricData::Summary(_) => (true, false, true),
                MetricData::ExponentialHistogram(_) if is_v2 => (true, false, false),
                MetricData::Histogram(_) if is_custom => (true, false, false),
                MetricData::ExponentialHistogram(_) | MetricData::Histogram(_) => {
                    (false, true, true)
                }
            };
            let mut name = |wanted, place: &mut Vec<u8>, suffix| {
                if wanted && place.is_empty() {
                    *place = labels.name(&format!("{}{suffix}", family.name()));
                }
            };
            name(base, &mut head.base, "");
            name(bucket, &mut head.bucket, "_bucket");
            let [count, sum] = if is_gauge { ["_gcount", "_gsum"] } else { ["_count", "_sum"] };
            name(total, &mut head.count, count);
            name(total, &mut head.sum, sum);
        }
        if is_v2 {
            let texts = (family.help(), family.unit());
            put_metadata(&mut head.metadata, labels, family.kind(), texts);
        }
        head
    }
}

/// 2.0's metadata as a field of a series, if there is anything to be said.
pub(super) fn put_metadata(
    out: &mut Vec<u8>,
    labels: &mut Labels,
    kind: FamilyKind,
    (help, unit): (&str, &str),
) {
    let mut fields = Vec::new();
    let type_number = type_number(kind);
    if type_number != 0 {
        write_varint(&mut fields, v2::metadata::TYPE, type_number);
    }
    let texts = [(v2::metadata::HELP, help), (v2::metadata::UNIT, unit)];
    for (field, text) in texts.into_iter().filter(|text| !text.1.is_empty()) {
        write_varint(&mut fields, field, labels.symbol(text).into());
    }
    if !fields.is_empty() {
        write_bytes(out, v2::series::METADATA, &fields);
    }
}

/// The number of a type, the same in both versions.
pub(crate) const fn type_number(kind: FamilyKind) -> u64 {
    match kind {
        FamilyKind::Unknown => 0,
        FamilyKind::Counter => 1,
        FamilyKind::Gauge => 2,
        FamilyKind::Histogram => 3,
        FamilyKind::GaugeHistogram => 4,
        FamilyKind::Summary => 5,
        FamilyKind::Info => 6,
        FamilyKind::StateSet => 7,
    }
}
