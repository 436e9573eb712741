use meterport_core::{AttributeSet, Exemplar, Number, SpanId, Timestamp, TraceId, ValueRef};

use crate::page::Label;

/// An exemplar of these labels: those that are ids of a trace and a span as OpenTelemetry writes
/// them become such (`prometheus_and_openmetrics.md`, "Exemplars"), the others attributes.
pub(super) fn make(labels: &[Label<'_>], value: f64, time: Timestamp) -> Exemplar {
    let mut exemplar = Exemplar::new(Number::F64(value), time);
    let mut others = Vec::new();
    for (name, value) in labels {
        match &**name {
            "trace_id" => exemplar.trace_id = bytes(value).and_then(TraceId::from_bytes),
            "span_id" => exemplar.span_id = bytes(value).and_then(SpanId::from_bytes),
            _ => {
                others.push((&**name, ValueRef::String(value)));
                continue;
            }
        }
        let is_id = match &**name {
            "trace_id" => exemplar.trace_id.is_some(),
            _ => exemplar.span_id.is_some(),
        };
        if !is_id {
            others.push((&**name, ValueRef::String(value)));
        }
    }
    if others.is_empty() {
        return exemplar;
    }
    exemplar.with_attributes(others.into_iter().collect::<AttributeSet>())
}

/// Lower-case hexadecimal digits, twice as many as bytes: what would be written again.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().as_chunks::<2>();
    if !pairs.1.is_empty() || pairs.0.len() != N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(pairs.0) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
