//! The library's exemplars.

use meterport_core::{Exemplar as OurExemplar, Number, SpanId, Timestamp, TraceId};
use prometheus_client::encoding::prometheus_protobuf::prometheus_data_model::Exemplar;

/// Labels named `trace_id` and `span_id` become ids if they are such
/// (`prometheus_and_openmetrics.md`, "Exemplars").
pub(crate) fn exemplar(exemplar: &Exemplar) -> OurExemplar {
    let time = exemplar.timestamp.as_ref();
    let time = time.map_or(Timestamp::UNSET, |time| timestamp(time.seconds, time.nanos));
    let mut converted = OurExemplar::new(Number::F64(exemplar.value), time);
    let mut attributes = Vec::new();
    for label in &exemplar.label {
        let (name, value) = (label.name.as_str(), label.value.as_str());
        match name {
            "trace_id" => converted.trace_id = bytes(value).and_then(TraceId::from_bytes),
            "span_id" => converted.span_id = bytes(value).and_then(SpanId::from_bytes),
            _ => {}
        }
        let is_id = match name {
            "trace_id" => converted.trace_id.is_some(),
            "span_id" => converted.span_id.is_some(),
            _ => false,
        };
        if !is_id {
            attributes.push((name, value));
        }
    }
    converted.filtered_attributes = attributes.into_iter().collect();
    converted
}

/// Unset before 1970.
pub(crate) fn timestamp(seconds: i64, nanos: i32) -> Timestamp {
    match (u64::try_from(seconds), u64::try_from(nanos)) {
        (Ok(seconds), Ok(nanos)) => {
            Timestamp::from_nanos(seconds.saturating_mul(1_000_000_000).saturating_add(nanos))
        }
        _ => Timestamp::UNSET,
    }
}

/// Exactly so many bytes in hexadecimal digits.
fn bytes<const N: usize>(digits: &str) -> Option<[u8; N]> {
    if digits.len() != 2 * N || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_length_and_are_not_zero() {
        let id = |digits: &str| bytes(digits).and_then(SpanId::from_bytes).map(|id| id.to_string());
        assert_eq!(id("00f067aa0ba902B7").as_deref(), Some("00f067aa0ba902b7"));
        for wrong in [
            "",
            "00f067aa0ba902b",
            "00f067aa0ba902b7a",
            "0000000000000000",
            "+0f067aa0ba902b7",
            "é0f067aa0ba902b",
        ] {
            assert_eq!(id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_time_before_1970_is_none() {
        assert_eq!(timestamp(-1, 0), Timestamp::UNSET);
        assert_eq!(timestamp(1, -1), Timestamp::UNSET);
        assert_eq!(timestamp(1, 5), Timestamp::from_nanos(1_000_000_005));
        assert_eq!(timestamp(i64::MAX, 5), Timestamp::from_nanos(u64::MAX));
    }
}
