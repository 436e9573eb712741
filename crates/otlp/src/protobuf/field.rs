//! Field numbers of the OTLP messages, as `opentelemetry-proto` 1.11 gives them.

macro_rules! fields {
    ($($(#[$doc:meta])* $message:ident { $($field:ident = $number:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        pub(super) mod $message {
            $(pub(in super::super) const $field: u32 = $number;)+
        }
    )+};
}

fields! {
    request { RESOURCE_METRICS = 1 }
    resource_metrics { RESOURCE = 1, SCOPE_METRICS = 2, SCHEMA_URL = 3 }
    resource { ATTRIBUTES = 1, DROPPED = 2 }
    scope_metrics { SCOPE = 1, METRICS = 2, SCHEMA_URL = 3 }
    scope { NAME = 1, VERSION = 2, ATTRIBUTES = 3, DROPPED = 4 }
    metric {
        NAME = 1, DESCRIPTION = 2, UNIT = 3, GAUGE = 5, SUM = 7, HISTOGRAM = 9,
        EXPONENTIAL = 10, SUMMARY = 11, METADATA = 12,
    }
    /// Of gauges, sums, histograms and summaries alike.
    data { POINTS = 1, TEMPORALITY = 2, MONOTONIC = 3 }
    number {
        START = 2, TIME = 3, AS_DOUBLE = 4, EXEMPLARS = 5, AS_INT = 6, ATTRIBUTES = 7, FLAGS = 8,
    }
    histogram {
        START = 2, TIME = 3, COUNT = 4, SUM = 5, COUNTS = 6, BOUNDS = 7, EXEMPLARS = 8,
        ATTRIBUTES = 9, FLAGS = 10, MIN = 11, MAX = 12,
    }
    exponential {
        ATTRIBUTES = 1, START = 2, TIME = 3, COUNT = 4, SUM = 5, SCALE = 6, ZERO_COUNT = 7,
        POSITIVE = 8, NEGATIVE = 9, FLAGS = 10, EXEMPLARS = 11, MIN = 12, MAX = 13,
        ZERO_THRESHOLD = 14,
    }
    buckets { OFFSET = 1, COUNTS = 2 }
    summary {
        START = 2, TIME = 3, COUNT = 4, SUM = 5, QUANTILES = 6, ATTRIBUTES = 7, FLAGS = 8,
    }
    quantile { QUANTILE = 1, VALUE = 2 }
    exemplar {
        TIME = 2, AS_DOUBLE = 3, SPAN_ID = 4, TRACE_ID = 5, AS_INT = 6, ATTRIBUTES = 7,
    }
    key_value { KEY = 1, VALUE = 2 }
    any_value {
        STRING = 1, BOOL = 2, INT = 3, DOUBLE = 4, ARRAY = 5, MAP = 6, BYTES = 7,
    }
    /// Of arrays and maps alike.
    list { VALUES = 1 }
}
