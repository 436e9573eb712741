//! Field numbers, as `io/prometheus/client/metrics.proto` of Prometheus gives them.

macro_rules! fields {
    ($($message:ident { $($field:ident = $number:literal),+ $(,)? })+) => {$(
        pub(super) mod $message {
            $(pub(in super::super) const $field: u32 = $number;)+
        }
    )+};
}

fields! {
    family { NAME = 1, HELP = 2, TYPE = 3, METRIC = 4, UNIT = 5 }
    metric { LABEL = 1, GAUGE = 2, COUNTER = 3, SUMMARY = 4, UNTYPED = 5, HISTOGRAM = 7 }
    label { NAME = 1, VALUE = 2 }
    number { VALUE = 1 }
    counter { EXEMPLAR = 2, START = 3 }
    summary { COUNT = 1, SUM = 2, QUANTILE = 3, START = 4 }
    quantile { QUANTILE = 1, VALUE = 2 }
    histogram {
        COUNT = 1, SUM = 2, BUCKET = 3, SCHEMA = 5, ZERO_THRESHOLD = 6, ZERO_COUNT = 7,
        NEGATIVE_SPAN = 9, NEGATIVE_DELTA = 10, POSITIVE_SPAN = 12, POSITIVE_DELTA = 13,
        START = 15, EXEMPLAR = 16,
    }
    bucket { COUNT = 1, BOUND = 2, EXEMPLAR = 3 }
    span { OFFSET = 1, LENGTH = 2 }
    exemplar { LABEL = 1, VALUE = 2, TIMESTAMP = 3 }
    timestamp { SECONDS = 1, NANOS = 2 }
}
