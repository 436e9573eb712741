//! The fields of both versions' messages.

use meterport_prom::encoding::wire::{self, Wire, varint_len, write_bytes, write_prefix};

/// Field numbers of `prometheus.WriteRequest` and what is in it (`prompb/remote.proto` and
/// `prompb/types.proto` of Prometheus).
pub(crate) mod v1 {
    pub(crate) const SERIES: u32 = 1;
    pub(crate) const METADATA: u32 = 3;

    pub(crate) mod series {
        pub(crate) const LABEL: u32 = 1;
        pub(crate) const EXEMPLAR: u32 = 3;
    }
    pub(crate) mod label {
        pub(crate) const NAME: u32 = 1;
        pub(crate) const VALUE: u32 = 2;
    }
    pub(crate) mod exemplar {
        pub(crate) const LABEL: u32 = 1;
    }
    pub(crate) mod metadata {
        pub(crate) const TYPE: u32 = 1;
        pub(crate) const FAMILY: u32 = 2;
        pub(crate) const HELP: u32 = 4;
        pub(crate) const UNIT: u32 = 5;
    }
}

/// Field numbers of `io.prometheus.write.v2.Request` and what is in it (Remote Write 2.0,
/// "Protobuf Message").
pub(crate) mod v2 {
    pub(crate) const SYMBOL: u32 = 4;
    pub(crate) const SERIES: u32 = 5;

    pub(crate) mod series {
        pub(crate) const LABELS: u32 = 1;
        pub(crate) const HISTOGRAM: u32 = 3;
        pub(crate) const EXEMPLAR: u32 = 4;
        pub(crate) const METADATA: u32 = 5;
    }
    pub(crate) mod metadata {
        pub(crate) const TYPE: u32 = 1;
        pub(crate) const HELP: u32 = 3;
        pub(crate) const UNIT: u32 = 4;
    }
    pub(crate) mod histogram {
        pub(crate) const COUNT: u32 = 1;
        pub(crate) const SUM: u32 = 3;
        pub(crate) const SCHEMA: u32 = 4;
        pub(crate) const ZERO_THRESHOLD: u32 = 5;
        pub(crate) const ZERO_COUNT: u32 = 6;
        pub(crate) const NEGATIVE_SPAN: u32 = 8;
        pub(crate) const NEGATIVE_DELTAS: u32 = 9;
        pub(crate) const POSITIVE_SPAN: u32 = 11;
        pub(crate) const POSITIVE_DELTAS: u32 = 12;
        pub(crate) const RESET_HINT: u32 = 14;
        pub(crate) const TIMESTAMP: u32 = 15;
        pub(crate) const CUSTOM_VALUES: u32 = 16;
        pub(crate) const START_TIMESTAMP: u32 = 17;
    }
    pub(crate) mod span {
        pub(crate) const OFFSET: u32 = 1;
        pub(crate) const LENGTH: u32 = 2;
    }
}

/// A sample and an exemplar have these in both versions.
pub(crate) const SAMPLE: u32 = 2;
pub(crate) mod sample {
    pub(crate) const VALUE: u32 = 1;
    pub(crate) const TIMESTAMP: u32 = 2;
    pub(crate) const START_TIMESTAMP: u32 = 3;
}
pub(crate) mod exemplar {
    /// References to symbols, in 2.0.
    pub(crate) const LABELS: u32 = 1;
    pub(crate) const VALUE: u32 = 2;
    pub(crate) const TIMESTAMP: u32 = 3;
}

/// The key of a field whose number is below 16, which is one byte.
pub(crate) const fn key(field: u32, wire: Wire) -> u8 {
    wire::key(field, wire) as u8
}

/// A label of 1.0 as a field of what has it.
pub(crate) fn put_label(out: &mut Vec<u8>, field: u32, name: &str, value: &str) {
    let len = |text: &str| 1 + varint_len(text.len() as u64) + text.len();
    write_prefix(out, field, len(name) + len(value));
    write_bytes(out, v1::label::NAME, name.as_bytes());
    write_bytes(out, v1::label::VALUE, value.as_bytes());
}
