use std::fmt;

use super::attributes::AttributeSet;
use super::number::Number;
use super::time::Timestamp;

/// One measurement, kept as an example of those that made a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// What was measured.
    pub value: Number,
    /// When.
    pub time: Timestamp,
    /// Attributes of the measurement that the point does not have.
    pub filtered_attributes: AttributeSet,
    /// The trace in which it was measured.
    pub trace_id: Option<TraceId>,
    /// The span in which it was measured.
    pub span_id: Option<SpanId>,
}

impl Exemplar {
    /// A measurement outside any trace.
    pub fn new(value: Number, time: Timestamp) -> Self {
        Self {
            value,
            time,
            filtered_attributes: AttributeSet::empty(),
            trace_id: None,
            span_id: None,
        }
    }

    pub(super) fn footprint(&self) -> usize {
        size_of::<Self>() + self.filtered_attributes.footprint()
    }

    /// The same with attributes that the point does not have.
    #[must_use]
    pub fn with_attributes(mut self, filtered: AttributeSet) -> Self {
        self.filtered_attributes = filtered;
        self
    }

    /// The same, measured in a span.
    #[must_use]
    pub fn with_span(mut self, trace_id: TraceId, span_id: SpanId) -> Self {
        self.trace_id = Some(trace_id);
        self.span_id = Some(span_id);
        self
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// From bytes; all zeros is no id.
            pub fn from_bytes(bytes: [u8; $bytes]) -> Option<Self> {
                (bytes != [0; $bytes]).then_some(Self(bytes))
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        /// In lower-case hexadecimal digits.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

id! {
    /// A trace's id: 16 bytes, not all zero.
    TraceId, 16
}
id! {
    /// A span's id: 8 bytes, not all zero.
    SpanId, 8
}
