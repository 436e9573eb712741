//! What an encoder of Prometheus' data is made of beside [`Families`](crate::Families): for formats
//! that are not [`Exposition`](crate::Exposition)'s, such as remote write.

pub use crate::exemplar::all_labels as exemplar_labels;
pub use crate::families::Identity;
pub use crate::histogram::{Cumulative, Explicit, from_exponential as classic_buckets};
pub use crate::number::{Style as NumberStyle, float_at, write_f64};
pub use crate::quantiles::keep_quantiles;
pub use crate::rows::{Mark, Marks};

/// Protobuf's wire format: fields appended to a buffer.
pub mod wire {
    pub use crate::protobuf::wire::{
        Wire, key, put_varint, varint_len, write_bits, write_bytes, write_packed_sints,
        write_prefix, write_sint, write_varint,
    };
}
